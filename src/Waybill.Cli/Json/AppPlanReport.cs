using System.Text.Json.Serialization;
using Waybill.Engine;

namespace Waybill.Cli.Json;

/// <summary>What <c>app plan --json</c> and <c>app protect --dry-run --json</c> print.</summary>
internal sealed record AppPlanReport(string Application, string? Parent, string? WhyFull, VolumePlanJson[] Volumes)
{
    [JsonPropertyOrder(-1)]
    public string Schema { get; init; } = "waybill.app.plan.v1";

    public static AppPlanReport Of(ProtectPlan plan) => new(
        plan.Application, plan.Parent == default ? null : plan.Parent.ToString(), JsonText.KnownOrNull(plan.WhyFull), [.. plan.Volumes.Select(VolumePlanJson.Of)]);
}
