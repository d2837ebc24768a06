using System.Text.Json.Nodes;
using Waybill.Kubernetes.ApiServer.Kinds;
using Waybill.Kubernetes.ApiServer.Storage;

namespace Waybill.Kubernetes.ApiServer.Lifecycle;

/// <summary>Refuses changes of what a server lets nobody change.</summary>
internal static class ImmutableFields
{
    private static readonly Dictionary<string, string[]> s_fields = new(StringComparer.Ordinal)
    {
        ["deployments.apps"] = ["spec.selector"],
        ["daemonsets.apps"] = ["spec.selector"],
        ["replicasets.apps"] = ["spec.selector"],
        ["statefulsets.apps"] = ["spec.selector", "spec.serviceName", "spec.volumeClaimTemplates", "spec.podManagementPolicy"],
        ["jobs.batch"] = ["spec.selector", "spec.template", "spec.completions"],
        ["services"] = ["spec.clusterIP"],
        ["persistentvolumes"] = ["spec.csi", "spec.nfs", "spec.hostPath"],
        ["storageclasses.storage.k8s.io"] = ["provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"],
        ["rolebindings.rbac.authorization.k8s.io"] = ["roleRef"],
        ["clusterrolebindings.rbac.authorization.k8s.io"] = ["roleRef"],
        ["secrets"] = ["type"],
        ["persistentvolumeclaims"] = ["spec.storageClassName", "spec.volumeMode", "spec.accessModes", "spec.dataSource", "spec.dataSourceRef", "spec.selector"],
        ["pods"] = ["spec.volumes", "spec.serviceAccountName", "spec.restartPolicy"],
    };

    public static void Check(ResourceKind kind, JsonObject before, JsonObject after)
    {
        string name = ObjectJson.Text(before["metadata"], "name");
        foreach (string field in s_fields.GetValueOrDefault(kind.Key) ?? [])
        {
            if (!JsonNode.DeepEquals(Find(before, field), Find(after, field)))
            {
                throw ApiException.Invalid(kind.Name, name, $"{field}: Invalid value: field is immutable");
            }
        }

        if (kind.Key == "persistentvolumeclaims" && Find(before, "spec.volumeName") is { } bound && !JsonNode.DeepEquals(bound, Find(after, "spec.volumeName")))
        {
            throw ApiException.Invalid(kind.Name, name, "spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims");
        }

        if (kind.Key is "secrets" or "configmaps" && before["immutable"]?.GetValue<bool>() == true && !JsonNode.DeepEquals(before["data"], after["data"]))
        {
            throw ApiException.Invalid(kind.Name, name, "data: Forbidden: field is immutable when `immutable` is set");
        }
    }

    private static JsonNode? Find(JsonNode? node, string path)
    {
        foreach (string step in path.Split('.'))
        {
            node = (node as JsonObject)?[step];
        }

        return node;
    }
}
