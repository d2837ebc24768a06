namespace Waybill.Providers;

/// <summary>Says what a block volume holds and what of it changed.</summary>
public interface IChangeSource
{
    /// <summary>Lists what of a snapshot may hold anything but zeros.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="startingOffset">No range ends at or before it.</param>
    /// <param name="cancellationToken">Ends the call early, with <see cref="OperationCanceledException"/> and never cleanly.</param>
    /// <returns>Ascending, disjoint, non-empty ranges inside the snapshot. What none of them covers MUST read as zeros.</returns>
    /// <exception cref="ProviderException">
    /// <see cref="WaybillErrorCode.SnapshotNotFound"/>, <see cref="WaybillErrorCode.ProviderUnsupported"/> if the platform does not know.
    /// </exception>
    IAsyncEnumerable<ByteRange> GetAllocatedAsync(VolumeId volume, SnapshotId snapshot, long startingOffset = 0, CancellationToken cancellationToken = default);

    /// <summary>Asks what changed from a base to a snapshot.</summary>
    /// <param name="volume">The volume. A base of another volume MUST be answered with <see cref="DiffResult.Fatal"/>.</param>
    /// <param name="baseId">The base, from <see cref="SnapshotDescriptor.ChangeId"/>. From the target itself nothing changed.</param>
    /// <param name="target">The snapshot.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The changes, or why they cannot be had.</returns>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.SnapshotNotFound"/> if the target is gone; a failure of the platform itself.</exception>
    ValueTask<DiffResult> DiffAsync(VolumeId volume, ChangeId baseId, SnapshotId target, CancellationToken cancellationToken = default);
}
