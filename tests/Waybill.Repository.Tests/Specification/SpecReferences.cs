using System.Text.Json;
using System.Text.RegularExpressions;

namespace Waybill.Repository.Tests.Specification;

/// <summary>Which obligations of the specification a test or a test vector says it checks.</summary>
internal static partial class SpecReferences
{
    /// <summary>
    /// Finds the ids in <c>[Spec("…")]</c> in a C# file. On a method they count only beside an attribute that makes it a test that runs.
    /// </summary>
    public static IEnumerable<string> InSource(string source)
    {
        List<string> found = [];
        List<string> attributes = [];
        bool open = false;
        foreach (string line in source.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && !line.StartsWith("//", StringComparison.Ordinal)))
        {
            if (open || line.StartsWith('['))
            {
                attributes.Add(line);
                open = !line.EndsWith(']');
                continue;
            }

            string all = string.Join(' ', attributes);
            if (Class().IsMatch(line) || (Test().IsMatch(all) && !all.Contains("Skip =", StringComparison.Ordinal)))
            {
                found.AddRange(Spec().Matches(all).Select(match => match.Groups[1].Value));
            }

            attributes.Clear();
        }

        return found;
    }

    /// <summary>Finds the ids in every array named <c>spec</c>.</summary>
    public static IEnumerable<string> InJson(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return [.. InElement(document.RootElement)];
    }

    private static IEnumerable<string> InElement(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(property => property.NameEquals("spec") && property.Value.ValueKind == JsonValueKind.Array
            ? property.Value.EnumerateArray().Select(id => id.GetString()!)
            : InElement(property.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(InElement),
        _ => [],
    };

    [GeneratedRegex("""\bSpec\("([^"]+)"\)""")]
    private static partial Regex Spec();

    [GeneratedRegex(@"\b(?:Skippable)?(?:Fact|Theory)\b")]
    private static partial Regex Test();

    [GeneratedRegex(@"\bclass\b")]
    private static partial Regex Class();
}
