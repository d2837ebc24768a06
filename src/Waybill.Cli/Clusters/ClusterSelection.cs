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

    public void AddTo(Command command)
    {
        command.Add(_context);
        command.Add(_kubeConfig);
        command.Add(_inCluster);
    }

    /// <summary>Gets what was asked for, without reading anything.</summary>
    public ClusterRequest Bind(ParseResult parsed)
    {
        var request = new ClusterRequest(parsed.GetValue(_context), parsed.GetValue(_kubeConfig), parsed.GetValue(_inCluster));
        return request.Context is "" || request.KubeConfig is "" ? throw new UsageException("--context and --kubeconfig need a name.")
            : request.InCluster && (request.Context is not null || request.KubeConfig is not null) ? throw new UsageException("--in-cluster goes without --context and --kubeconfig.")
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

    /// <summary>Reads an application from the cluster.</summary>
    public static async Task<CapturedApplication> CaptureAsync(ClusterRequest request, ApplicationSelector selector, CliConsole console, CancellationToken cancellationToken)
    {
        using ClusterConnection connection = await OpenAsync(request, console, cancellationToken).ConfigureAwait(false);
        using var line = new ProgressLine(console);
        return await new ApplicationCapture(connection).CaptureAsync(selector, new CaptureProgressLine(line), cancellationToken).ConfigureAwait(false);
    }
}
