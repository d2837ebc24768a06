using System.Text.Json.Serialization;

namespace Waybill.Cli.Json;

/// <summary>What <c>csi verify --json</c> prints.</summary>
internal sealed record CsiVerifyReport(string Driver, string Endpoint, bool Conformant, CsiCheckJson[] Checks)
{
    [JsonPropertyOrder(-1)]
    public string Schema { get; init; } = "waybill.csi.verify.v1";
}
