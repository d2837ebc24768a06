using System.Text.Json.Serialization;
using Waybill.Catalog;

namespace Waybill.Cli.Json;

/// <summary>What <c>catalog show --json</c> and <c>catalog timeline --json</c> print.</summary>
internal sealed record CatalogLivesJson([property: JsonPropertyOrder(-1)] string Schema, string Catalog, CatalogLifeJson[] Applications)
{
    public static CatalogLivesJson Of(string schema, BundleCatalog catalog, IEnumerable<CatalogLife> lives) => new(schema, catalog.Name, [.. lives.Select(CatalogLifeJson.Of)]);
}
