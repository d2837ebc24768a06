using Waybill.Kubernetes;

namespace Waybill.CsiDriver.Tests.Support;

/// <summary>The storage of a cluster as a program of a backup product has it, through movers that it calls at their addresses.</summary>
internal sealed record ProviderLab(ClusterConnection Connection, ClusterVolumeProvider Provider) : IAsyncDisposable
{
    public static async Task<ProviderLab> ConnectAsync(ApplicationLab lab, Func<MoverOptions, MoverOptions>? change = null, TimeProvider? time = null)
    {
        string file = Path.Combine(lab.Driver.Scratch, "config");
        await File.WriteAllTextAsync(file, lab.Cluster.Server.KubeConfig());
        ClusterConnection connection = await ClusterConnection.OpenAsync(new ClusterOptions
        {
            KubeConfig = file, RequestsPerSecond = 10_000, Burst = 10_000, TimeProvider = time ?? TimeProvider.System,
        });
        var movers = new MoverOptions(Kubelet.Image) { Reach = MoverReach.PodAddress };
        var options = new ClusterVolumeOptions { Movers = change?.Invoke(movers) ?? movers, ServiceAccount = "backup/agent" };
        return new ProviderLab(connection, new ClusterVolumeProvider(connection, options));
    }

    public async ValueTask DisposeAsync()
    {
        await Provider.DisposeAsync();
        Connection.Dispose();
    }
}
