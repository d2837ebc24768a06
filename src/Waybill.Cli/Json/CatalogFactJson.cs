using Waybill.Catalog;

namespace Waybill.Cli.Json;

/// <summary>Something an application is found by.</summary>
internal sealed record CatalogFactJson(string Kind, string? Key, string Value, string FirstSeen, string LastSeen, int? Points)
{
    public static CatalogFactJson Of(CatalogFact fact) => new(
        JsonText.Of(fact.Kind), JsonText.KnownOrNull(fact.Key), fact.Value, fact.FirstSeen.ToString(), fact.LastSeen.ToString(), fact.Kind == FactKind.File ? null : fact.Points);
}
