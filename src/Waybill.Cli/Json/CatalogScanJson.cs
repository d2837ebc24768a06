using System.Text.Json.Serialization;
using Waybill.Catalog;

namespace Waybill.Cli.Json;

/// <summary>What <c>catalog add --json</c> and <c>catalog scan --json</c> print.</summary>
internal sealed record CatalogScanJson(
    [property: JsonPropertyOrder(-1)] string Schema, string Catalog, string? MovedAside, int Read, int Added, int NotBundles, int Gone, CatalogProblemJson[] Problems)
{
    public static CatalogScanJson Of(string schema, BundleCatalog catalog, CatalogScanReport report) => new(
        schema, catalog.Name, catalog.MovedAside, report.Read, report.Added, report.NotBundles, report.Gone, [.. report.Problems.Select(CatalogProblemJson.Of)]);
}
