using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Waybill.Kubernetes.ApiServer.Kinds;

namespace Waybill.Kubernetes.ApiServer.Storage;

/// <summary>An object as it was at one revision. It never changes.</summary>
public sealed class StoredObject
{
    private StoredObject(ResourceKind kind, byte[] json, long revision)
    {
        Kind = kind;
        Json = json;
        Revision = revision;
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement root = document.RootElement;
        Version = Text(root, "apiVersion").Split('/')[^1];
        JsonElement metadata = root.GetProperty("metadata");
        Namespace = Text(metadata, "namespace");
        Name = Text(metadata, "name");
        Uid = Text(metadata, "uid");
        IsDeleting = metadata.TryGetProperty("deletionTimestamp", out _);
        Labels = metadata.TryGetProperty("labels", out JsonElement labels) && labels.ValueKind == JsonValueKind.Object
            ? labels.EnumerateObject().ToImmutableDictionary(label => label.Name, label => label.Value.GetString() ?? "")
            : ImmutableDictionary<string, string>.Empty;
        Owners = metadata.TryGetProperty("ownerReferences", out JsonElement owners) && owners.ValueKind == JsonValueKind.Array
            ? [.. owners.EnumerateArray().Select(owner => Text(owner, "uid"))]
            : [];
    }

    public ResourceKind Kind { get; }

    /// <summary>Gets the version it was written in.</summary>
    public string Version { get; }

    public string Namespace { get; }

    public string Name { get; }

    public string Uid { get; }

    public long Revision { get; }

    public bool IsDeleting { get; }

    public ImmutableDictionary<string, string> Labels { get; }

    /// <summary>Gets the UIDs of its owners.</summary>
    public ImmutableArray<string> Owners { get; }

    /// <summary>Gets the exact bytes.</summary>
    public ReadOnlyMemory<byte> Json { get; }

    /// <summary>Gets a copy that can be changed.</summary>
    public JsonObject ToNode() => JsonNode.Parse(Json.Span)!.AsObject();

    internal static StoredObject FromBytes(ResourceKind kind, byte[] json, long revision) => new(kind, json, revision);

    internal static StoredObject FromNode(ResourceKind kind, JsonObject node, long revision) => new(kind, ObjectJson.Serialize(node), revision);

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
