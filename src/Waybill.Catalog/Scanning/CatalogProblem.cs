namespace Waybill.Catalog;

/// <summary>A bundle that could not be read into a catalog as far as was wanted.</summary>
/// <param name="Store">Where it lies.</param>
/// <param name="Name">Its name there.</param>
/// <param name="Problem">Why.</param>
/// <param name="IsRecorded">Whether the catalog remembers that there is something at this place.</param>
public sealed record CatalogProblem(string Store, string Name, WaybillException Problem, bool IsRecorded);
