using System.Text.Json.Serialization;
using Waybill.Catalog;

namespace Waybill.Cli.Json;

/// <summary>What <c>catalog resolve --json</c> prints.</summary>
internal sealed record CatalogResolveJson(string Catalog, string Name, CatalogPointJson Point, CatalogCopyJson Copy, CatalogStreamJson? Stream, CatalogCopyJson[] Parents)
{
    [JsonPropertyOrder(-1)]
    public string Schema { get; init; } = "waybill.catalog.resolve.v1";

    public static CatalogResolveJson Of(BundleCatalog catalog, LogicalName name, CatalogResolution resolution) => new(
        catalog.Name,
        name.ToString(),
        CatalogPointJson.Of(resolution.Point),
        CatalogCopyJson.Of(resolution.Copy),
        resolution.Stream is { } stream ? CatalogStreamJson.Of(stream) : null,
        [.. resolution.Parents.Select(CatalogCopyJson.Of)]);
}
