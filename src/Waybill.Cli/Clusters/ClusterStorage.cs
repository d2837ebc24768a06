using Waybill.Cli.Terminal;
using Waybill.Kubernetes;

namespace Waybill.Cli.Clusters;

/// <summary>A cluster and, unless objects alone are meant, the data behind its claims.</summary>
internal sealed class ClusterStorage : IAsyncDisposable
{
    private ClusterStorage(ClusterConnection connection, ClusterVolumeProvider? provider)
    {
        Connection = connection;
        Provider = provider;
        Hooks = new PodQuiescer(connection, []);
    }

    public ClusterConnection Connection { get; }

    public ClusterVolumeProvider? Provider { get; }

    /// <summary>Gets what runs hooks in pods. Without hooks it lets go what others left.</summary>
    public PodQuiescer Hooks { get; private set; }

    public static async Task<ClusterStorage> OpenAsync(ClusterRequest request, CliConsole console, CancellationToken cancellationToken)
    {
        ClusterConnection connection = await ClusterSelection.OpenAsync(request, console, cancellationToken).ConfigureAwait(false);
        var options = new ClusterVolumeOptions { ServiceAccount = request.ServiceAccount ?? "", Movers = request.Movers };
        return new ClusterStorage(connection, request.ObjectsOnly ? null : new ClusterVolumeProvider(connection, options));
    }

    /// <summary>Reads an application from the cluster, and which of its data can be protected.</summary>
    public async Task<CapturedApplication> CaptureAsync(ApplicationSelector selector, CliConsole console, CancellationToken cancellationToken)
    {
        using var line = new ProgressLine(console);
        return await new ApplicationCapture(Connection) { Storage = Provider }.CaptureAsync(selector, new CaptureProgressLine(line), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes over the hooks of an application whose data is protected.</summary>
    /// <returns>Whether it has any.</returns>
    public bool TakeHooks(CapturedApplication captured)
    {
        if (Provider is null || captured.Volumes.IsEmpty || PodQuiescer.For(Connection, captured) is not { } hooks)
        {
            return false;
        }

        Hooks = hooks;
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        if (Provider is not null)
        {
            await Provider.DisposeAsync().ConfigureAwait(false);
        }

        Connection.Dispose();
    }
}
