namespace Waybill.Csi;

/// <summary>Says how much room there is for new volumes. An optional role of a provider: with it the plugin answers GetCapacity.</summary>
public interface ICapacitySource
{
    /// <summary>Asks how much room there is.</summary>
    /// <param name="query">For which volumes.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The room; 0 bytes where no such volume can be made.</returns>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.ProviderUnsupported"/> for a parameter that there is not.</exception>
    ValueTask<CapacityReport> GetCapacityAsync(CapacityQuery query, CancellationToken cancellationToken = default);
}
