using System.Text.Json.Serialization;

namespace Waybill.Cli.Json;

/// <summary>What <c>volume list --json</c> prints.</summary>
internal sealed record VolumeListReport(ListedVolumeJson[] Volumes)
{
    [JsonPropertyOrder(-1)]
    public string Schema { get; init; } = "waybill.volume.list.v1";
}
