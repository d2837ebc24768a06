using System.Text.Json.Nodes;

namespace Waybill.Kubernetes.ApiServer.Patching;

/// <summary>Which lists are sets or maps in built-in kinds, and by what their items are told apart.</summary>
internal static class ListKeys
{
    private static readonly Dictionary<string, string> s_keys = new(StringComparer.Ordinal)
    {
        ["containers"] = "name",
        ["initContainers"] = "name",
        ["ephemeralContainers"] = "name",
        ["env"] = "name",
        ["volumes"] = "name",
        ["volumeMounts"] = "mountPath",
        ["imagePullSecrets"] = "name",
        ["secrets"] = "name",
        ["ownerReferences"] = "uid",
        ["conditions"] = "type",
        ["hostAliases"] = "ip",
    };

    /// <summary>Gets the key of a list whose items are objects; null if the list is replaced as a whole.</summary>
    public static string? Of(string field, JsonArray list) => field switch
    {
        // Ports of a Service and of a container differ in what identifies them.
        "ports" when list.Count > 0 => list.All(item => item?["containerPort"] is not null) ? "containerPort" : list.All(item => item?["port"] is not null) ? "port" : null,
        _ => s_keys.GetValueOrDefault(field) is { } key && list.All(item => item is JsonObject && item[key] is not null) ? key : null,
    };

    /// <summary>Says whether a list of texts is a set.</summary>
    public static bool IsSet(string field) => field == "finalizers";

    /// <summary>Gets the item with the same key as another.</summary>
    public static JsonObject? Find(JsonArray list, string key, JsonNode? value) =>
        list.OfType<JsonObject>().FirstOrDefault(item => JsonNode.DeepEquals(item[key], value));
}
