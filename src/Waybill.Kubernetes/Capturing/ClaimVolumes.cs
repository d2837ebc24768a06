using System.Collections.Immutable;
using Waybill.Engine;
using Waybill.Providers;

namespace Waybill.Kubernetes;

/// <summary>Finds out which claims of an application can be protected with their data, and says of each other one that it cannot.</summary>
internal static class ClaimVolumes
{
    private const int MaxStreamName = 255;

    /// <summary>Asks the storage of the cluster for each claim.</summary>
    /// <param name="claims">The claims.</param>
    /// <param name="storage">The storage of the cluster.</param>
    /// <param name="gaps">Receives the claims whose data stays out.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    public static async Task<ImmutableArray<ProtectedVolume>> FindAsync(
        ImmutableArray<CapturedClaim> claims, ClusterVolumeProvider storage, List<CaptureGap> gaps, CancellationToken cancellationToken)
    {
        var volumes = ImmutableArray.CreateBuilder<ProtectedVolume>();
        foreach (CapturedClaim claim in claims)
        {
            try
            {
                if (await FindAsync(claim, storage, cancellationToken).ConfigureAwait(false) is { } volume)
                {
                    volumes.Add(volume);
                }
                else
                {
                    gaps.Add(Gap(claim, claim.Driver.Length > 0 ? $"the driver '{claim.Driver}' is not meant here" : "it is bound to no volume of a CSI driver"));
                }
            }
            catch (ProviderException error) when (error.Code is WaybillErrorCode.ProviderUnsupported or WaybillErrorCode.VolumeNotFound)
            {
                gaps.Add(Gap(claim, error.Message));
            }
        }

        return volumes.DrainToImmutable();
    }

    private static async Task<ProtectedVolume?> FindAsync(CapturedClaim claim, ClusterVolumeProvider storage, CancellationToken cancellationToken)
    {
        VolumeId id = new(ClusterObjectId.Of(claim.Namespace, claim.Name, claim.Uid).ToString());
        if (await storage.FindVolumeAsync(id, cancellationToken).ConfigureAwait(false) is null)
        {
            return null;
        }

        VolumeCapabilities capabilities = await storage.GetCapabilitiesAsync(id, cancellationToken).ConfigureAwait(false);
        if (!capabilities.Snapshots)
        {
            throw new ProviderException(WaybillErrorCode.ProviderUnsupported, storage.Name, "there is no VolumeSnapshotClass for its driver");
        }

        return new ProtectedVolume(StreamNameOf(claim), storage.Name, id)
        {
            Facts = new Bundles.VolumeFacts
            {
                Provider = storage.Name,
                Claim = $"{claim.Namespace}/{claim.Name}",
                StorageClass = claim.StorageClass,
                PlatformHandle = claim.Handle,
                FileSystem = claim.VolumeMode == "Block" ? "" : claim.FileSystem,
            },
        };
    }

    // With its namespace, so that the name stays the same when the application comes to span another one.
    private static string StreamNameOf(CapturedClaim claim) =>
        $"{claim.Namespace}.{claim.Name}" is { Length: <= MaxStreamName } name ? name : $"{claim.Namespace}.~{claim.Uid}";

    private static CaptureGap Gap(CapturedClaim claim, string why) =>
        new(CaptureGapKind.DataNotProtected, $"v1/PersistentVolumeClaim/{claim.Namespace}/{claim.Name}", $"Its data is not protected: {why}");
}
