using Waybill.Providers;

namespace Waybill.Bundles;

/// <summary>A volume to be put into a bundle whose content comes as a sequence of changes, as delta streams of platforms do.</summary>
/// <param name="Name">The name of its stream; the parent's stream of the same name is what an incremental one builds on.</param>
/// <param name="Length">The size of the volume in bytes.</param>
/// <param name="Changes">
/// The changes, ascending and disjoint, read once. Against a parent, what is not among them is as it was; without one it is zeros.
/// The sequence must end with an error unless it is whole.
/// </param>
public sealed record VolumeChangesRequest(string Name, long Length, IAsyncEnumerable<VolumeChange> Changes)
{
    /// <summary>Gets whether the changes are everything the volume holds, although there is a parent.</summary>
    public bool ForceFull { get; init; }

    /// <summary>Gets whether changes are compared with the parent before they are stored, for platforms that report large units.</summary>
    public bool CompareChanged { get; init; }

    /// <summary>Gets what is known of the volume.</summary>
    public VolumeFacts? Facts { get; init; }

    /// <summary>Gets who reported the changes and between what; its kind and its counts are filled in by the writer.</summary>
    public ChangeReport? Change { get; init; }
}
