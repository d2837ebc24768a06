using System.CommandLine;
using Waybill.Catalog;
using Waybill.Cli.Clusters;
using Waybill.Cli.Configuration;
using Waybill.Cli.Engines;
using Waybill.Cli.Terminal;
using Waybill.Kubernetes;
using Waybill.Providers;

namespace Waybill.Cli.Catalogs;

/// <summary>The options that have the platforms of the configuration, or a cluster, asked what they have.</summary>
internal sealed class PlatformOption
{
    private readonly Option<bool> _ask = new("--ask") { Description = "Ask the platforms of the configuration what they have now." };
    private readonly ClusterSelection _cluster = new(ClusterReach.Objects);

    public void AddTo(Command command)
    {
        command.Add(_ask);
        _cluster.AddTo(command);
    }

    /// <summary>Asks them, if that was wanted.</summary>
    public async Task<IReadOnlyList<CatalogPlatform>> AskAsync(ParseResult parsed, WaybillConfiguration configuration, CliConsole console, CancellationToken cancellationToken)
    {
        List<CatalogPlatform> platforms = [];
        if (_cluster.Bind(parsed) is { IsGiven: true } request)
        {
            platforms.Add(await AskClusterAsync(request, console, cancellationToken).ConfigureAwait(false));
        }

        if (parsed.GetValue(_ask))
        {
            ProviderSet providers = await ProviderSet.OpenAsync(configuration.Providers, console, cancellationToken).ConfigureAwait(false);
            await using (providers.ConfigureAwait(false))
            {
                foreach (IVolumeProvider provider in providers.All)
                {
                    platforms.Add(await CatalogPlatform.ReadAsync(provider, cancellationToken).ConfigureAwait(false));
                }
            }
        }

        return platforms;
    }

    private static async Task<CatalogPlatform> AskClusterAsync(ClusterRequest request, CliConsole console, CancellationToken cancellationToken)
    {
        using ClusterConnection connection = await ClusterSelection.OpenAsync(request, console, cancellationToken).ConfigureAwait(false);
        ClusterInventory inventory = await ClusterInventory.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
        return new CatalogPlatform(new ClusterVolumeOptions().Name)
        {
            ClusterId = inventory.ClusterId, Volumes = inventory.Volumes, Unclaimed = inventory.Unclaimed, Snapshots = inventory.Snapshots,
        };
    }
}
