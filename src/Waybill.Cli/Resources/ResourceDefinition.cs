using System.Collections.Immutable;

namespace Waybill.Cli.Resources;

/// <summary>One object as it stands in a file: its exact bytes and what names it.</summary>
internal sealed record ResourceDefinition
{
    public required string ApiVersion { get; init; }

    public required string Kind { get; init; }

    public required string Name { get; init; }

    public string Namespace { get; init; } = "";

    public string Uid { get; init; } = "";

    public string ResourceVersion { get; init; } = "";

    public ImmutableArray<ResourceDefinitionOwner> Owners { get; init; } = [];

    public ImmutableArray<KeyValuePair<string, string>> Labels { get; init; } = [];

    public ImmutableArray<KeyValuePair<string, string>> Annotations { get; init; } = [];

    /// <summary>Gets the storage class a claim asks for; empty for everything else.</summary>
    public string StorageClass { get; init; } = "";

    public required string MediaType { get; init; }

    public required ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>Gets the file it was read from, relative to the directory that was given, with slashes.</summary>
    public required string OriginName { get; init; }

    public bool IsSecret => ApiVersion == "v1" && Kind == "Secret";

    /// <summary>Gets the API group: what stands before the slash of the API version; empty for the core group.</summary>
    public string Group => ApiVersion.IndexOf('/', StringComparison.Ordinal) is var slash and >= 0 ? ApiVersion[..slash] : "";

    /// <summary>Gets <c>apps/v1/Deployment/shop/web</c>; without the namespace part for objects that have none.</summary>
    public string Reference => Namespace.Length == 0 ? $"{ApiVersion}/{Kind}/{Name}" : $"{ApiVersion}/{Kind}/{Namespace}/{Name}";
}
