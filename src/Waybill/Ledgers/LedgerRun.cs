using System.Collections.Immutable;

namespace Waybill.Engine;

/// <summary>A run, as its ledger tells it.</summary>
/// <param name="Id">The run's id; names of what it made begin with <c>waybill-</c> and this.</param>
/// <param name="Purpose">What it was for.</param>
/// <param name="Application">The application's name.</param>
/// <param name="Started">When it began.</param>
public sealed record LedgerRun(BundleId Id, LedgerPurpose Purpose, string Application, Timestamp Started)
{
    /// <summary>Gets the name of its bundle in the store; empty if it makes none.</summary>
    public string BundleName { get; init; } = "";

    /// <summary>Gets the bundle it builds on; the default value if none.</summary>
    public BundleId Parent { get; init; }

    /// <summary>Gets what it made outside.</summary>
    public ImmutableArray<LedgerEntry> Entries { get; init; } = [];

    /// <summary>Gets whether the run's process still works on it.</summary>
    public bool IsRunning { get; init; }

    internal EvidenceRecord? Evidence { get; init; }

    /// <summary>Gets what the next run builds on once this run's bundle is committed.</summary>
    internal ApplicationRecord? Prepared { get; init; }
}
