using System.Collections.Immutable;
using Waybill.Bundles;

namespace Waybill.Catalog;

/// <summary>Every place where the data of one volume, tree of files or dump is or was.</summary>
/// <param name="Application">The application it belongs to.</param>
/// <param name="Stream">Its identity in bundles.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Name">Its newest name.</param>
public sealed record VolumeWhereabouts(CatalogApplication Application, StreamId Stream, StreamKind Kind, string Name)
{
    /// <summary>Gets where it lived, in the order of time.</summary>
    public ImmutableArray<VolumePlace> Places { get; init; } = [];

    /// <summary>Gets the points that have it, the oldest first, with the copies of their bundles.</summary>
    public ImmutableArray<CatalogPoint> Points { get; init; } = [];

    /// <summary>Gets the snapshots of it that the platforms asked have now.</summary>
    public ImmutableArray<PlatformSnapshot> Snapshots { get; init; } = [];
}
