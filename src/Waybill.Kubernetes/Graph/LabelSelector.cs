using System.Collections.Immutable;
using System.Text.Json;

namespace Waybill.Kubernetes;

/// <summary>A selector over labels, as people write it or as objects hold it.</summary>
internal sealed class LabelSelector
{
    private readonly ImmutableArray<Requirement> _requirements;

    private LabelSelector(IEnumerable<Requirement> requirements) => _requirements = [.. requirements];

    private enum Operator
    {
        In,
        NotIn,
        Exists,
        DoesNotExist,
    }

    public bool IsEmpty => _requirements.IsEmpty;

    public bool Matches(IReadOnlyDictionary<string, string> labels) => _requirements.All(requirement =>
    {
        bool has = labels.TryGetValue(requirement.Key, out string? value);
        return requirement.Operator switch
        {
            Operator.In => has && requirement.Values.Contains(value!),
            Operator.NotIn => !has || !requirement.Values.Contains(value!),
            Operator.Exists => has,
            _ => !has,
        };
    });

    /// <summary>Reads a map of labels, the selector of a Service.</summary>
    public static LabelSelector FromMap(JsonElement map) => new(map.ValueKind == JsonValueKind.Object ? map.EnumerateObject().Select(Equal) : []);

    /// <summary>Reads a selector with <c>matchLabels</c> and <c>matchExpressions</c>.</summary>
    public static LabelSelector FromObject(JsonElement selector) => new(
    [
        .. selector.Members("matchLabels").Select(Equal),
        .. selector.Items("matchExpressions").Select(expression => new Requirement(
            expression.Text("key"),
            expression.Text("operator") switch { "In" => Operator.In, "NotIn" => Operator.NotIn, "Exists" => Operator.Exists, _ => Operator.DoesNotExist },
            [.. expression.Items("values").Select(value => value.GetString() ?? "")])),
    ]);

    /// <summary>Reads what a person writes: <c>app=shop,tier in (web,api),!canary</c>.</summary>
    /// <exception cref="FormatException">It is no selector.</exception>
    public static LabelSelector Parse(string text)
    {
        var requirements = new List<Requirement>();
        foreach (string term in Split(text))
        {
            requirements.Add(ParseTerm(term));
        }

        return requirements.Count > 0 ? new LabelSelector(requirements) : throw new FormatException($"'{text}' selects nothing by a label.");
    }

    private static Requirement ParseTerm(string term)
    {
        int open = term.IndexOf('(', StringComparison.Ordinal);
        if (open > 0 && term.EndsWith(')'))
        {
            string[] head = term[..open].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            ImmutableArray<string> values = [.. term[(open + 1)..^1].Split(',', StringSplitOptions.TrimEntries)];
            return head is [{ } set, "in" or "notin"]
                ? new Requirement(Key(set, term), head[1] == "in" ? Operator.In : Operator.NotIn, values)
                : throw new FormatException($"'{term}' is no requirement on a label.");
        }

        foreach ((string mark, Operator operation) in (ReadOnlySpan<(string, Operator)>)[("!=", Operator.NotIn), ("==", Operator.In), ("=", Operator.In)])
        {
            int at = term.IndexOf(mark, StringComparison.Ordinal);
            if (at >= 0)
            {
                return new Requirement(Key(term[..at].Trim(), term), operation, [term[(at + mark.Length)..].Trim()]);
            }
        }

        return term.StartsWith('!') ? new Requirement(Key(term[1..].Trim(), term), Operator.DoesNotExist, []) : new Requirement(Key(term, term), Operator.Exists, []);
    }

    private static string Key(string key, string term) =>
        key.Length > 0 && !key.Contains(' ', StringComparison.Ordinal) ? key : throw new FormatException($"'{term}' is no requirement on a label.");

    private static Requirement Equal(JsonProperty label) => new(label.Name, Operator.In, [label.Value.ValueKind == JsonValueKind.String ? label.Value.GetString()! : ""]);

    private static IEnumerable<string> Split(string text)
    {
        int depth = 0, start = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || (text[i] == ',' && depth == 0))
            {
                string term = text[start..i].Trim();
                start = i + 1;
                if (term.Length > 0)
                {
                    yield return term;
                }
            }
            else
            {
                depth += text[i] switch { '(' => 1, ')' => -1, _ => 0 };
            }
        }
    }

    private sealed record Requirement(string Key, Operator Operator, ImmutableArray<string> Values);
}
