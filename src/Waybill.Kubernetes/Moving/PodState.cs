using System.Text.Json;

namespace Waybill.Kubernetes;

/// <summary>Reads why a pod does not run.</summary>
internal static class PodState
{
    /// <summary>Gets what its cluster says; empty if it says nothing, or nothing is wrong.</summary>
    public static string Describe(JsonElement pod)
    {
        JsonElement status = pod.Member("status");
        JsonElement scheduled = status.Items("conditions").FirstOrDefault(condition => condition.Text("type") == "PodScheduled" && condition.Text("status") == "False");
        JsonElement container = status.Items("containerStatuses").FirstOrDefault();
        JsonElement waiting = container.Member("state", "waiting");
        JsonElement ended = container.Member("state", "terminated");
        return scheduled.ValueKind == JsonValueKind.Object ? Join(scheduled)
            : waiting.ValueKind == JsonValueKind.Object && waiting.Text("reason") is not ("ContainerCreating" or "PodInitializing") ? Join(waiting)
            : ended.ValueKind == JsonValueKind.Object && ended.Text("reason") != "Completed" ? Join(ended)
            : Join(status);
    }

    private static string Join(JsonElement node) => string.Join(": ", new[] { node.Text("reason"), node.Text("message") }.Where(text => text.Length > 0));
}
