using Waybill.Local;

namespace Waybill.Csi.Tests.Support;

/// <summary>A plugin of the local platform, with a pool in a directory of its own.</summary>
internal sealed class PoolPlugin : IAsyncDisposable
{
    private readonly string _directory;

    private PoolPlugin(string directory, LocalProvider provider, PluginHost host)
    {
        _directory = directory;
        Provider = provider;
        Host = host;
    }

    public LocalProvider Provider { get; }

    public PluginHost Host { get; }

    public static async Task<PoolPlugin> StartAsync()
    {
        string directory = Directory.CreateTempSubdirectory("waybill-csi-pool-").FullName;
        LocalProvider provider = await LocalProvider.OpenAsync(new LocalProviderOptions { PoolDirectory = directory });
        return new PoolPlugin(directory, provider, await PluginHost.StartAsync(provider));
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await Provider.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
