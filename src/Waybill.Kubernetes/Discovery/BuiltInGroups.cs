namespace Waybill.Kubernetes;

/// <summary>The groups of the API that are part of every server, as opposed to those that definitions or other servers add.</summary>
internal static class BuiltInGroups
{
    private static readonly HashSet<string> s_groups = new(StringComparer.Ordinal)
    {
        "", "apps", "batch", "autoscaling", "policy", "extensions", "networking.k8s.io", "rbac.authorization.k8s.io", "storage.k8s.io", "discovery.k8s.io",
        "coordination.k8s.io", "scheduling.k8s.io", "node.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "admissionregistration.k8s.io",
        "authentication.k8s.io", "authorization.k8s.io", "certificates.k8s.io", "events.k8s.io", "flowcontrol.apiserver.k8s.io", "resource.k8s.io",
        "internal.apiserver.k8s.io", "storagemigration.k8s.io",
    };

    public static bool Contains(string group) => s_groups.Contains(group);
}
