using System.Globalization;
using System.Text.Json.Nodes;
using Waybill.Kubernetes.ApiServer.Storage;

namespace Waybill.Kubernetes.ApiServer.Patching;

/// <summary>RFC 6902.</summary>
internal static class JsonPatch
{
    public static JsonObject Apply(JsonObject target, JsonArray operations)
    {
        JsonNode root = target;
        foreach (JsonNode? operation in operations)
        {
            string path = ObjectJson.Text(operation, "path");
            switch (ObjectJson.Text(operation, "op"))
            {
                case "add":
                    root = Add(root, path, operation!["value"]?.DeepClone());
                    break;
                case "replace":
                    Remove(root, path);
                    root = Add(root, path, operation!["value"]?.DeepClone());
                    break;
                case "remove":
                    Remove(root, path);
                    break;
                case "test":
                    if (!JsonNode.DeepEquals(Find(root, path), operation!["value"]))
                    {
                        throw new ApiException(422, "Invalid", $"testing path {path} failed");
                    }

                    break;
                case "copy":
                    root = Add(root, path, Find(root, ObjectJson.Text(operation, "from"))?.DeepClone());
                    break;
                case "move":
                    JsonNode? moved = Find(root, ObjectJson.Text(operation, "from"))?.DeepClone();
                    Remove(root, ObjectJson.Text(operation, "from"));
                    root = Add(root, path, moved);
                    break;
                case { } unknown:
                    throw ApiException.BadRequest($"unexpected operation {unknown}");
            }
        }

        return root as JsonObject ?? throw ApiException.BadRequest("the patch leaves no object");
    }

    private static JsonNode Add(JsonNode root, string path, JsonNode? value)
    {
        if (path.Length == 0)
        {
            return value ?? throw ApiException.BadRequest("the patch leaves no object");
        }

        (JsonNode parent, string last) = Parent(root, path);
        if (parent is JsonArray array)
        {
            array.Insert(last == "-" ? array.Count : Index(last, array.Count), value);
        }
        else
        {
            parent.AsObject()[last] = value;
        }

        return root;
    }

    private static void Remove(JsonNode root, string path)
    {
        (JsonNode parent, string last) = Parent(root, path);
        if (parent is JsonArray array)
        {
            array.RemoveAt(Index(last, array.Count - 1));
        }
        else if (!parent.AsObject().Remove(last))
        {
            throw Missing(path);
        }
    }

    private static JsonNode? Find(JsonNode root, string path)
    {
        if (path.Length == 0)
        {
            return root;
        }

        (JsonNode parent, string last) = Parent(root, path);
        return parent switch
        {
            JsonArray array => array[Index(last, array.Count - 1)],
            JsonObject node when node.TryGetPropertyValue(last, out JsonNode? value) => value,
            _ => throw Missing(path),
        };
    }

    private static (JsonNode Parent, string Last) Parent(JsonNode root, string path)
    {
        if (path.Length == 0 || path[0] != '/')
        {
            throw ApiException.BadRequest($"the path '{path}' does not begin with a slash");
        }

        string[] steps = [.. path[1..].Split('/').Select(step => step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))];
        JsonNode current = root;
        foreach (string step in steps[..^1])
        {
            current = current switch
            {
                JsonObject node when node[step] is { } next => next,
                JsonArray array when array[Index(step, array.Count - 1)] is { } next => next,
                _ => throw Missing(path),
            };
        }

        return current is JsonObject or JsonArray ? (current, steps[^1]) : throw Missing(path);
    }

    private static int Index(string text, int highest) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index <= highest
            ? index
            : throw new ApiException(422, "Invalid", $"there is no index {text}");

    private static ApiException Missing(string path) => new(422, "Invalid", $"the server rejected our request due to an error in our request: there is nothing at {path}");
}
