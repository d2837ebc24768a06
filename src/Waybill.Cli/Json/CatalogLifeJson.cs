using Waybill.Catalog;

namespace Waybill.Cli.Json;

/// <summary>The whole life of an application.</summary>
internal sealed record CatalogLifeJson(
    CatalogApplicationJson Application,
    string[] Names,
    CatalogPlaceJson[] Places,
    CatalogTagJson[] Tags,
    CatalogFactJson[] Facts,
    CatalogPointJson[] Points,
    CatalogGapJson[] Gaps,
    CatalogStreamJson[] LostStreams,
    string? NewestUsable)
{
    public static CatalogLifeJson Of(CatalogLife life) => new(
        CatalogApplicationJson.Of(life.Application),
        [.. life.Names],
        [.. life.Incarnations.Select(CatalogPlaceJson.Of)],
        [.. life.Tags.Select(CatalogTagJson.Of)],
        [.. life.Facts.Select(CatalogFactJson.Of)],
        [.. life.Points.Select(CatalogPointJson.Of)],
        [.. life.Gaps.Select(gap => new CatalogGapJson(gap.From.ToString(), gap.To.ToString()))],
        [.. life.LostStreams.Select(CatalogStreamJson.Of)],
        life.NewestUsable?.Bundle.ToString());
}
