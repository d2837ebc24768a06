namespace Waybill.Catalog;

/// <summary>An application, and what of it matched.</summary>
/// <param name="Application">The application.</param>
/// <param name="Fact">What matched.</param>
public sealed record CatalogHit(CatalogApplication Application, CatalogFact Fact);
