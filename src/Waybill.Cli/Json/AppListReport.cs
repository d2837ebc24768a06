using System.Text.Json.Serialization;

namespace Waybill.Cli.Json;

/// <summary>What <c>app list --json</c> prints.</summary>
internal sealed record AppListReport(string? Context, ListedApplicationJson[] Applications, CaptureGapJson[] Gaps)
{
    [JsonPropertyOrder(-1)]
    public string Schema { get; init; } = "waybill.app.list.v1";
}
