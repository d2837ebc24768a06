namespace Waybill.Catalog;

/// <summary>Something said of an application that it can be found by, over its life.</summary>
/// <param name="Kind">What is said.</param>
/// <param name="Key">The key of a tag, the kind of a definition, what of a volume it is; else empty.</param>
/// <param name="Value">The value.</param>
/// <param name="FirstSeen">When the oldest point that says so was begun.</param>
/// <param name="LastSeen">When the newest point that says so was begun.</param>
/// <param name="Points">How many points say so; 0 for files, of which only first and last are known.</param>
public sealed record CatalogFact(FactKind Kind, string Key, string Value, Timestamp FirstSeen, Timestamp LastSeen, int Points);
