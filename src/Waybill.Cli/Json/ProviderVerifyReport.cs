using System.Text.Json.Serialization;

namespace Waybill.Cli.Json;

/// <summary>What <c>provider verify --json</c> prints.</summary>
internal sealed record ProviderVerifyReport(string Provider, bool Conformant, ConformanceCheckJson[] Checks)
{
    [JsonPropertyOrder(-1)]
    public string Schema { get; init; } = "waybill.provider.verify.v1";
}
