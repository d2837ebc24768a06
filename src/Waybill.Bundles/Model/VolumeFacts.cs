using System.Collections.Immutable;

namespace Waybill.Bundles;

/// <summary>What is known of the volume a stream was read from. An empty text means not known.</summary>
public sealed record VolumeFacts
{
    /// <summary>Gets the platform's name of the volume.</summary>
    public string PlatformHandle { get; init; } = "";

    /// <summary>Gets the storage class.</summary>
    public string StorageClass { get; init; } = "";

    /// <summary>Gets the claim that used it, <c>namespace/name</c>.</summary>
    public string Claim { get; init; } = "";

    /// <summary>Gets the file system in it.</summary>
    public string FileSystem { get; init; } = "";

    /// <summary>Gets the provider it was read through.</summary>
    public string Provider { get; init; } = "";

    /// <summary>Gets what the platform could do with it then, each as <c>name=value</c>; for people and diagnosis only.</summary>
    public ImmutableArray<string> Capabilities { get; init; } = [];
}
