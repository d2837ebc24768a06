using System.Collections.Immutable;

namespace Waybill.Catalog;

/// <summary>The whole life of an application as far as its points tell it.</summary>
/// <param name="Application">Who it is.</param>
public sealed record CatalogLife(CatalogApplication Application)
{
    /// <summary>Gets its names, in the order of their first use.</summary>
    public ImmutableArray<string> Names { get; init; } = [];

    /// <summary>Gets the places it lived at, in the order of their first use.</summary>
    public ImmutableArray<CatalogIncarnation> Incarnations { get; init; } = [];

    /// <summary>Gets its points, the oldest first.</summary>
    public ImmutableArray<CatalogPoint> Points { get; init; } = [];

    /// <summary>Gets what it had to be found by, tags apart, ordered by kind, key and value.</summary>
    public ImmutableArray<CatalogFact> Facts { get; init; } = [];

    /// <summary>Gets its tags, ordered by key.</summary>
    public ImmutableArray<CatalogTag> Tags { get; init; } = [];

    /// <summary>Gets the times without points.</summary>
    public ImmutableArray<CatalogGap> Gaps { get; init; } = [];

    /// <summary>Gets the newest point that can be gone back to; <see langword="null"/> if there is none.</summary>
    public CatalogPoint? NewestUsable => Points.LastOrDefault(point => point.Chain == ChainState.Complete);

    /// <summary>Gets the streams that points had and the newest one does not: volumes that are no longer protected, by their last appearance.</summary>
    public ImmutableArray<CatalogStreamInfo> LostStreams { get; init; } = [];
}
