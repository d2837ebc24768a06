namespace Waybill.Csi;

/// <summary>Brings volumes of a platform to the node this process runs on, as a block device or a directory.</summary>
/// <remarks>
/// Formatting, mounting, growing file systems and everything else that is the same on every platform is done by the library.
/// What is attached MUST be found out from the node itself at every call, never from memory: processes are killed and nodes restart.
/// A call that ends early, or whose process is killed, MUST leave something that the same call can finish and <see cref="DetachAsync"/> can undo.
/// Calls for one volume never overlap; calls for different volumes do.
/// </remarks>
public interface INodeVolumes
{
    /// <summary>Attaches a volume. A volume that is attached already MUST be returned as it is.</summary>
    /// <param name="request">The volume, and what the controller said of it.</param>
    /// <param name="cancellationToken">Ends the call early; the volume may then be attached, and the same call finds it.</param>
    /// <returns>Where it is.</returns>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.VolumeNotFound"/>, <see cref="WaybillErrorCode.ProviderBusy"/>.</exception>
    ValueTask<NodeVolume> AttachAsync(NodeAttachRequest request, CancellationToken cancellationToken = default);

    /// <summary>Finds a volume that is attached.</summary>
    /// <param name="volume">The volume; it may not exist.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>Where it is; <see langword="null"/> if it is not attached to this node.</returns>
    ValueTask<NodeVolume?> FindAsync(VolumeId volume, CancellationToken cancellationToken = default);

    /// <summary>Detaches a volume. Detaching what is not attached succeeds.</summary>
    /// <param name="volume">The volume; it may be gone already.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>A task that completes when it is detached and everything written to it is durable.</returns>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.ProviderBusy"/> while something uses it.</exception>
    ValueTask DetachAsync(VolumeId volume, CancellationToken cancellationToken = default);

    /// <summary>Makes the device of an attached volume take the size the volume has now.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The size of the device now, in bytes; for a directory 0.</returns>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.VolumeNotFound"/> if it is not attached.</exception>
    ValueTask<long> RefreshSizeAsync(VolumeId volume, CancellationToken cancellationToken = default);
}
