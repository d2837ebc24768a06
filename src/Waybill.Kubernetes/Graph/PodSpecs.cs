using System.Text.Json;

namespace Waybill.Kubernetes;

/// <summary>Finds the description of pods in objects that are pods or make some.</summary>
internal static class PodSpecs
{
    /// <summary>Gets the description; of kind <see cref="JsonValueKind.Undefined"/> if the object makes no pods.</summary>
    public static JsonElement Find(JsonElement root, string group, string kind) => (group, kind) switch
    {
        ("", "Pod") => root.Member("spec"),
        ("", "PodTemplate") => root.Member("template", "spec"),
        ("batch", "CronJob") => root.Member("spec", "jobTemplate").Member("spec", "template").Member("spec"),
        ("apps", "Deployment" or "StatefulSet" or "DaemonSet" or "ReplicaSet") or ("batch", "Job") or ("", "ReplicationController") =>
            root.Member("spec", "template").Member("spec"),
        _ => default,
    };

    public static IEnumerable<JsonElement> Containers(JsonElement podSpec) =>
        podSpec.Items("initContainers").Concat(podSpec.Items("containers")).Concat(podSpec.Items("ephemeralContainers"));
}
