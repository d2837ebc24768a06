using Waybill.Cli.Resources;

namespace Waybill.Cli.Create;

/// <summary>Works out where an application runs from its definitions and from what was said on the command line. Nothing is guessed.</summary>
internal static class ApplicationOrigin
{
    private static readonly HashSet<(string Group, string Kind)> s_workloads =
    [
        ("apps", "Deployment"), ("apps", "StatefulSet"), ("apps", "DaemonSet"), ("apps", "ReplicaSet"),
        ("", "ReplicationController"), ("", "Pod"), ("batch", "Job"), ("batch", "CronJob"),
    ];

    public static Origin Find(IReadOnlyList<ResourceDefinition> definitions, string clusterName, string namespaceName)
    {
        if (definitions.Count == 0 && clusterName.Length == 0 && namespaceName.Length == 0)
        {
            return new Origin();
        }

        if (namespaceName.Length == 0)
        {
            string[] namespaces = [.. definitions.Select(definition => definition.Namespace).Where(name => name.Length > 0).Distinct()];
            namespaceName = namespaces.Length == 1 ? namespaces[0] : "";
        }

        // The workload that owns everything, if there is exactly one that nothing else owns.
        ResourceDefinition[] workloads =
            [.. definitions.Where(definition => definition.Owners.IsEmpty && s_workloads.Contains((definition.Group, definition.Kind)))];
        ResourceDefinition? owner = workloads.Length == 1 ? workloads[0] : null;
        return new Origin
        {
            Platform = "kubernetes",
            ClusterName = clusterName,
            ClusterId = UidOfNamespace(definitions, "kube-system"),
            Namespace = namespaceName,
            NamespaceUid = namespaceName.Length == 0 ? "" : UidOfNamespace(definitions, namespaceName),
            Kind = owner?.Kind ?? "",
            Uid = owner?.Uid ?? "",
        };
    }

    private static string UidOfNamespace(IReadOnlyList<ResourceDefinition> definitions, string name) =>
        definitions.FirstOrDefault(definition => definition is { Group: "", Kind: "Namespace" } && definition.Name == name)?.Uid ?? "";
}
