using Waybill.Cli.CommandLine;
using Waybill.Kubernetes;

namespace Waybill.Cli.Clusters;

/// <summary>How the objects of a point are to become objects of a cluster.</summary>
/// <param name="Cluster">Which cluster.</param>
internal sealed record ClusterRestoreRequest(ClusterRequest Cluster)
{
    /// <summary>Gets where objects go: a namespace, or <c>OLD=NEW</c>.</summary>
    public IReadOnlyList<string> ToNamespaces { get; init; } = [];

    public IReadOnlyList<NamedValue> StorageClasses { get; init; } = [];

    public IReadOnlyList<NamedValue> Images { get; init; } = [];

    /// <summary>Gets files of patches.</summary>
    public IReadOnlyList<string> PatchFiles { get; init; } = [];

    public ExistingObjects Existing { get; init; }

    public bool ChangeShared { get; init; }

    /// <summary>Gets whether anything but the cluster is said.</summary>
    public bool SaysMore => ToNamespaces.Count + StorageClasses.Count + Images.Count + PatchFiles.Count > 0 || Existing != ExistingObjects.Fail || ChangeShared;
}
