namespace Waybill.Catalog;

/// <summary>An application the catalog knows, whether it still exists or not.</summary>
/// <param name="Id">Its identity, the same through renames, moves and restores.</param>
/// <param name="Name">Its newest name.</param>
/// <param name="FirstSeen">When its oldest point was begun.</param>
/// <param name="LastSeen">When its newest point was begun.</param>
public sealed record CatalogApplication(AppId Id, string Name, Timestamp FirstSeen, Timestamp LastSeen);
