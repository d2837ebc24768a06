using Waybill.Catalog;

namespace Waybill.Cli.Json;

/// <summary>A snapshot that a platform has.</summary>
internal sealed record CatalogSnapshotJson(string Provider, string Id, string Volume, string Name, string Created)
{
    public static CatalogSnapshotJson Of(PlatformSnapshot snapshot) => new(
        snapshot.Provider, snapshot.Snapshot.Id.ToString(), snapshot.Snapshot.Volume.ToString(), snapshot.Snapshot.Name, snapshot.Snapshot.Created.ToString());
}
