using System.Text.Json.Nodes;

namespace Waybill.Kubernetes.ApiServer.Patching;

/// <summary>
/// Which fields somebody set, in the form of <c>fieldsV1</c>: <c>f:name</c> for a field, <c>k:{"name":"x"}</c> for an item of a list that has keys,
/// <c>v:"x"</c> for a value of a set, and an empty object where a field is owned as a whole.
/// </summary>
internal static class FieldSet
{
    /// <summary>Gets the fields of an object that its author decides on.</summary>
    public static JsonObject Of(JsonObject node)
    {
        JsonObject fields = OfMembers(node, isRoot: true);
        if (fields["f:metadata"] is JsonObject metadata)
        {
            foreach (string identity in (string[])["f:name", "f:namespace", "f:uid", "f:resourceVersion", "f:creationTimestamp", "f:generation", "f:managedFields"])
            {
                metadata.Remove(identity);
            }

            if (metadata.Count == 0)
            {
                fields.Remove("f:metadata");
            }
        }

        return fields;
    }

    /// <summary>Lists the paths at which fields end.</summary>
    public static IEnumerable<string[]> Leaves(JsonObject fields)
    {
        foreach ((string name, JsonNode? inner) in fields)
        {
            if (name == ".")
            {
                continue;
            }

            if (inner is not JsonObject { Count: > 0 } below)
            {
                yield return [name];
                continue;
            }

            foreach (string[] path in Leaves(below))
            {
                yield return [name, .. path];
            }
        }
    }

    /// <summary>Makes a set of paths.</summary>
    public static JsonObject FromLeaves(IEnumerable<string[]> leaves)
    {
        var fields = new JsonObject();
        foreach (string[] path in leaves)
        {
            JsonObject at = fields;
            foreach (string step in path)
            {
                if (at[step] is not JsonObject below)
                {
                    at[step] = below = [];
                }

                at = below;
            }
        }

        return fields;
    }

    /// <summary>Finds what an object holds at a path; null if nothing.</summary>
    public static JsonNode? Find(JsonNode? node, string[] path)
    {
        string field = "";
        foreach (string step in path)
        {
            node = Step(node, step);
            field = step;
            if (node is null)
            {
                return null;
            }
        }

        return field.StartsWith("v:", StringComparison.Ordinal) ? JsonValue.Create(true) : node;
    }

    /// <summary>Removes what an object holds at a path.</summary>
    public static void Remove(JsonNode? node, string[] path)
    {
        JsonNode? above = null;
        foreach (string step in path[..^1])
        {
            above = node;
            node = Step(node, step);
        }

        string last = path[^1];
        switch (node)
        {
            case JsonObject owner when last.StartsWith("f:", StringComparison.Ordinal):
                owner.Remove(last[2..]);
                if (owner.Count == 0 && above is JsonArray items)
                {
                    items.Remove(owner); // an item of which nothing is left
                }

                break;
            case JsonArray list when Step(list, last) is { } item:
                list.Remove(item);
                break;
            default:
                break;
        }
    }

    public static string Show(string[] path) => string.Concat(path.Select(step => step[0] switch
    {
        'f' => "." + step[2..],
        'k' => "[" + string.Join(",", JsonNode.Parse(step[2..])!.AsObject().Select(pair => $"{pair.Key}={pair.Value!.ToJsonString()}")) + "]",
        _ => "[" + step[2..] + "]",
    }));

    private static JsonObject OfMembers(JsonObject node, bool isRoot)
    {
        var fields = new JsonObject();
        foreach ((string name, JsonNode? value) in node)
        {
            if (!(isRoot && name is "apiVersion" or "kind"))
            {
                fields["f:" + name] = OfValue(name, value);
            }
        }

        return fields;
    }

    private static JsonObject OfValue(string field, JsonNode? value) => value switch
    {
        JsonObject node => OfMembers(node, isRoot: false),
        JsonArray list when ListKeys.IsSet(field) => new JsonObject(list.Select(item => KeyValuePair.Create<string, JsonNode?>("v:" + item!.ToJsonString(), new JsonObject()))),
        JsonArray { Count: > 0 } list when ListKeys.Of(field, list) is { } key => new JsonObject(list.OfType<JsonObject>().Select(item =>
            KeyValuePair.Create<string, JsonNode?>("k:" + new JsonObject { [key] = item[key]!.DeepClone() }.ToJsonString(), OfMembers(item, isRoot: false)))),
        _ => [],
    };

    private static JsonNode? Step(JsonNode? node, string step) => (node, step[0]) switch
    {
        (JsonObject owner, 'f') => owner[step[2..]],
        (JsonArray list, 'k') => Item(list, JsonNode.Parse(step[2..])!.AsObject()),
        (JsonArray list, 'v') => list.FirstOrDefault(item => item?.ToJsonString() == step[2..]),
        _ => null,
    };

    private static JsonObject? Item(JsonArray list, JsonObject keys) =>
        list.OfType<JsonObject>().FirstOrDefault(item => keys.All(pair => JsonNode.DeepEquals(item[pair.Key], pair.Value)));
}
