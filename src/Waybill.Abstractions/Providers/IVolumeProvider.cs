namespace Waybill.Providers;

/// <summary>A storage platform's volumes: find them, read and write their content.</summary>
/// <remarks>
/// The class that implements this may implement the other roles of this namespace too; callers ask with <c>is</c>. A provider MUST
/// allow concurrent calls, MUST report failures as <see cref="ProviderException"/> with <see cref="WaybillException.IsTransient"/> set
/// where the same call may succeed later, and MUST NOT end a sequence cleanly when it was cancelled or failed.
/// The conformance kit in Waybill.Testing checks every obligation stated here.
/// </remarks>
public interface IVolumeProvider
{
    /// <summary>Gets the name of this provider in the configuration, in bundles and in messages.</summary>
    string Name { get; }

    /// <summary>Lists the volumes. What exists during the whole call MUST be listed once.</summary>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The volumes, in any order.</returns>
    IAsyncEnumerable<VolumeDescriptor> ListVolumesAsync(CancellationToken cancellationToken = default);

    /// <summary>Finds a volume.</summary>
    /// <param name="volume">Its name.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The volume; <see langword="null"/> if there is none. A platform that cannot be asked is an error, not <see langword="null"/>.</returns>
    ValueTask<VolumeDescriptor?> FindVolumeAsync(VolumeId volume, CancellationToken cancellationToken = default);

    /// <summary>Says what can be done with a volume now.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>Its capabilities.</returns>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.VolumeNotFound"/>.</exception>
    ValueTask<VolumeCapabilities> GetCapabilitiesAsync(VolumeId volume, CancellationToken cancellationToken = default);

    /// <summary>Opens a block volume, or a snapshot of one, for reading.</summary>
    /// <param name="source">What to read. The content of a snapshot MUST be the same at every read, whatever happens to the volume.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The content; the caller disposes it.</returns>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.VolumeNotFound"/>, <see cref="WaybillErrorCode.SnapshotNotFound"/>.</exception>
    ValueTask<BlockReader> OpenReadAsync(VolumeSource source, CancellationToken cancellationToken = default);

    /// <summary>Opens a block volume for writing.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The target; the caller completes and disposes it.</returns>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.VolumeNotFound"/>, <see cref="WaybillErrorCode.ProviderBusy"/> while something uses it.</exception>
    ValueTask<BlockWriter> OpenWriteAsync(VolumeId volume, CancellationToken cancellationToken = default);
}
