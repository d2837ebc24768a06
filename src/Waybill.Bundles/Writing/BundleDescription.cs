using System.Collections.Immutable;

namespace Waybill.Bundles;

/// <summary>What is known of a backup before its data is read.</summary>
/// <param name="Application">Whose data it is.</param>
public sealed record BundleDescription(ApplicationIdentity Application)
{
    /// <summary>Gets the protection chain; by default the parent's, or a new one for a full bundle.</summary>
    public Lineage? Lineage { get; init; }

    /// <summary>Gets the tags, in any order; unique on key, source and source reference.</summary>
    public ImmutableArray<Tag> Tags { get; init; } = [];
}
