namespace Waybill.Providers;

/// <summary>Something that can be read: a volume as it is now, or as it was in a snapshot.</summary>
/// <param name="Volume">The volume.</param>
/// <param name="Snapshot">The snapshot; <see langword="null"/> for the volume as it is now, whose content changes while it is read.</param>
public readonly record struct VolumeSource(VolumeId Volume, SnapshotId? Snapshot = null)
{
    /// <inheritdoc/>
    public override string ToString() => Snapshot is { } snapshot ? $"{Volume}@{snapshot}" : Volume.ToString();
}
