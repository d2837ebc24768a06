namespace Waybill;

/// <summary>Where an application ran when it was backed up. Everything is optional; an empty text means not known.</summary>
public sealed record Origin
{
    /// <summary>Gets the kind of place: <c>kubernetes</c>, <c>vsphere</c>, <c>host</c>.</summary>
    public string Platform { get; init; } = "";

    /// <summary>Gets the identity of the cluster; for Kubernetes the UID of the namespace kube-system.</summary>
    public string ClusterId { get; init; } = "";

    /// <summary>Gets the name people use for the cluster.</summary>
    public string ClusterName { get; init; } = "";

    /// <summary>Gets the namespace.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>Gets the UID of the namespace.</summary>
    public string NamespaceUid { get; init; } = "";

    /// <summary>Gets the kind of the owning object, such as <c>Deployment</c>.</summary>
    public string Kind { get; init; } = "";

    /// <summary>Gets the UID of the owning object.</summary>
    public string Uid { get; init; } = "";

    /// <summary>Gets the host it ran on.</summary>
    public string Host { get; init; } = "";
}
