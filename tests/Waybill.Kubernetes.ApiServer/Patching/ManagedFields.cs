using System.Text.Json.Nodes;
using Waybill.Kubernetes.ApiServer.Storage;

namespace Waybill.Kubernetes.ApiServer.Patching;

/// <summary>Keeps account of who set which field.</summary>
internal static class ManagedFields
{
    /// <summary>Notes that somebody wrote an object otherwise than by applying.</summary>
    public static void NoteUpdate(JsonObject? before, JsonObject after, string manager, string subresource, string time)
    {
        var changed = new List<string[]>();
        foreach (string[] leaf in FieldSet.Leaves(FieldSet.Of(after)))
        {
            if (before is null || !JsonNode.DeepEquals(FieldSet.Find(before, leaf), FieldSet.Find(after, leaf)))
            {
                changed.Add(leaf);
            }
        }

        if (changed.Count == 0)
        {
            return;
        }

        JsonArray entries = Entries(after);
        foreach (JsonObject entry in entries.OfType<JsonObject>().ToArray())
        {
            // Whoever changes a value takes it over; applied fields stay their applier's until it applies again.
            if (ObjectJson.Text(entry, "manager") != manager || ObjectJson.Text(entry, "operation") != "Update")
            {
                Take(entries, entry, changed);
            }
        }

        JsonObject own = Find(entries, manager, "Update", subresource) ?? Add(entries, manager, "Update", subresource, ObjectJson.Text(after, "apiVersion"));
        own["fieldsV1"] = FieldSet.FromLeaves(FieldSet.Leaves(own["fieldsV1"] as JsonObject ?? []).Concat(changed));
        own["time"] = time;
    }

    /// <summary>Merges what somebody applies into an object.</summary>
    /// <exception cref="ApiException">409: somebody else set a field to another value.</exception>
    public static JsonObject Apply(JsonObject current, JsonObject applied, string manager, string subresource, bool force, string time)
    {
        JsonObject wanted = FieldSet.Of(applied);
        List<string[]> leaves = [.. FieldSet.Leaves(wanted)];
        JsonArray entries = Entries(current);
        var conflicts = new List<(string Manager, string[] Leaf)>();
        foreach (JsonObject entry in entries.OfType<JsonObject>().Where(entry => !IsOwn(entry, manager, subresource)).ToArray())
        {
            HashSet<string> theirs = [.. FieldSet.Leaves(entry["fieldsV1"] as JsonObject ?? []).Select(FieldSet.Show)];
            List<string[]> different = [.. leaves.Where(leaf => theirs.Contains(FieldSet.Show(leaf)) && !JsonNode.DeepEquals(FieldSet.Find(current, leaf), FieldSet.Find(applied, leaf)))];
            if (force)
            {
                Take(entries, entry, different);
            }
            else
            {
                conflicts.AddRange(different.Select(leaf => (ObjectJson.Text(entry, "manager"), leaf)));
            }
        }

        if (conflicts.Count > 0)
        {
            throw Conflict(conflicts);
        }

        JsonObject? own = Find(entries, manager, "Apply", subresource);
        JsonObject merged = Merge(current, applied);
        if (own is not null)
        {
            RemoveAbandoned(merged, own, leaves, [.. Entries(merged).OfType<JsonObject>().Where(entry => !IsOwn(entry, manager, subresource))]);
        }

        entries = Entries(merged);
        own = Find(entries, manager, "Apply", subresource) ?? Add(entries, manager, "Apply", subresource, ObjectJson.Text(applied, "apiVersion"));
        own["fieldsV1"] = wanted;
        own["time"] = time;
        return merged;
    }

    private static void RemoveAbandoned(JsonObject merged, JsonObject own, List<string[]> leaves, List<JsonObject> others)
    {
        HashSet<string> kept = [.. leaves.Select(FieldSet.Show), .. others.SelectMany(entry => FieldSet.Leaves(entry["fieldsV1"] as JsonObject ?? [])).Select(FieldSet.Show)];

        // Backwards: the key of an item comes first in it, and the item is found by its key until the last.
        foreach (string[] leaf in FieldSet.Leaves(own["fieldsV1"] as JsonObject ?? []).Where(leaf => !kept.Contains(FieldSet.Show(leaf))).Reverse())
        {
            FieldSet.Remove(merged, leaf);
        }
    }

    private static JsonObject Merge(JsonObject current, JsonObject applied)
    {
        foreach ((string name, JsonNode? value) in applied)
        {
            current[name] = MergeValue(name, current[name], value);
        }

        return current;
    }

    private static JsonNode? MergeValue(string name, JsonNode? current, JsonNode? applied)
    {
        switch (applied)
        {
            case JsonObject inner:
                return Merge(current is JsonObject node ? node.DeepClone().AsObject() : [], inner);
            case JsonArray set when ListKeys.IsSet(name) && current is JsonArray before:
                return new JsonArray([.. before.Concat(set).Select(item => item!.DeepClone()).DistinctBy(item => item.ToJsonString())]);
            case JsonArray { Count: > 0 } list when ListKeys.Of(name, list) is { } key && current is JsonArray before:
                JsonArray merged = before.DeepClone().AsArray();
                foreach (JsonObject item in list.OfType<JsonObject>())
                {
                    if (ListKeys.Find(merged, key, item[key]) is { } existing)
                    {
                        merged[merged.IndexOf(existing)] = Merge(existing.DeepClone().AsObject(), item);
                    }
                    else
                    {
                        merged.Add(item.DeepClone());
                    }
                }

                return merged;
            default:
                return applied?.DeepClone();
        }
    }

    private static ApiException Conflict(List<(string Manager, string[] Leaf)> conflicts)
    {
        var causes = new JsonArray();
        foreach ((string manager, string[] leaf) in conflicts)
        {
            causes.Add((JsonNode)new JsonObject { ["reason"] = "FieldManagerConflict", ["message"] = $"conflict with \"{manager}\"", ["field"] = FieldSet.Show(leaf) });
        }

        return new ApiException(409, "Conflict", $"Apply failed with {conflicts.Count} conflict(s): conflicts with \"{conflicts[0].Manager}\": {string.Join(", ", conflicts.Select(c => FieldSet.Show(c.Leaf)))}")
        {
            Details = new JsonObject { ["causes"] = causes },
        };
    }

    private static void Take(JsonArray entries, JsonObject entry, List<string[]> taken)
    {
        HashSet<string> gone = [.. taken.Select(FieldSet.Show)];
        List<string[]> left = [.. FieldSet.Leaves(entry["fieldsV1"] as JsonObject ?? []).Where(leaf => !gone.Contains(FieldSet.Show(leaf)))];
        if (left.Count == 0)
        {
            entries.Remove(entry);
        }
        else
        {
            entry["fieldsV1"] = FieldSet.FromLeaves(left);
        }
    }

    private static bool IsOwn(JsonObject entry, string manager, string subresource) =>
        ObjectJson.Text(entry, "manager") == manager && ObjectJson.Text(entry, "operation") == "Apply" && ObjectJson.Text(entry, "subresource") == subresource;

    private static JsonObject? Find(JsonArray entries, string manager, string operation, string subresource) => entries.OfType<JsonObject>().FirstOrDefault(entry =>
        ObjectJson.Text(entry, "manager") == manager && ObjectJson.Text(entry, "operation") == operation && ObjectJson.Text(entry, "subresource") == subresource);

    private static JsonObject Add(JsonArray entries, string manager, string operation, string subresource, string apiVersion)
    {
        var entry = new JsonObject { ["manager"] = manager, ["operation"] = operation, ["apiVersion"] = apiVersion, ["fieldsType"] = "FieldsV1" };
        if (subresource.Length > 0)
        {
            entry["subresource"] = subresource;
        }

        entries.Add((JsonNode)entry);
        return entry;
    }

    private static JsonArray Entries(JsonObject node)
    {
        JsonObject metadata = ObjectJson.Metadata(node);
        if (metadata["managedFields"] is not JsonArray entries)
        {
            metadata["managedFields"] = entries = [];
        }

        return entries;
    }
}
