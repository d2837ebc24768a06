using System.Text.Json.Serialization;

namespace Waybill.Cli.Json;

/// <summary>What <c>ledger list --json</c> prints.</summary>
internal sealed record LedgerListReport(string State, LedgerRunJson[] Runs)
{
    [JsonPropertyOrder(-1)]
    public string Schema { get; init; } = "waybill.ledger.list.v1";
}
