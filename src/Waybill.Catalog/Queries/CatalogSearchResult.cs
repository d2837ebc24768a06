using System.Collections.Immutable;

namespace Waybill.Catalog;

/// <summary>What a search found.</summary>
/// <param name="Hits">What matched: names of applications first, then other facts, then files; each ordered by the name of the application.</param>
/// <param name="IsCut">Whether there is more than was wanted.</param>
public sealed record CatalogSearchResult(ImmutableArray<CatalogHit> Hits, bool IsCut)
{
    /// <summary>Gets how many points the catalog knows without the names of their files, which therefore were not searched.</summary>
    public long PointsWithoutFiles { get; init; }
}
