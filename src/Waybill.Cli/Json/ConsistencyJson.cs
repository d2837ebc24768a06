using Waybill.Bundles;

namespace Waybill.Cli.Json;

/// <summary>How consistent some streams are, and what supports that.</summary>
internal sealed record ConsistencyJson(
    string Level,
    string? Mechanism,
    string? ExternalId,
    string? Earliest,
    string? Latest,
    bool WriteOrderFidelity,
    HookJson[] Hooks,
    int[] Streams)
{
    public static ConsistencyJson Of(ConsistencyGroup group) => new(
        JsonText.Of(group.Evidence.Level),
        JsonText.KnownOrNull(group.Evidence.Mechanism),
        JsonText.KnownOrNull(group.Evidence.ExternalId),
        group.Evidence.Earliest?.ToString(),
        group.Evidence.Latest?.ToString(),
        group.Evidence.WriteOrderFidelity,
        [.. group.Evidence.Hooks.Select(hook => new HookJson(hook.Name, hook.ExitCode, hook.Started?.ToString(), hook.Finished?.ToString()))],
        [.. group.StreamNumbers]);
}
