using Waybill.Catalog;

namespace Waybill.Cli.Json;

/// <summary>A volume and every place where its data is or was.</summary>
internal sealed record CatalogVolumeJson(
    CatalogApplicationJson Application, string Stream, string Kind, string? Name, CatalogVolumePlaceJson[] Places, CatalogSnapshotJson[] Snapshots, CatalogPointJson[] Points)
{
    public static CatalogVolumeJson Of(VolumeWhereabouts volume) => new(
        CatalogApplicationJson.Of(volume.Application),
        volume.Stream.ToString(),
        JsonText.Of(volume.Kind),
        JsonText.KnownOrNull(volume.Name),
        [.. volume.Places.Select(CatalogVolumePlaceJson.Of)],
        [.. volume.Snapshots.Select(CatalogSnapshotJson.Of)],
        [.. volume.Points.Select(CatalogPointJson.Of)]);
}
