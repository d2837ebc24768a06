using Waybill.Providers;

namespace Waybill.Kubernetes;

/// <summary>The way to the data behind the claims of one driver.</summary>
internal interface IClaimData
{
    /// <summary>Says what reading a volume can do; snapshots and growing are not its to tell.</summary>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.ProviderUnsupported"/> if the data of this claim cannot be reached.</exception>
    Task<VolumeCapabilities> GetCapabilitiesAsync(BoundClaim claim, CancellationToken cancellationToken);

    /// <summary>Says what is known of snapshots of one namespace, by their names; of those that cannot be read, nothing.</summary>
    /// <param name="objectNamespace">The namespace.</param>
    /// <param name="volume">The volume they are of, if they are of one.</param>
    /// <param name="snapshots">The snapshots.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    Task<IReadOnlyDictionary<string, SnapshotPoint>> FindPointsAsync(
        string objectNamespace, VolumeId? volume, IReadOnlyList<(SnapshotObject Snapshot, SnapshotContentObject Content)> snapshots, CancellationToken cancellationToken);

    /// <summary>Opens a snapshot.</summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="content">Its content.</param>
    /// <param name="point">What is known of it.</param>
    /// <param name="onDispose">What is done when the reader is disposed.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    Task<BlockReader> OpenAsync(SnapshotObject snapshot, SnapshotContentObject content, SnapshotPoint point, Func<ValueTask>? onDispose, CancellationToken cancellationToken);

    /// <summary>Opens a volume that no pod uses, as it is now; null if that can only be done by a snapshot.</summary>
    Task<BlockReader?> OpenUnusedAsync(BoundClaim claim, CancellationToken cancellationToken);

    /// <summary>Opens a volume that no pod uses, to write it.</summary>
    /// <param name="claim">The claim.</param>
    /// <param name="onDispose">What is done when the writer is disposed.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    Task<ClaimWriter> OpenWriteAsync(BoundClaim claim, Action onDispose, CancellationToken cancellationToken);

    /// <summary>Lists what of a snapshot may hold anything but zeros.</summary>
    IAsyncEnumerable<ByteRange> GetAllocatedAsync(SnapshotObject snapshot, SnapshotContentObject content, long startingOffset, CancellationToken cancellationToken);

    /// <summary>Asks what changed since a base.</summary>
    Task<DiffResult> DiffAsync(SnapshotObject snapshot, SnapshotContentObject content, ChangeId baseId, CancellationToken cancellationToken);
}
