using Waybill.Kubernetes;

namespace Waybill.Cli.Json;

/// <summary>What was done, or would be, with an object of a point in a cluster.</summary>
internal sealed record RestoredObjectJson(string Source, string? Target, string Action, string? Reason, string[] Changes, string[] Differences, ProblemJson? Problem)
{
    public static RestoredObjectJson Of(RestoredObject restored) => new(
        restored.Source,
        JsonText.KnownOrNull(restored.Target),
        restored.Action switch
        {
            RestoreAction.Create => "create",
            RestoreAction.Update => "update",
            RestoreAction.Replace => "replace",
            RestoreAction.Unchanged => "unchanged",
            RestoreAction.Skip => "skip",
            RestoreAction.LeaveOut => "leave-out",
            _ => "conflict",
        },
        JsonText.KnownOrNull(restored.Reason),
        [.. restored.Changes],
        [.. restored.Differences],
        ProblemJson.OfOrNull(restored.Problem));
}
