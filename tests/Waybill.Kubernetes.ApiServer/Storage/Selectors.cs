using System.Text.Json.Nodes;

namespace Waybill.Kubernetes.ApiServer.Storage;

/// <summary>Label and field selectors of lists and watches.</summary>
internal static class Selectors
{
    /// <summary>Makes a test of both selectors.</summary>
    public static Func<StoredObject, bool> Parse(string labels, string fields)
    {
        Func<StoredObject, bool>[] tests = [.. Split(labels).Select(ParseLabel), .. Split(fields).Select(ParseField)];
        return stored => Array.TrueForAll(tests, test => test(stored));
    }

    private static Func<StoredObject, bool> ParseLabel(string term)
    {
        int open = term.IndexOf('(', StringComparison.Ordinal);
        if (open > 0 && term.EndsWith(')'))
        {
            string[] head = term[..open].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            string[] values = term[(open + 1)..^1].Split(',', StringSplitOptions.TrimEntries);
            return head switch
            {
                [{ } key, "in"] => stored => stored.Labels.TryGetValue(key, out string? value) && values.Contains(value),
                [{ } key, "notin"] => stored => !stored.Labels.TryGetValue(key, out string? value) || !values.Contains(value),
                _ => throw ApiException.BadRequest($"unable to parse requirement: {term}"),
            };
        }

        if (Cut(term, "!=") is { } different)
        {
            return stored => stored.Labels.GetValueOrDefault(different.Key) != different.Value;
        }

        if ((Cut(term, "==") ?? Cut(term, "=")) is { } equal)
        {
            return stored => stored.Labels.GetValueOrDefault(equal.Key) == equal.Value;
        }

        return term.StartsWith('!') ? stored => !stored.Labels.ContainsKey(term[1..].Trim()) : stored => stored.Labels.ContainsKey(term);
    }

    private static Func<StoredObject, bool> ParseField(string term)
    {
        bool negate = term.Contains("!=", StringComparison.Ordinal);
        (string key, string wanted) = (negate ? Cut(term, "!=") : Cut(term, "==") ?? Cut(term, "="))
            ?? throw ApiException.BadRequest($"invalid selector: '{term}'");
        return stored => (Value(stored, key) == wanted) != negate;
    }

    private static string Value(StoredObject stored, string path)
    {
        switch (path)
        {
            case "metadata.name":
                return stored.Name;
            case "metadata.namespace":
                return stored.Namespace;
            default:
                JsonNode? node = stored.ToNode();
                foreach (string step in path.Split('.'))
                {
                    node = (node as JsonObject)?[step];
                }

                return node is JsonValue value && value.TryGetValue(out string? text) ? text : "";
        }
    }

    private static (string Key, string Value)? Cut(string term, string mark)
    {
        int at = term.IndexOf(mark, StringComparison.Ordinal);
        return at <= 0 ? null : (term[..at].Trim(), term[(at + mark.Length)..].Trim());
    }

    private static IEnumerable<string> Split(string selector)
    {
        int depth = 0, start = 0;
        for (int i = 0; i <= selector.Length; i++)
        {
            if (i == selector.Length || (selector[i] == ',' && depth == 0))
            {
                string term = selector[start..i].Trim();
                start = i + 1;
                if (term.Length > 0)
                {
                    yield return term;
                }
            }
            else
            {
                depth += selector[i] switch { '(' => 1, ')' => -1, _ => 0 };
            }
        }
    }
}
