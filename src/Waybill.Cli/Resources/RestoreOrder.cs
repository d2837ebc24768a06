namespace Waybill.Cli.Resources;

/// <summary>
/// The order in which objects can be created again: what others refer to comes first, what starts programs comes late,
/// what steers traffic or checks other objects comes last.
/// </summary>
internal static class RestoreOrder
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

    /// <summary>Sorts objects; those of one rank keep their order.</summary>
    public static IReadOnlyList<ResourceDefinition> Sort(IEnumerable<ResourceDefinition> definitions) =>
        [.. definitions.OrderBy(RankOf)];

    private static int RankOf(ResourceDefinition definition) =>
        s_ranks.TryGetValue((definition.Group, definition.Kind), out int rank) ? rank : int.MaxValue;

    private static Dictionary<(string Group, string Kind), int> Ranks((string Group, string Kind)[][] steps) =>
        steps.SelectMany((kinds, rank) => kinds.Select(kind => (kind, rank))).ToDictionary(entry => entry.kind, entry => entry.rank);
}
