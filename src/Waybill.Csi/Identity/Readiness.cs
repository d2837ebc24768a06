namespace Waybill.Csi;

/// <summary>Finds out whether the platform answers.</summary>
internal sealed class Readiness(PluginContext plugin)
{
    // No volume has this name. A platform that can be asked says so; one that cannot fails.
    private static readonly VolumeId s_nothing = new("waybill-probe-of-a-volume-that-is-not-there");

    /// <summary>Asks for a volume that is not there, the cheapest question there is.</summary>
    /// <returns>Why the platform does not answer; <see langword="null"/> if it does.</returns>
    public async ValueTask<WaybillException?> CheckAsync(CancellationToken cancellationToken)
    {
        if (plugin.Roles.Provider is not { } provider)
        {
            return null;
        }

        try
        {
            await provider.FindVolumeAsync(s_nothing, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (WaybillException e)
        {
            return e;
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return new ProviderException(WaybillErrorCode.ProviderFailed, provider.Name, $"The platform does not answer ({e.GetType().Name})", e);
        }
    }
}
