using System.Text.Json.Serialization;

namespace Waybill.Cli.Json;

/// <summary>What <c>catalog prune --json</c> prints.</summary>
internal sealed record CatalogPruneJson(string Catalog, bool DryRun, long Points)
{
    [JsonPropertyOrder(-1)]
    public string Schema { get; init; } = "waybill.catalog.prune.v1";
}
