using System.Text.Json.Serialization;

namespace Waybill.Cli.Json;

/// <summary>What <c>provider list --json</c> prints.</summary>
internal sealed record ProviderListReport(ListedProviderJson[] Providers)
{
    [JsonPropertyOrder(-1)]
    public string Schema { get; init; } = "waybill.provider.list.v1";
}
