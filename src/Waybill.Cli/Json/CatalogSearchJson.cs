using System.Text.Json.Serialization;
using Waybill.Catalog;

namespace Waybill.Cli.Json;

/// <summary>What <c>catalog search --json</c> prints.</summary>
internal sealed record CatalogSearchJson(string Catalog, string Text, bool Cut, bool FilesUnknown, CatalogHitJson[] Hits)
{
    [JsonPropertyOrder(-1)]
    public string Schema { get; init; } = "waybill.catalog.search.v1";

    public static CatalogSearchJson Of(BundleCatalog catalog, CatalogSearch search, CatalogSearchResult result) => new(
        catalog.Name, search.Text, result.IsCut, result.PointsWithoutFiles > 0, [.. result.Hits.Select(CatalogHitJson.Of)]);
}
