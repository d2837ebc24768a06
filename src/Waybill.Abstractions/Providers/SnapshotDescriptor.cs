namespace Waybill.Providers;

/// <summary>What a platform says of a snapshot.</summary>
/// <param name="Id">Its name on the platform.</param>
/// <param name="Volume">The volume it was taken of.</param>
/// <param name="Name">The name it was asked for with.</param>
/// <param name="Created">The moment whose content it holds.</param>
/// <param name="Length">The size of the volume at that moment, in bytes; for a tree of files 0.</param>
public sealed record SnapshotDescriptor(SnapshotId Id, VolumeId Volume, string Name, Timestamp Created, long Length)
{
    /// <summary>Gets what later changes can be computed from; <see langword="null"/> if they cannot.</summary>
    public ChangeId? ChangeId { get; init; }

    /// <summary>Gets the name of the group it was taken in; empty if it was taken alone.</summary>
    public string Group { get; init; } = "";

    /// <summary>Gets whether it can be read already.</summary>
    public bool IsReady { get; init; } = true;
}
