using System.Text.Json.Serialization;
using Waybill.Engine;

namespace Waybill.Cli.Json;

/// <summary>What <c>ledger sweep --json</c> prints.</summary>
internal sealed record LedgerSweepReport(LedgerEntryJson[] Released, LedgerEntryJson[] Kept, ProblemJson[] Problems)
{
    [JsonPropertyOrder(-1)]
    public string Schema { get; init; } = "waybill.ledger.sweep.v1";

    public static LedgerSweepReport Of(SweepReport report) => new(
        [.. report.Released.Select(LedgerEntryJson.Of)], [.. report.Kept.Select(LedgerEntryJson.Of)], [.. report.Problems.Select(ProblemJson.Of)]);
}
