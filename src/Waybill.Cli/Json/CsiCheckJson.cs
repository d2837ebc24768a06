using Waybill.Testing;

namespace Waybill.Cli.Json;

/// <summary>An obligation of a driver, whether it was kept, and how long that took to see.</summary>
internal sealed record CsiCheckJson(string Id, string Obligation, string Outcome, string? Detail, long Milliseconds)
{
    public static CsiCheckJson Of(ConformanceCheck check) => new(
        check.Id,
        check.Obligation,
        check.Outcome switch
        {
            ConformanceOutcome.Passed => "passed",
            ConformanceOutcome.Failed => "failed",
            _ => "skipped",
        },
        JsonText.KnownOrNull(check.Detail),
        (long)check.Duration.TotalMilliseconds);
}
