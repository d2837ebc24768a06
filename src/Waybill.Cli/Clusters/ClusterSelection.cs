using System.CommandLine;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Terminal;
using Waybill.Kubernetes;

namespace Waybill.Cli.Clusters;

/// <summary>The options that say which cluster is meant.</summary>
internal sealed class ClusterSelection
{
    private readonly Option<string> _context = new("--context") { Description = "The cluster: a context of the kubeconfig. Default: its current one.", HelpName = "NAME" };

    private readonly Option<string> _kubeConfig = new("--kubeconfig") { Description = "The kubeconfig. Default: $KUBECONFIG, then ~/.kube/config.", HelpName = "FILE" };

    private readonly Option<bool> _inCluster = new("--in-cluster") { Description = "The cluster this runs in, as the service account of its pod." };

    private readonly Option<string> _serviceAccount = new("--service-account")
    {
        Description = "With a cluster: whose tokens drivers are shown that hand over the data of volumes. Default: the service account this runs as.", HelpName = "NAMESPACE/NAME",
    };

    private readonly Option<bool> _objectsOnly = new("--objects-only") { Description = "With a cluster: leave the data of its volumes alone." };

    private readonly ClusterReach _reach;

    /// <summary>Makes the options.</summary>
    /// <param name="reach">What of a cluster the command has to do with.</param>
    public ClusterSelection(ClusterReach reach) => _reach = reach;

    public void AddTo(Command command)
    {
        command.Add(_context);
        command.Add(_kubeConfig);
        command.Add(_inCluster);
        if (_reach != ClusterReach.Objects)
        {
            command.Add(_serviceAccount);
        }

        if (_reach == ClusterReach.ObjectsAndData)
        {
            command.Add(_objectsOnly);
        }
    }

    /// <summary>Gets what was asked for, without reading anything.</summary>
    public ClusterRequest Bind(ParseResult parsed)
    {
        var request = new ClusterRequest(parsed.GetValue(_context), parsed.GetValue(_kubeConfig), parsed.GetValue(_inCluster))
        {
            ServiceAccount = _reach == ClusterReach.Objects ? null : parsed.GetValue(_serviceAccount),
            ObjectsOnly = _reach == ClusterReach.ObjectsAndData && parsed.GetValue(_objectsOnly),
        };
        return request.Context is "" || request.KubeConfig is "" ? throw new UsageException("--context and --kubeconfig need a name.")
            : request.InCluster && (request.Context is not null || request.KubeConfig is not null) ? throw new UsageException("--in-cluster goes without --context and --kubeconfig.")
            : !request.IsGiven && (request.ServiceAccount is not null || request.ObjectsOnly) ? throw new UsageException("--service-account and --objects-only go with a cluster: --context, --kubeconfig or --in-cluster.")
            : request;
    }

    public static Task<ClusterConnection> OpenAsync(ClusterRequest request, CliConsole console, CancellationToken cancellationToken) =>
        ClusterConnection.OpenAsync(request.ToOptions(console.Time, CliApplication.Version), cancellationToken);

    /// <summary>Reads the text form of a selector.</summary>
    public static ApplicationSelector ParseSelector(string text)
    {
        try
        {
            return ApplicationSelector.Parse(text);
        }
        catch (Exception error) when (error is FormatException or ArgumentException)
        {
            throw new UsageException(error.Message);
        }
    }
}
