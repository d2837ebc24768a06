using Waybill.Engine;

namespace Waybill.Cli.Json;

/// <summary>How a volume is copied, and why not in a cheaper way.</summary>
internal sealed record VolumePlanJson(string Name, string Step, bool Full, long Length, long BytesToRead, string[] Reasons)
{
    public static VolumePlanJson Of(VolumePlan plan) => new(plan.Volume, EngineWords.Of(plan.Step), plan.IsFull, plan.Length, plan.BytesToRead, [.. plan.Reasons]);
}
