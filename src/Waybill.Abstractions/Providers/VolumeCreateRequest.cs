using System.Collections.Immutable;

namespace Waybill.Providers;

/// <summary>A volume to make.</summary>
/// <param name="Name">Its name: the same name asks for the same volume.</param>
/// <param name="Length">Its size in bytes; the platform may make it larger. 0 for a tree of files.</param>
public sealed record VolumeCreateRequest(string Name, long Length)
{
    /// <summary>Gets what it holds.</summary>
    public VolumeKind Kind { get; init; }

    /// <summary>Gets what it starts as: a volume to clone or a snapshot; <see langword="null"/> for zeros or no files.</summary>
    public VolumeSource? Source { get; init; }

    /// <summary>Gets the storage class, pool or tier; empty for the platform's choice.</summary>
    public string StorageClass { get; init; } = "";

    /// <summary>Gets what else the platform takes, by its own names.</summary>
    public ImmutableSortedDictionary<string, string> Parameters { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}
