namespace Waybill.Providers;

/// <summary>Takes and removes snapshots.</summary>
public interface ISnapshotProvider
{
    /// <summary>Takes a snapshot. The same name for the same volume again MUST return the same snapshot, also while the first call still runs.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="name">The name, 1 to 128 bytes.</param>
    /// <param name="cancellationToken">Ends the call early; the snapshot may then exist, and the same call finds it.</param>
    /// <returns>The snapshot. It holds everything that was written before the call began.</returns>
    /// <exception cref="ProviderException">
    /// <see cref="WaybillErrorCode.SnapshotConflict"/> if another volume has a snapshot of that name, <see cref="WaybillErrorCode.VolumeNotFound"/>.
    /// </exception>
    ValueTask<SnapshotDescriptor> CreateSnapshotAsync(VolumeId volume, string name, CancellationToken cancellationToken = default);

    /// <summary>Finds a snapshot.</summary>
    /// <param name="snapshot">Its name on the platform.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The snapshot; <see langword="null"/> if there is none.</returns>
    ValueTask<SnapshotDescriptor?> FindSnapshotAsync(SnapshotId snapshot, CancellationToken cancellationToken = default);

    /// <summary>Lists snapshots. What exists during the whole call MUST be listed once.</summary>
    /// <param name="volume">The volume; <see langword="null"/> for all.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The snapshots, in any order.</returns>
    IAsyncEnumerable<SnapshotDescriptor> ListSnapshotsAsync(VolumeId? volume = null, CancellationToken cancellationToken = default);

    /// <summary>Removes a snapshot. Removing what is not there succeeds. Other snapshots and the volume MUST stay as they are.</summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>A task that completes when the snapshot is gone.</returns>
    ValueTask DeleteSnapshotAsync(SnapshotId snapshot, CancellationToken cancellationToken = default);
}
