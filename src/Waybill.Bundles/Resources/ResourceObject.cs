using System.Collections.Immutable;

namespace Waybill.Bundles;

/// <summary>A definition, such as a Kubernetes object, as the exact bytes it was given in, with what is needed to find it.</summary>
public sealed record ResourceObject
{
    /// <summary>Gets the API version, such as <c>apps/v1</c>.</summary>
    public required string ApiVersion { get; init; }

    /// <summary>Gets the kind, such as <c>Deployment</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Gets the name.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the namespace; empty for objects outside of namespaces.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>Gets the UID; empty if not known.</summary>
    public string Uid { get; init; } = "";

    /// <summary>Gets the resource version; empty if not known.</summary>
    public string ResourceVersion { get; init; } = "";

    /// <summary>Gets the owners the object names.</summary>
    public ImmutableArray<ResourceOwner> Owners { get; init; } = [];

    /// <summary>Gets the form of the content: <c>application/yaml</c> or <c>application/json</c>.</summary>
    public string MediaType { get; init; } = "application/yaml";

    /// <summary>Gets the exact bytes, at most 16 MiB.</summary>
    public ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>Gets the relative name of the file the object was read from, as bytes; empty if none.</summary>
    public ReadOnlyMemory<byte> OriginName { get; init; }

    /// <summary>Gets the position in restore order over all objects of the bundle. Set by the writer.</summary>
    public int Ordinal { get; init; }

    /// <summary>Gets whether this is a Secret, which goes into a stream of its own.</summary>
    public bool IsSecret => string.Equals(Kind, "Secret", StringComparison.Ordinal) && string.Equals(ApiVersion, "v1", StringComparison.Ordinal);
}
