namespace Waybill.Catalog;

/// <summary>A time without points, much longer than the times between the points of an application usually are.</summary>
/// <param name="From">When the last point before it was begun.</param>
/// <param name="To">When the first point after it was begun.</param>
public sealed record CatalogGap(Timestamp From, Timestamp To);
