namespace Waybill.Catalog;

/// <summary>A tag of an application over its life.</summary>
/// <param name="Tag">The tag. The catalog does not know the values of secret ones, which are empty here, and of when it was observed only the second.</param>
/// <param name="FirstSeen">When the oldest point that has it was begun.</param>
/// <param name="LastSeen">When the newest point that has it was begun.</param>
/// <param name="Points">How many points have it.</param>
public sealed record CatalogTag(Tag Tag, Timestamp FirstSeen, Timestamp LastSeen, int Points);
