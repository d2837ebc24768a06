using System.Text.Json.Nodes;
using Waybill.Kubernetes.ApiServer.Kinds;
using Waybill.Kubernetes.ApiServer.Storage;

namespace Waybill.Kubernetes.ApiServer.Http;

/// <summary>In which form objects are answered: whole, or only their metadata.</summary>
internal static class ObjectForm
{
    /// <summary>Says whether a client asks for metadata only.</summary>
    public static bool IsMetadataOnly(string accept) =>
        accept.Split(',')[0] is var first && first.Contains("as=PartialObjectMetadata", StringComparison.Ordinal);

    /// <summary>Gets an object as a single answer. The bytes are those that are stored if the version is that which was written.</summary>
    public static ReadOnlyMemory<byte> Single(StoredObject stored, string version, bool metadataOnly)
    {
        if (metadataOnly)
        {
            return ObjectJson.Serialize(Metadata(stored));
        }

        return stored.Version == version ? stored.Json : ObjectJson.Serialize(ObjectInVersion(stored, version));
    }

    /// <summary>Gets an object as an item of a list.</summary>
    public static ReadOnlyMemory<byte> Item(StoredObject stored, string version, bool metadataOnly)
    {
        ReadOnlyMemory<byte> whole = Single(stored, version, metadataOnly);
        return stored.Kind.IsBuiltIn && !metadataOnly ? ObjectJson.WithoutType(whole.Span) : whole;
    }

    private static JsonObject ObjectInVersion(StoredObject stored, string version)
    {
        JsonObject node = stored.ToNode();
        node["apiVersion"] = stored.Kind.ApiVersion(version);
        return node;
    }

    private static JsonObject Metadata(StoredObject stored) => new()
    {
        ["kind"] = "PartialObjectMetadata",
        ["apiVersion"] = "meta.k8s.io/v1",
        ["metadata"] = stored.ToNode()["metadata"]!.DeepClone(),
    };
}
