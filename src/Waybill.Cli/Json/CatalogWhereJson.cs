using System.Text.Json.Serialization;
using Waybill.Catalog;

namespace Waybill.Cli.Json;

/// <summary>What <c>catalog where --json</c> prints.</summary>
internal sealed record CatalogWhereJson(string Catalog, CatalogVolumeJson[] Volumes)
{
    [JsonPropertyOrder(-1)]
    public string Schema { get; init; } = "waybill.catalog.where.v1";

    public static CatalogWhereJson Of(BundleCatalog catalog, IEnumerable<VolumeWhereabouts> volumes) => new(catalog.Name, [.. volumes.Select(CatalogVolumeJson.Of)]);
}
