using System.Collections.Immutable;

namespace Waybill.Providers;

/// <summary>What became of a lease.</summary>
/// <param name="HeldSince">From when on everything was held.</param>
/// <param name="HeldUntil">Until when everything was held for certain.</param>
/// <param name="Broken">
/// Whether it ended before it was thawed, by its deadline or by somebody else: snapshots taken in it are then only worth what they are without it.
/// </param>
public sealed record QuiesceOutcome(Timestamp HeldSince, Timestamp HeldUntil, bool Broken)
{
    /// <summary>Gets what ran, in order.</summary>
    public ImmutableArray<HookResult> Hooks { get; init; } = [];
}
