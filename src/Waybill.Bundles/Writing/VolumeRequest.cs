namespace Waybill.Bundles;

/// <summary>A volume to be put into a bundle.</summary>
/// <param name="Name">The name of its stream; the parent's stream of the same name is what an incremental one builds on.</param>
/// <param name="Source">Its content; stays the caller's. It must not change while it is read: pass a snapshot.</param>
public sealed record VolumeRequest(string Name, BlockReader Source)
{
    /// <summary>
    /// Gets the ranges that may differ from the parent, ascending and disjoint; <see langword="null"/> to read everything and compare.
    /// What is not listed is not read: a list that leaves out a change loses it.
    /// </summary>
    public IReadOnlyList<ByteRange>? ChangedRanges { get; init; }

    /// <summary>Gets whether the listed ranges are compared with the parent before they are stored, for platforms that report large units.</summary>
    public bool CompareChanged { get; init; }

    /// <summary>Gets whether everything is stored although there is a parent.</summary>
    public bool ForceFull { get; init; }

    /// <summary>Gets what is known of the volume.</summary>
    public VolumeFacts? Facts { get; init; }

    /// <summary>Gets who reported the changes and between what; its kind is filled in by the writer.</summary>
    public ChangeReport? Change { get; init; }
}
