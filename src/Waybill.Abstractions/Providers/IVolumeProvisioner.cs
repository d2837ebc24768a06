namespace Waybill.Providers;

/// <summary>Makes, grows and removes volumes.</summary>
public interface IVolumeProvisioner
{
    /// <summary>Makes a volume. The same request again MUST return the same volume.</summary>
    /// <param name="request">What to make.</param>
    /// <param name="cancellationToken">Ends the call early; the volume may then exist, and the same request finds it.</param>
    /// <returns>The volume.</returns>
    /// <exception cref="ProviderException">
    /// <see cref="WaybillErrorCode.VolumeConflict"/> if there is one of that name made by a different request,
    /// <see cref="WaybillErrorCode.SnapshotNotFound"/> or <see cref="WaybillErrorCode.VolumeNotFound"/> if its source is gone,
    /// <see cref="WaybillErrorCode.NoSpace"/>.
    /// </exception>
    ValueTask<VolumeDescriptor> CreateVolumeAsync(VolumeCreateRequest request, CancellationToken cancellationToken = default);

    /// <summary>Removes a volume. Removing what is not there succeeds.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>A task that completes when the volume is gone.</returns>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.ProviderBusy"/> while something uses it.</exception>
    ValueTask DeleteVolumeAsync(VolumeId volume, CancellationToken cancellationToken = default);

    /// <summary>Makes a volume larger while it may be in use. What is new MUST read as zeros. A volume that is large enough stays as it is.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="length">Its size afterwards, in bytes.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The volume as it is now.</returns>
    ValueTask<VolumeDescriptor> GrowVolumeAsync(VolumeId volume, long length, CancellationToken cancellationToken = default);
}
