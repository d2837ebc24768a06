using Waybill.Testing;

namespace Waybill.Cli.Json;

/// <summary>An obligation of a platform and whether it was kept.</summary>
internal sealed record ConformanceCheckJson(string Id, string Obligation, string Outcome, string? Detail)
{
    public static ConformanceCheckJson Of(ConformanceCheck check) => new(
        check.Id,
        check.Obligation,
        check.Outcome switch
        {
            ConformanceOutcome.Passed => "passed",
            ConformanceOutcome.Failed => "failed",
            _ => "not-applicable",
        },
        JsonText.KnownOrNull(check.Detail));
}
