using System.Collections.Immutable;

namespace Waybill.Providers;

/// <summary>What a platform says of a volume.</summary>
/// <param name="Id">Its name on the platform.</param>
/// <param name="Name">The name people use; need not be unique.</param>
/// <param name="Length">Its size in bytes; for a tree of files 0.</param>
public sealed record VolumeDescriptor(VolumeId Id, string Name, long Length)
{
    /// <summary>Gets what it holds.</summary>
    public VolumeKind Kind { get; init; }

    /// <summary>Gets the storage class, pool or tier; empty if the platform has none.</summary>
    public string StorageClass { get; init; } = "";

    /// <summary>Gets the file system in it, such as <c>ext4</c>; empty if not known.</summary>
    public string FileSystem { get; init; } = "";

    /// <summary>Gets when it was made, if the platform knows. A volume of the same name made at another time is another volume.</summary>
    public Timestamp? Created { get; init; }

    /// <summary>Gets what the platform says of it beside that: tags, labels, topology.</summary>
    public ImmutableArray<Tag> Tags { get; init; } = [];
}
