using Waybill.Bundles;

namespace Waybill.Cli.Json;

/// <summary>What is known of the volume a stream was read from.</summary>
internal sealed record VolumeJson(string? PlatformHandle, string? StorageClass, string? Claim, string? FileSystem, string? Provider)
{
    public static VolumeJson Of(VolumeFacts volume) => new(
        JsonText.KnownOrNull(volume.PlatformHandle),
        JsonText.KnownOrNull(volume.StorageClass),
        JsonText.KnownOrNull(volume.Claim),
        JsonText.KnownOrNull(volume.FileSystem),
        JsonText.KnownOrNull(volume.Provider));
}
