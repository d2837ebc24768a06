namespace Waybill.Kubernetes;

/// <summary>
/// The order of kinds in which objects can be created again: what others refer to comes first, what starts programs comes late, what steers traffic or
/// checks other objects comes last.
/// </summary>
public static class ResourceOrder
{
    private static readonly Dictionary<(string Group, string Kind), int> s_ranks = Ranks(
    [
        [("", "Namespace")],
        [("apiextensions.k8s.io", "CustomResourceDefinition")],
        [("", "ResourceQuota"), ("", "LimitRange"), ("scheduling.k8s.io", "PriorityClass"), ("node.k8s.io", "RuntimeClass")],
        [("storage.k8s.io", "StorageClass"), ("storage.k8s.io", "CSIDriver"), ("storage.k8s.io", "VolumeAttributesClass"),
            ("snapshot.storage.k8s.io", "VolumeSnapshotClass")],
        [("", "PersistentVolume")],
        [("", "PersistentVolumeClaim")],
        [("", "ServiceAccount")],
        [("rbac.authorization.k8s.io", "ClusterRole"), ("rbac.authorization.k8s.io", "Role")],
        [("rbac.authorization.k8s.io", "ClusterRoleBinding"), ("rbac.authorization.k8s.io", "RoleBinding")],
        [("", "ConfigMap")],
        [("", "Secret")],
        [("", "Service")],
        [("apps", "DaemonSet"), ("apps", "StatefulSet"), ("apps", "Deployment"), ("apps", "ReplicaSet"),
            ("", "ReplicationController"), ("", "Pod"), ("batch", "Job"), ("batch", "CronJob")],
    ]);

    /// <summary>Gets the place of a kind; kinds of one place can be created in any order.</summary>
    /// <param name="group">The API group; empty for the core group.</param>
    /// <param name="kind">The kind.</param>
    /// <returns>A number, the lower the earlier; the highest one for kinds that are not known.</returns>
    public static int RankOf(string group, string kind) => s_ranks.TryGetValue((group, kind), out int rank) ? rank : int.MaxValue;

    private static Dictionary<(string Group, string Kind), int> Ranks((string Group, string Kind)[][] steps) =>
        steps.SelectMany((kinds, rank) => kinds.Select(kind => (kind, rank))).ToDictionary(entry => entry.kind, entry => entry.rank);
}
