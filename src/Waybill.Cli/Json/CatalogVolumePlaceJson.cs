using Waybill.Catalog;

namespace Waybill.Cli.Json;

/// <summary>Where a volume lived for some time.</summary>
internal sealed record CatalogVolumePlaceJson(string? Provider, string? Handle, string? StorageClass, string? Claim, string FirstSeen, string LastSeen, bool? There)
{
    public static CatalogVolumePlaceJson Of(VolumePlace place) => new(
        JsonText.KnownOrNull(place.Volume.Provider),
        JsonText.KnownOrNull(place.Volume.PlatformHandle),
        JsonText.KnownOrNull(place.Volume.StorageClass),
        JsonText.KnownOrNull(place.Volume.Claim),
        place.FirstSeen.ToString(),
        place.LastSeen.ToString(),
        place.IsThere);
}
