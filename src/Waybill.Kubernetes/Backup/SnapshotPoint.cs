namespace Waybill.Kubernetes;

/// <summary>A snapshot as the backup API lists it.</summary>
/// <param name="Name">The name of the VolumeSnapshot in its namespace.</param>
/// <param name="Volume">The driver's own name of the volume.</param>
/// <param name="Length">The size of the volume at that moment, in bytes.</param>
public sealed record SnapshotPoint(string Name, VolumeId Volume, long Length)
{
    /// <summary>Gets what a later delta can start from; <see langword="null"/> if none can.</summary>
    public ChangeId? ChangeId { get; init; }

    /// <summary>Gets the moment whose content it holds.</summary>
    public Timestamp Created { get; init; }

    /// <summary>Gets whether it can be read already.</summary>
    public bool IsReady { get; init; }

    /// <summary>Gets the group it was taken in; empty if it was taken alone.</summary>
    public string Group { get; init; } = "";
}
