using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Waybill.Kubernetes;

/// <summary>Says in lines a person can read in what two forms of an object differ.</summary>
internal static class ObjectDifference
{
    private const int LongestValue = 120;

    /// <summary>Compares.</summary>
    /// <param name="from">What is.</param>
    /// <param name="to">What should be.</param>
    /// <param name="wholly">Whether what is only in <paramref name="from"/> counts as well.</param>
    public static ImmutableArray<string> Describe(JsonObject from, JsonObject to, bool wholly)
    {
        ImmutableArray<string>.Builder lines = ImmutableArray.CreateBuilder<string>();
        bool isSecret = to.Text("kind") == "Secret" && to.Text("apiVersion") == "v1";
        Compare(from, to, "", wholly, isSecret, lines);
        return lines.ToImmutable();
    }

    private static void Compare(JsonNode? from, JsonNode? to, string path, bool wholly, bool isSecret, ImmutableArray<string>.Builder lines)
    {
        if (JsonNode.DeepEquals(from, to))
        {
            return;
        }

        if (from is JsonObject before && to is JsonObject after)
        {
            foreach ((string name, JsonNode? value) in after)
            {
                Compare(before[name], value, Join(path, name), wholly, isSecret, lines);
            }

            foreach ((string name, JsonNode? value) in before.Where(member => wholly && !after.ContainsKey(member.Key)))
            {
                lines.Add($"- {Join(path, name)}: {Show(value, Join(path, name), isSecret)}");
            }

            return;
        }

        if (from is JsonArray first && to is JsonArray second && first.Count == second.Count)
        {
            for (int i = 0; i < first.Count; i++)
            {
                string name = second[i].Text("name");
                Compare(first[i], second[i], $"{path}[{(name.Length > 0 ? name : i)}]", wholly, isSecret, lines);
            }

            return;
        }

        lines.Add(from is null ? $"+ {path}: {Show(to, path, isSecret)}" : $"~ {path}: {Show(from, path, isSecret)} -> {Show(to, path, isSecret)}");
    }

    private static string Show(JsonNode? value, string path, bool isSecret)
    {
        if (isSecret && path.Split('.')[0] is "data" or "stringData")
        {
            return "(secret)";
        }

        string text = value is null ? "null" : System.Text.Encoding.UTF8.GetString(value.ToBytes());
        return text.Length > LongestValue ? string.Concat(text.AsSpan(0, LongestValue), "…") : text;
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : name.Contains('.', StringComparison.Ordinal) ? $"{path}['{name}']" : $"{path}.{name}";
}
