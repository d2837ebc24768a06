namespace Waybill.Testing;

/// <summary>One obligation and whether it was kept.</summary>
/// <param name="Id">The stable name of the check, such as <c>snapshots.idempotent</c>.</param>
/// <param name="Obligation">What must hold, in a sentence.</param>
/// <param name="Outcome">How the check ended.</param>
/// <param name="Detail">The evidence of a failure, or why there was nothing to check; else empty.</param>
public sealed record ConformanceCheck(string Id, string Obligation, ConformanceOutcome Outcome, string Detail)
{
    /// <summary>Gets how long the check took; zero if it shares a course of events with others.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Gets the line shown to a person.</summary>
    /// <returns>One line of text, or more if the detail has more.</returns>
    public override string ToString() =>
        Outcome switch
        {
            ConformanceOutcome.Passed => $"passed  {Id}",
            ConformanceOutcome.Failed => $"FAILED  {Id}: {Obligation} {Detail}",
            _ => $"n/a     {Id}: {Detail}",
        };
}
