using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Waybill.Kubernetes;

/// <summary>Carries out a JSON patch, RFC 6902: all of its operations or none.</summary>
internal static class JsonPatchOperations
{
    /// <summary>Reads the operations.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.TransformInvalid"/>.</exception>
    public static JsonArray Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonArray ?? throw Invalid("A JSON patch is a list of operations", text);
        }
        catch (JsonException error)
        {
            throw Invalid($"The patch is not JSON: {error.Message}", text);
        }
    }

    /// <summary>Applies operations to a copy.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.TransformInvalid"/>.</exception>
    public static JsonObject Apply(JsonObject target, JsonArray operations, string reference)
    {
        JsonNode root = target.DeepClone();
        foreach (JsonNode? operation in operations)
        {
            string path = operation.Text("path");
            root = operation.Text("op") switch
            {
                "add" => Add(root, path, operation?["value"]?.DeepClone(), reference),
                "remove" => Remove(root, path, reference),
                "replace" => Add(Remove(root, path, reference), path, operation?["value"]?.DeepClone(), reference),
                "copy" => Add(root, path, Find(root, operation.Text("from"), reference)?.DeepClone(), reference),
                "move" => Move(root, operation.Text("from"), path, reference),
                "test" => JsonNode.DeepEquals(Find(root, path, reference), operation?["value"]) ? root : throw Invalid($"A test of the patch fails at {path}", reference),
                { } unknown => throw Invalid($"'{unknown}' is no operation of a JSON patch", reference),
            };
        }

        return root as JsonObject ?? throw Invalid("The patch leaves no object", reference);
    }

    private static JsonNode Move(JsonNode root, string from, string to, string reference)
    {
        JsonNode? moved = Find(root, from, reference)?.DeepClone();
        return Add(Remove(root, from, reference), to, moved, reference);
    }

    private static JsonNode Add(JsonNode root, string path, JsonNode? value, string reference)
    {
        if (path.Length == 0)
        {
            return value ?? throw Invalid("The patch leaves no object", reference);
        }

        (JsonNode parent, string last) = Parent(root, path, reference);
        if (parent is JsonArray list)
        {
            list.Insert(last == "-" ? list.Count : Index(last, list.Count, path, reference), value);
        }
        else
        {
            parent.AsObject()[last] = value;
        }

        return root;
    }

    private static JsonNode Remove(JsonNode root, string path, string reference)
    {
        (JsonNode parent, string last) = Parent(root, path, reference);
        if (parent is JsonArray list)
        {
            list.RemoveAt(Index(last, list.Count - 1, path, reference));
        }
        else if (!parent.AsObject().Remove(last))
        {
            throw Missing(path, reference);
        }

        return root;
    }

    private static JsonNode? Find(JsonNode root, string path, string reference)
    {
        if (path.Length == 0)
        {
            return root;
        }

        (JsonNode parent, string last) = Parent(root, path, reference);
        return parent is JsonArray list ? list[Index(last, list.Count - 1, path, reference)]
            : parent.AsObject().TryGetPropertyValue(last, out JsonNode? value) ? value
            : throw Missing(path, reference);
    }

    private static (JsonNode Parent, string Last) Parent(JsonNode root, string path, string reference)
    {
        if (path.Length == 0 || path[0] != '/')
        {
            throw Invalid($"'{path}' is no place for a patch: it begins with a slash", reference);
        }

        string[] steps = [.. path[1..].Split('/').Select(step => step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))];
        JsonNode? current = root;
        foreach (string step in steps[..^1])
        {
            current = current switch
            {
                JsonObject node => node[step],
                JsonArray list => list[Index(step, list.Count - 1, path, reference)],
                _ => null,
            };
        }

        return current is JsonObject or JsonArray ? (current, steps[^1]) : throw Missing(path, reference);
    }

    private static int Index(string text, int highest, string path, string reference) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index <= highest ? index : throw Missing(path, reference);

    private static WaybillException Missing(string path, string reference) => Invalid($"The object has nothing at {path}", reference);

    private static WaybillException Invalid(string message, string reference) => new(WaybillErrorCode.TransformInvalid, message) { ObjectName = reference };
}
