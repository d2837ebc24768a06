using System.Text.Json.Nodes;
using Waybill.Kubernetes.ApiServer.Storage;

namespace Waybill.Kubernetes.ApiServer.Patching;

/// <summary>The strategic merge patch of built-in kinds: lists of objects are merged by their key, sets by their values.</summary>
internal static class StrategicPatch
{
    private const string Directive = "$patch";
    private const string DeleteValues = "$deleteFromPrimitiveList/";
    private const string Order = "$setElementOrder/";
    private const string RetainKeys = "$retainKeys";

    public static JsonObject Apply(JsonObject target, JsonObject patch)
    {
        if (ObjectJson.Text(patch, Directive) == "replace")
        {
            JsonObject whole = patch.DeepClone().AsObject();
            whole.Remove(Directive);
            return whole;
        }

        foreach ((string name, JsonNode? value) in patch)
        {
            if (name.StartsWith(DeleteValues, StringComparison.Ordinal))
            {
                RemoveValues(target, name[DeleteValues.Length..], value!.AsArray());
            }
            else if (name == RetainKeys || name.StartsWith(Order, StringComparison.Ordinal))
            {
                continue; // they say in which order, not what
            }
            else if (value is null)
            {
                target.Remove(name);
            }
            else
            {
                target[name] = Merge(name, target[name], value);
            }
        }

        return target;
    }

    private static JsonNode Merge(string name, JsonNode? current, JsonNode patch) => patch switch
    {
        JsonObject inner => Apply(current is JsonObject node ? node.DeepClone().AsObject() : [], inner),
        JsonArray list when ListKeys.IsSet(name) => Union(current as JsonArray ?? [], list),
        JsonArray list when list.Count > 0 && KeyOf(name, list) is { } key => MergeItems(current as JsonArray ?? [], list, key),
        _ => patch.DeepClone(),
    };

    private static string? KeyOf(string name, JsonArray list) => ListKeys.Of(name, list);

    private static JsonArray MergeItems(JsonArray current, JsonArray patch, string key)
    {
        JsonArray merged = current.DeepClone().AsArray();
        foreach (JsonObject item in patch.OfType<JsonObject>())
        {
            JsonObject? existing = ListKeys.Find(merged, key, item[key]);
            if (ObjectJson.Text(item, Directive) == "delete")
            {
                if (existing is not null)
                {
                    merged.Remove(existing);
                }
            }
            else if (existing is null)
            {
                merged.Add(item.DeepClone());
            }
            else
            {
                merged[merged.IndexOf(existing)] = Apply(existing.DeepClone().AsObject(), item);
            }
        }

        return merged;
    }

    private static JsonArray Union(JsonArray current, JsonArray added)
    {
        JsonArray union = current.DeepClone().AsArray();
        foreach (JsonNode? value in added)
        {
            if (!union.Any(known => JsonNode.DeepEquals(known, value)))
            {
                union.Add(value?.DeepClone());
            }
        }

        return union;
    }

    private static void RemoveValues(JsonObject target, string name, JsonArray values)
    {
        if (target[name] is JsonArray list)
        {
            foreach (JsonNode? value in list.Where(known => values.Any(removed => JsonNode.DeepEquals(known, removed))).ToArray())
            {
                list.Remove(value);
            }

            if (list.Count == 0)
            {
                target.Remove(name);
            }
        }
    }
}
