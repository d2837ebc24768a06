using System.Collections.Immutable;

namespace Waybill.Bundles;

/// <summary>What a restore of a salvaged stream wrote, and what it could not.</summary>
public sealed record SalvageRestoreResult
{
    /// <summary>Gets how many bytes are in the target as they were backed up, zeros included.</summary>
    public required long RestoredBytes { get; init; }

    /// <summary>
    /// Gets the ranges that were not written, ascending: unknown ones, and inherited ones that no parent filled. The target holds there what it held
    /// before; that this may be zeros says nothing of the content.
    /// </summary>
    public required ImmutableArray<SalvageRange> Missing { get; init; }

    /// <summary>Gets whether the end of the stream is not known, so that more may be missing behind what was restored.</summary>
    public required bool EndUnknown { get; init; }

    /// <summary>Gets whether the target must be marked as partial.</summary>
    public bool IsPartial => EndUnknown || !Missing.IsEmpty;
}
