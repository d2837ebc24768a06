using System.Collections.Immutable;

namespace Waybill.Engine;

/// <summary>What a sweep did.</summary>
public sealed record SweepReport
{
    /// <summary>Gets what is gone now, or goes on now.</summary>
    public ImmutableArray<LedgerEntry> Released { get; init; } = [];

    /// <summary>Gets what was handed to a point that was committed.</summary>
    public ImmutableArray<LedgerEntry> Kept { get; init; } = [];

    /// <summary>Gets why something could not be settled; it stays in the ledger, and the next sweep tries again.</summary>
    public ImmutableArray<WaybillException> Problems { get; init; } = [];
}
