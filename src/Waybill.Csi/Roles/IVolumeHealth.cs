namespace Waybill.Csi;

/// <summary>Says whether something is wrong with a volume. An optional role of a provider: with it volumes are listed with their condition.</summary>
public interface IVolumeHealth
{
    /// <summary>Asks for the condition of a volume.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>Its condition.</returns>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.VolumeNotFound"/>.</exception>
    ValueTask<VolumeHealth> GetHealthAsync(VolumeId volume, CancellationToken cancellationToken = default);
}
