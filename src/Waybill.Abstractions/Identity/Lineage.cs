namespace Waybill;

/// <summary>The place of a bundle in a protection chain.</summary>
/// <param name="Id">The chain.</param>
/// <param name="Generation">0 for a full bundle, one more than the parent's for an incremental one.</param>
public sealed record Lineage(LineageId Id, long Generation)
{
    /// <summary>Gets the lineage this one was forked from, if any.</summary>
    public LineageId? ForkedFrom { get; init; }

    /// <summary>Gets the bundle at which the fork happened, if any.</summary>
    public BundleId? ForkedFromBundle { get; init; }

    /// <summary>Gets why the lineage was forked; empty if it was not.</summary>
    public string ForkReason { get; init; } = "";
}
