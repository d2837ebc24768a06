using System.Collections.Immutable;

namespace Waybill.Catalog;

/// <summary>What holds the data of a logical name now.</summary>
/// <param name="Point">The point: the newest one at the time asked for that can be gone back to and has the volume.</param>
/// <param name="Copy">Where its bundle lies.</param>
public sealed record CatalogResolution(CatalogPoint Point, CatalogCopy Copy)
{
    /// <summary>Gets the volume, tree of files or dump; <see langword="null"/> if a whole point was asked for.</summary>
    public CatalogStreamInfo? Stream { get; init; }

    /// <summary>Gets where what the bundle builds on lies, the parent first; none for a full one.</summary>
    public ImmutableArray<CatalogCopy> Parents { get; init; } = [];
}
