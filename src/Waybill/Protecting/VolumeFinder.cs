using System.Collections.Immutable;
using Waybill.Providers;

namespace Waybill.Engine;

/// <summary>Asks the platforms for an application's volumes, before anything is made.</summary>
internal static class VolumeFinder
{
    public static async Task<ImmutableArray<RunVolume>> FindAsync(EngineContext context, ProtectedApplication application, CancellationToken cancellationToken)
    {
        ImmutableArray<RunVolume>.Builder volumes = ImmutableArray.CreateBuilder<RunVolume>(application.Volumes.Length);
        foreach (ProtectedVolume request in application.Volumes)
        {
            if (volumes.Any(v => v.Name == request.Name))
            {
                throw new ArgumentException($"The application has two volumes '{request.Name}'.", nameof(application));
            }

            IVolumeProvider provider = context.GetProvider(request.Provider);
            VolumeDescriptor descriptor = await provider.FindVolumeAsync(request.Volume, cancellationToken).ConfigureAwait(false)
                ?? throw new ProviderException(WaybillErrorCode.VolumeNotFound, request.Provider, $"The provider '{request.Provider}' has no volume '{request.Volume}'")
                {
                    ObjectName = request.Name,
                    Hint = "'waybill volume list' shows what there is.",
                };
            VolumeCapabilities capabilities = await provider.GetCapabilitiesAsync(request.Volume, cancellationToken).ConfigureAwait(false);
            volumes.Add(new RunVolume(request, provider, descriptor, capabilities));
        }

        return volumes.MoveToImmutable();
    }
}
