using Waybill.Kubernetes;

namespace Waybill.Cli.Clusters;

/// <summary>Which cluster was meant, and as whom.</summary>
/// <param name="Context">The context of the kubeconfig; null for its current one.</param>
/// <param name="KubeConfig">The kubeconfig; null for the usual ones.</param>
/// <param name="InCluster">Whether the identity of the pod this runs in is used.</param>
internal sealed record ClusterRequest(string? Context, string? KubeConfig, bool InCluster)
{
    /// <summary>Gets the service account whose tokens the backup API of drivers is called with; null for the one this runs as.</summary>
    public string? ServiceAccount { get; init; }

    /// <summary>Gets how data is moved that no driver serves; null if it is left out.</summary>
    public MoverOptions? Movers { get; init; }

    /// <summary>Gets whether the data behind claims is left alone.</summary>
    public bool ObjectsOnly { get; init; }

    /// <summary>Gets whether the command line names a cluster at all.</summary>
    public bool IsGiven => Context is not null || KubeConfig is not null || InCluster;

    public ClusterOptions ToOptions(TimeProvider time, string version) => new()
    {
        Context = Context ?? "", KubeConfig = KubeConfig ?? "", InCluster = InCluster, TimeProvider = time, UserAgent = $"waybill/{version}",
    };
}
