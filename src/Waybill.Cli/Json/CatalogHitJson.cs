using Waybill.Catalog;

namespace Waybill.Cli.Json;

/// <summary>An application and what of it matched.</summary>
internal sealed record CatalogHitJson(CatalogApplicationJson Application, CatalogFactJson Fact)
{
    public static CatalogHitJson Of(CatalogHit hit) => new(CatalogApplicationJson.Of(hit.Application), CatalogFactJson.Of(hit.Fact));
}
