using System.Collections.Immutable;

namespace Waybill.Catalog;

/// <summary>What counts as orphaned.</summary>
public sealed record OrphanSearch
{
    /// <summary>Gets after what time without a point an application is stale.</summary>
    /// <value>The default is seven days.</value>
    public TimeSpan StaleAfter { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Gets what platforms have now; volumes and snapshots of others are not looked at.</summary>
    public ImmutableArray<CatalogPlatform> Platforms { get; init; } = [];

    /// <summary>Gets how many of each kind are wanted at most.</summary>
    /// <value>The default is 1000.</value>
    public int Limit { get; init; } = 1_000;
}
