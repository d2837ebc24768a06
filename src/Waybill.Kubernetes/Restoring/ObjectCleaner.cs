using System.Text.Json.Nodes;

namespace Waybill.Kubernetes;

/// <summary>Takes out of objects what only a server may say, and what binds them to the cluster they come from.</summary>
internal static class ObjectCleaner
{
    private static readonly string[] s_serverFields =
        ["uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "managedFields"];

    private static readonly HashSet<string> s_serverFinalizers = new(StringComparer.Ordinal)
    {
        "kubernetes.io/pvc-protection", "kubernetes.io/pv-protection", "foregroundDeletion", "orphan", "service.kubernetes.io/load-balancer-cleanup",
        "snapshot.storage.kubernetes.io/pvc-as-source-protection",
    };

    private static readonly HashSet<string> s_boundAnnotations = new(StringComparer.Ordinal)
    {
        "pv.kubernetes.io/bind-completed", "pv.kubernetes.io/bound-by-controller", "pv.kubernetes.io/provisioned-by", "volume.kubernetes.io/selected-node",
        "volume.kubernetes.io/storage-provisioner", "volume.beta.kubernetes.io/storage-provisioner", "deployment.kubernetes.io/revision",
        "deprecated.daemonset.template.generation", "kubectl.kubernetes.io/last-applied-configuration", "endpoints.kubernetes.io/last-change-trigger-time",
    };

    /// <summary>Cleans an object in place.</summary>
    public static void Clean(JsonObject node, bool keepAddresses)
    {
        JsonObject metadata = node.Metadata();
        foreach (string field in s_serverFields)
        {
            metadata.Remove(field);
        }

        if (metadata["finalizers"] is JsonArray finalizers)
        {
            foreach (JsonNode? finalizer in finalizers.Where(item => item is JsonValue value && value.TryGetValue(out string? text) && s_serverFinalizers.Contains(text)).ToArray())
            {
                finalizers.Remove(finalizer);
            }

            if (finalizers.Count == 0)
            {
                metadata.Remove("finalizers");
            }
        }

        metadata.RemoveFrom("annotations", s_boundAnnotations.Contains);
        node.Remove("status");
        CleanKind(node, JsonNodes.KeyOf(node), keepAddresses);
    }

    private static void CleanKind(JsonObject node, ObjectKey key, bool keepAddresses)
    {
        JsonObject? spec = node.Member("spec");
        switch (key.Group, key.Kind)
        {
            case ("", "Namespace"):
                node.Remove("spec");
                node["metadata"].Member("labels")?.Remove("kubernetes.io/metadata.name");
                break;
            case ("", "Service") when spec is not null && !keepAddresses:
                CleanService(spec);
                break;
            case ("", "PersistentVolumeClaim") when spec is not null:
                // The data comes out of the point, not out of what the first claim was made from.
                foreach (string field in (string[])["volumeName", "dataSource", "dataSourceRef"])
                {
                    spec.Remove(field);
                }

                // It may have been captured while a group was taken.
                node.Metadata().RemoveFrom("labels", label => label.StartsWith(ClusterMarks.GroupMember, StringComparison.Ordinal));

                break;
            case ("", "Pod") when spec is not null:
                CleanPod(spec);
                break;
            case ("", "ServiceAccount"):
                node.Remove("secrets"); // tokens of the old cluster
                break;
            case ("batch", "Job") when spec is not null && spec["manualSelector"]?.GetValueKind() != System.Text.Json.JsonValueKind.True:
                spec.Remove("selector");
                bool IsGenerated(string label) => label is "controller-uid" or "job-name" or "batch.kubernetes.io/controller-uid" or "batch.kubernetes.io/job-name";
                node.Metadata().RemoveFrom("labels", IsGenerated);
                spec.Member("template").Member("metadata").RemoveFrom("labels", IsGenerated);
                break;
            default:
                break;
        }
    }

    private static void CleanService(JsonObject spec)
    {
        if (spec.Text("clusterIP") != "None")
        {
            spec.Remove("clusterIP");
            spec.Remove("clusterIPs");
        }

        spec.Remove("healthCheckNodePort");
        foreach (JsonObject port in spec.Items("ports"))
        {
            port.Remove("nodePort");
        }
    }

    private static void CleanPod(JsonObject spec)
    {
        spec.Remove("nodeName");
        bool IsToken(JsonObject named) => named.Text("name").StartsWith("kube-api-access-", StringComparison.Ordinal);
        RemoveItems(spec, "volumes", IsToken);
        foreach (JsonObject container in spec.Items("containers").Concat(spec.Items("initContainers")))
        {
            RemoveItems(container, "volumeMounts", IsToken);
        }
    }

    private static void RemoveItems(JsonObject owner, string list, Func<JsonObject, bool> isUnwanted)
    {
        if (owner[list] is JsonArray items)
        {
            foreach (JsonObject item in items.OfType<JsonObject>().Where(isUnwanted).ToArray())
            {
                items.Remove(item);
            }

            if (items.Count == 0)
            {
                owner.Remove(list);
            }
        }
    }
}
