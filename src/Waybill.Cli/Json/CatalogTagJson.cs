using Waybill.Catalog;

namespace Waybill.Cli.Json;

/// <summary>A tag over the life of an application.</summary>
internal sealed record CatalogTagJson(TagJson Tag, string FirstSeen, string LastSeen, int Points)
{
    public static CatalogTagJson Of(CatalogTag tag) => new(TagJson.Of(tag.Tag), tag.FirstSeen.ToString(), tag.LastSeen.ToString(), tag.Points);
}
