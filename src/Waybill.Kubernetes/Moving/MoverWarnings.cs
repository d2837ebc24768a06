using System.Text.Json;

namespace Waybill.Kubernetes;

/// <summary>Finds what a cluster warned of while a mover was to be started.</summary>
internal static class MoverWarnings
{
    /// <summary>Gets the last warning about one of some objects; empty if there is none, or if events may not be read.</summary>
    public static async Task<string> FindAsync(ClusterObjects objects, string objectNamespace, string[] names, CancellationToken cancellationToken)
    {
        try
        {
            var found = new List<JsonElement>();
            foreach (string name in names.Distinct())
            {
                string selector = Uri.EscapeDataString($"involvedObject.name={name},type=Warning");
                found.AddRange(await objects.ListAsync($"{ClusterPaths.Events(objectNamespace)}?fieldSelector={selector}", cancellationToken).ConfigureAwait(false));
            }

            return found.OrderBy(one => one.Text("lastTimestamp"), StringComparer.Ordinal).Select(one => $"{one.Text("reason")}: {one.Text("message")}").LastOrDefault("");
        }
        catch (WaybillException)
        {
            return "";
        }
    }
}
