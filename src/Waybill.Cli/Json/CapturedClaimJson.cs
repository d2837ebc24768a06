using Waybill.Kubernetes;

namespace Waybill.Cli.Json;

/// <summary>A claim of storage; null where something is not known.</summary>
internal sealed record CapturedClaimJson(
    string Namespace, string Name, string? StorageClass, string? VolumeMode, string? Capacity, string? Volume, string? Driver, string? Handle, string? FileSystem)
{
    public static CapturedClaimJson Of(CapturedClaim claim) => new(
        claim.Namespace,
        claim.Name,
        JsonText.KnownOrNull(claim.StorageClass),
        JsonText.KnownOrNull(claim.VolumeMode),
        JsonText.KnownOrNull(claim.Capacity),
        JsonText.KnownOrNull(claim.Volume),
        JsonText.KnownOrNull(claim.Driver),
        JsonText.KnownOrNull(claim.Handle),
        JsonText.KnownOrNull(claim.FileSystem));
}
