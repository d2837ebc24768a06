using Waybill.Bundles;
using Waybill.Cli.Clusters;
using Waybill.Cli.Configuration;
using Waybill.Cli.Keys;

namespace Waybill.Cli.Protect;

/// <summary>What <c>app protect</c> or <c>app plan</c> was asked to do.</summary>
/// <param name="Application">Of which application.</param>
/// <param name="Engine">Where.</param>
internal sealed record ProtectCall(ApplicationRequest Application, EngineRequest Engine)
{
    /// <summary>Gets the cluster the application is in; null if the configuration or the command line describes it.</summary>
    public ClusterRequest? Cluster { get; init; }

    /// <summary>Gets the name under which points of an application of a cluster are kept; null for what it is selected by.</summary>
    public string? As { get; init; }

    /// <summary>Gets whether the hooks of an application of a cluster are not run.</summary>
    public bool NoHooks { get; init; }

    public bool ForceFull { get; init; }

    public bool Resume { get; init; } = true;

    public bool DryRun { get; init; }

    public BundleCodec? Codec { get; init; }

    /// <summary>Gets for whom the bundle is encrypted; null if none is written.</summary>
    public EncryptionRequest? Encryption { get; init; }

    public required KeyRequest Keys { get; init; }

    public bool Json { get; init; }
}
