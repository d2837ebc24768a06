using System.Text.Json;
using System.Text.RegularExpressions;

namespace Waybill.Cli.Tests.Json;

/// <summary>
/// Checks documents against the schemas in docs/cli/schemas. It knows the keywords that those use and fails on any other,
/// so that no rule is written down that is not checked.
/// </summary>
internal sealed class JsonSchema
{
    private static readonly HashSet<string> s_notes = ["$schema", "$id", "$defs", "title", "description"];

    private readonly string _folder;
    private readonly Dictionary<string, JsonElement> _files = [];

    public JsonSchema(string folder) => _folder = folder;

    /// <summary>Gets what of a document does not fit; empty if everything does.</summary>
    public List<string> Check(string file, JsonElement document)
    {
        var problems = new List<string>();
        Check(Load(file), file, document, "$", problems);
        return problems;
    }

    private void Check(JsonElement schema, string file, JsonElement value, string place, List<string> problems)
    {
        foreach (JsonProperty rule in schema.EnumerateObject())
        {
            switch (rule.Name)
            {
                case "$ref":
                    (JsonElement target, string targetFile) = Resolve(rule.Value.GetString()!, file);
                    Check(target, targetFile, value, place, problems);
                    break;
                case "type":
                    Require(Types(rule.Value).Any(type => IsOf(value, type)), $"{place} is {value.ValueKind}, not {rule.Value}", problems);
                    break;
                case "const":
                    Require(JsonElement.DeepEquals(rule.Value, value), $"{place} is {value}, not {rule.Value}", problems);
                    break;
                case "enum":
                    Require(rule.Value.EnumerateArray().Any(allowed => JsonElement.DeepEquals(allowed, value)), $"{place} is {value}, not one of {rule.Value}", problems);
                    break;
                case "pattern":
                    Require(value.ValueKind != JsonValueKind.String || Regex.IsMatch(value.GetString()!, rule.Value.GetString()!), $"{place} is {value}, not {rule.Value}", problems);
                    break;
                case "minimum":
                    Require(value.ValueKind != JsonValueKind.Number || value.GetInt64() >= rule.Value.GetInt64(), $"{place} is {value}", problems);
                    break;
                case "anyOf":
                    Require(rule.Value.EnumerateArray().Any(choice => Fits(choice, file, value)), $"{place} fits none of its forms", problems);
                    break;
                case "items":
                    CheckItems(rule.Value, file, value, place, problems);
                    break;
                case "required":
                    CheckRequired(rule.Value, value, place, problems);
                    break;
                case "properties":
                    CheckProperties(schema, rule.Value, file, value, place, problems);
                    break;
                case "additionalProperties":
                    Require(rule.Value.ValueKind == JsonValueKind.False, $"the schema of {place} allows more than it names", problems);
                    break;
                default:
                    Require(s_notes.Contains(rule.Name), $"the schema of {place} uses '{rule.Name}', which is not checked", problems);
                    break;
            }
        }
    }

    private bool Fits(JsonElement schema, string file, JsonElement value)
    {
        var problems = new List<string>();
        Check(schema, file, value, "$", problems);
        return problems.Count == 0;
    }

    private void CheckItems(JsonElement schema, string file, JsonElement value, string place, List<string> problems)
    {
        if (value.ValueKind == JsonValueKind.Array)
        {
            foreach ((int i, JsonElement item) in value.EnumerateArray().Index())
            {
                Check(schema, file, item, $"{place}[{i}]", problems);
            }
        }
    }

    private static void CheckRequired(JsonElement names, JsonElement value, string place, List<string> problems)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonElement name in names.EnumerateArray())
            {
                Require(value.TryGetProperty(name.GetString()!, out _), $"{place}.{name} is missing", problems);
            }
        }
    }

    private void CheckProperties(JsonElement schema, JsonElement properties, string file, JsonElement value, string place, List<string> problems)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        Require(schema.TryGetProperty("additionalProperties", out _), $"the schema of {place} does not say that nothing else is allowed", problems);
        foreach (JsonProperty property in value.EnumerateObject())
        {
            if (properties.TryGetProperty(property.Name, out JsonElement rule))
            {
                Check(rule, file, property.Value, $"{place}.{property.Name}", problems);
            }
            else
            {
                problems.Add($"{place}.{property.Name} is not in the schema");
            }
        }
    }

    private (JsonElement Schema, string File) Resolve(string reference, string file)
    {
        string[] parts = reference.Split('#');
        string target = parts[0].Length == 0 ? file : parts[0];
        JsonElement schema = Load(target);
        foreach (string step in parts[1].Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            schema = schema.GetProperty(step);
        }

        return (schema, target);
    }

    private JsonElement Load(string file)
    {
        if (!_files.TryGetValue(file, out JsonElement schema))
        {
            schema = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(_folder, file))).RootElement;
            _files.Add(file, schema);
        }

        return schema;
    }

    private static IEnumerable<string> Types(JsonElement types) =>
        types.ValueKind == JsonValueKind.Array ? types.EnumerateArray().Select(type => type.GetString()!) : [types.GetString()!];

    private static bool IsOf(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        _ => throw new ArgumentException($"The schema uses the unknown type '{type}'.", nameof(type)),
    };

    private static void Require(bool condition, string problem, List<string> problems)
    {
        if (!condition)
        {
            problems.Add(problem);
        }
    }
}
