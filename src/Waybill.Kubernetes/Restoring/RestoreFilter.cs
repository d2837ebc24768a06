using System.Text.Json.Nodes;

namespace Waybill.Kubernetes;

/// <summary>Says which objects of a point are not created, and why: what something else makes, and what means nothing in another place.</summary>
internal static class RestoreFilter
{
    private const string Snapshots = "snapshot.storage.k8s.io";

    /// <summary>Gets why an object is left out; null if it is restored.</summary>
    /// <param name="node">The object.</param>
    /// <param name="uids">The UIDs of all objects of the point.</param>
    public static string? WhyNot(JsonObject node, IReadOnlySet<string> uids)
    {
        JsonNode? metadata = node["metadata"];
        ObjectKey key = JsonNodes.KeyOf(node);
        JsonObject? controller = metadata.Items("ownerReferences").FirstOrDefault(owner => owner["controller"]?.GetValueKind() == System.Text.Json.JsonValueKind.True && uids.Contains(owner.Text("uid")));

        // A claim that its controller would make comes all the same: only it can be filled before somebody uses it.
        if (controller is not null && key is not { Group: "", Kind: "PersistentVolumeClaim" })
        {
            return $"{controller.Text("kind")} {controller.Text("name")} makes it";
        }

        return (key.Group, key.Kind) switch
        {
            ("", "Event") or ("events.k8s.io", "Event") => "it tells of the past",
            ("", "Node") or ("storage.k8s.io", "CSINode" or "VolumeAttachment" or "CSIStorageCapacity") => "the cluster makes it",
            ("", "PersistentVolume") => "volumes are provisioned for the claims",
            (Snapshots, "VolumeSnapshot" or "VolumeSnapshotContent") or ("groupsnapshot.storage.k8s.io", _) => "snapshots stay where they are",
            ("backup.waybill", "RecoveryPoint" or "RestoreRequest") => "what it asked for is done, and would be done again",
            ("coordination.k8s.io", "Lease") => "whoever held it is gone",
            ("apps", "ControllerRevision") => "its controller makes it",
            ("", "Endpoints") when metadata.Member("annotations").Text("endpoints.kubernetes.io/last-change-trigger-time").Length > 0 => "its Service makes it",
            ("discovery.k8s.io", "EndpointSlice") when metadata.Member("labels").Text("endpointslice.kubernetes.io/managed-by").Length > 0 => "its Service makes it",
            ("", "Secret") when node.Text("type") == "kubernetes.io/service-account-token" => "the cluster makes tokens of its own",
            ("", "ConfigMap") when key.Name is "kube-root-ca.crt" or "openshift-service-ca.crt" => "the cluster makes it in every namespace",
            ("", "Namespace") when key.Name is "kube-system" or "kube-public" or "kube-node-lease" => "the cluster makes it",
            _ => null,
        };
    }
}
