using Waybill.Catalog;

namespace Waybill.Cli.Json;

/// <summary>An application of a catalog.</summary>
internal sealed record CatalogApplicationJson(string Id, string Name, string FirstSeen, string LastSeen)
{
    public static CatalogApplicationJson Of(CatalogApplication application) => new(
        application.Id.ToString(), application.Name, application.FirstSeen.ToString(), application.LastSeen.ToString());
}
