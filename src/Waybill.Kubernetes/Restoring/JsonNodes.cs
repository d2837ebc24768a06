using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Waybill.Kubernetes;

/// <summary>Reads and changes objects on their way into a cluster.</summary>
internal static class JsonNodes
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Text(this JsonNode? node, string name) => (node as JsonObject)?[name] is JsonValue value && value.TryGetValue(out string? text) ? text : "";

    public static JsonObject? Member(this JsonNode? node, string name) => (node as JsonObject)?[name] as JsonObject;

    public static IEnumerable<JsonObject> Items(this JsonNode? node, string name) => ((node as JsonObject)?[name] as JsonArray ?? []).OfType<JsonObject>();

    public static JsonObject Metadata(this JsonObject node)
    {
        if (node["metadata"] is not JsonObject metadata)
        {
            node["metadata"] = metadata = [];
        }

        return metadata;
    }

    /// <summary>Removes a member, and the object that held it if that is then empty.</summary>
    public static void RemoveFrom(this JsonObject? owner, string holder, Func<string, bool> isUnwanted)
    {
        if (owner?[holder] is not JsonObject members)
        {
            return;
        }

        foreach (string name in members.Select(member => member.Key).Where(isUnwanted).ToArray())
        {
            members.Remove(name);
        }

        if (members.Count == 0)
        {
            owner.Remove(holder);
        }
    }

    public static byte[] ToBytes(this JsonNode node)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, s_options))
        {
            node.WriteTo(json);
        }

        return buffer.ToArray();
    }

    public static ObjectKey KeyOf(JsonObject node) => new(
        ApiCatalog.GroupOf(node.Text("apiVersion")), node.Text("kind"), node["metadata"].Text("namespace"), node["metadata"].Text("name"));

    /// <summary>Gets <c>apps/v1/Deployment/shop/web</c>.</summary>
    public static string ReferenceOf(JsonObject node) =>
        string.Join('/', new[] { node.Text("apiVersion"), node.Text("kind"), node["metadata"].Text("namespace"), node["metadata"].Text("name") }.Where(part => part.Length > 0));
}
