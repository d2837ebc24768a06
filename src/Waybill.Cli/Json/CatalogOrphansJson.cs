using System.Text.Json.Serialization;
using Waybill.Catalog;

namespace Waybill.Cli.Json;

/// <summary>What <c>catalog orphans --json</c> prints.</summary>
internal sealed record CatalogOrphansJson(string Catalog, CatalogOrphanJson[] Orphans)
{
    [JsonPropertyOrder(-1)]
    public string Schema { get; init; } = "waybill.catalog.orphans.v1";

    public static CatalogOrphansJson Of(BundleCatalog catalog, IEnumerable<CatalogOrphan> orphans) => new(catalog.Name, [.. orphans.Select(CatalogOrphanJson.Of)]);
}
