using System.Collections.Immutable;

namespace Waybill.Catalog;

/// <summary>What a scan found.</summary>
public sealed record CatalogScanReport
{
    /// <summary>Gets how many bundles were read.</summary>
    public int Read { get; init; }

    /// <summary>Gets how many of them made a point that the catalog did not know.</summary>
    public int Added { get; init; }

    /// <summary>Gets how many files or objects were passed over because they are not bundles.</summary>
    public int NotBundles { get; init; }

    /// <summary>Gets how many bundles are no longer there that were.</summary>
    public int Gone { get; init; }

    /// <summary>Gets what could not be read, ordered by place.</summary>
    public ImmutableArray<CatalogProblem> Problems { get; init; } = [];
}
