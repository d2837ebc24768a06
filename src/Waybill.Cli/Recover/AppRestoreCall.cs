using Waybill.Cli.Clusters;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Configuration;
using Waybill.Cli.Keys;

namespace Waybill.Cli.Recover;

/// <summary>What <c>app restore</c> was asked to do.</summary>
/// <param name="Application">Whose point.</param>
/// <param name="Engine">Where.</param>
internal sealed record AppRestoreCall(string Application, EngineRequest Engine)
{
    /// <summary>Gets the point's id or the name of its bundle; null for the newest.</summary>
    public string? Point { get; init; }

    /// <summary>Gets, by names of volumes in the point, the volumes to make.</summary>
    public IReadOnlyList<NamedValue> New { get; init; } = [];

    /// <summary>Gets, by names of volumes in the point, the volumes to overwrite.</summary>
    public IReadOnlyList<NamedValue> Existing { get; init; } = [];

    /// <summary>Gets the platform on which all volumes are made, with what their names begin with behind a colon; null if not all are.</summary>
    public string? AllTo { get; init; }

    /// <summary>Gets paths in trees of files; if there are any for a tree, only they are restored of it.</summary>
    public IReadOnlyList<NamedValue> Only { get; init; } = [];

    /// <summary>Gets the storage class of volumes that are made; empty for the platform's choice.</summary>
    public string StorageClass { get; init; } = "";

    /// <summary>Gets the cluster into which the point's objects go; null if its volumes are restored.</summary>
    public ClusterRestoreRequest? Cluster { get; init; }

    public bool Verify { get; init; } = true;

    public bool DryRun { get; init; }

    public required KeyRequest Keys { get; init; }

    public required TrustRequest Trust { get; init; }

    public bool Json { get; init; }
}
