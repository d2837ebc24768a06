using System.Text.Json.Serialization;

namespace Waybill.Cli.Json;

/// <summary>What <c>point list --json</c> prints.</summary>
internal sealed record PointListReport(string Store, PointJson[] Points)
{
    [JsonPropertyOrder(-1)]
    public string Schema { get; init; } = "waybill.point.list.v1";
}
