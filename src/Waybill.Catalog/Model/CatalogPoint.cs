using System.Collections.Immutable;
using Waybill.Bundles;

namespace Waybill.Catalog;

/// <summary>A recovery point the catalog knows.</summary>
/// <param name="Bundle">The identity of its bundle.</param>
/// <param name="ManifestDigest">The digest of the bundle's manifest: with the id it says which bundle is meant.</param>
/// <param name="Created">When the backup was begun, by the clock of whoever wrote it.</param>
public sealed record CatalogPoint(BundleId Bundle, Digest ManifestDigest, Timestamp Created)
{
    /// <summary>Gets whose data it is, with the name and the place of then.</summary>
    public required ApplicationIdentity Application { get; init; }

    /// <summary>Gets its place in the protection chain.</summary>
    public required Lineage Lineage { get; init; }

    /// <summary>Gets the bundle it builds on; <see langword="null"/> for a full one.</summary>
    public ParentLink? Parent { get; init; }

    /// <summary>Gets how consistent its least consistent part is.</summary>
    public ConsistencyLevel Consistency { get; init; }

    /// <summary>Gets what wrote the bundle.</summary>
    public required WriterIdentity Writer { get; init; }

    /// <summary>Gets whether the bundle is encrypted.</summary>
    public bool IsEncrypted { get; init; }

    /// <summary>Gets how much of it the catalog has read.</summary>
    public CatalogDepth Depth { get; init; }

    /// <summary>Gets its streams in the order of the bundle.</summary>
    public ImmutableArray<CatalogStreamInfo> Streams { get; init; } = [];

    /// <summary>Gets where the bundle lies or lay.</summary>
    public ImmutableArray<CatalogCopy> Copies { get; init; } = [];

    /// <summary>Gets whether it can be gone back to.</summary>
    public ChainState Chain { get; init; }

    /// <summary>Gets what of the chain is missing or in conflict; <see langword="null"/> if nothing is.</summary>
    public BundleId? ChainProblem { get; init; }

    /// <summary>Gets what is wrong with its time.</summary>
    public ClockDoubt Clock { get; init; }
}
