using Waybill.Providers;

namespace Waybill.Cli.Json;

/// <summary>A volume of a platform.</summary>
internal sealed record ListedVolumeJson(
    string Provider, string Id, string Name, string Kind, long Length, string? StorageClass, string? FileSystem, string? Created, VolumeCapabilitiesJson Capabilities)
{
    public static ListedVolumeJson Of(string provider, VolumeDescriptor volume, VolumeCapabilities capabilities) => new(
        provider,
        volume.Id.ToString(),
        volume.Name,
        EngineWords.Of(volume.Kind),
        volume.Length,
        JsonText.KnownOrNull(volume.StorageClass),
        JsonText.KnownOrNull(volume.FileSystem),
        volume.Created?.ToString(),
        VolumeCapabilitiesJson.Of(capabilities));
}
