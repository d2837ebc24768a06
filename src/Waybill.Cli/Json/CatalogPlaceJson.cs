using Waybill.Catalog;

namespace Waybill.Cli.Json;

/// <summary>A place where an application ran for some time.</summary>
internal sealed record CatalogPlaceJson(OriginJson Origin, string[] Names, string[] Hosts, string FirstSeen, string LastSeen, int Points)
{
    public static CatalogPlaceJson Of(CatalogIncarnation place) => new(
        OriginJson.Of(place.Origin), [.. place.Names], [.. place.Hosts], place.FirstSeen.ToString(), place.LastSeen.ToString(), place.Points);
}
