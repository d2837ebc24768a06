using Waybill.Cli.Clusters;
using Waybill.Cli.Configuration;
using Waybill.Cli.Terminal;
using Waybill.Engine;

namespace Waybill.Cli.Engines;

/// <summary>Makes of a configuration what the engine works with.</summary>
internal static class EngineContexts
{
    /// <summary>Opens the store of a configuration.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="writes">Whether bundles go there; else a store that was named and is missing is a mistake.</param>
    public static DirectoryBundleStore OpenStore(WaybillConfiguration configuration, bool writes) =>
        !writes && configuration.NamesStore && !Directory.Exists(configuration.StoreDirectory)
            ? throw new ProviderException(WaybillErrorCode.SourceReadFailed, "file", "There is no such directory of bundles") { ObjectName = configuration.StoreDirectory }
            : new DirectoryBundleStore(configuration.StoreDirectory);

    public static EngineContext Create(WaybillConfiguration configuration, DirectoryBundleStore store, ProviderSet? providers, CliConsole console, ClusterStorage? cluster = null)
    {
        var context = new EngineContext(store, configuration.StateDirectory) { Quiescers = configuration.Quiescers, TimeProvider = console.Time };
        context = providers is null ? context : context with { Providers = providers.ToDictionary() };
        return cluster?.Provider is null
            ? context
            : context with
            {
                Providers = context.Providers.SetItem(cluster.Provider.Name, cluster.Provider),
                Quiescers = context.Quiescers.SetItem(cluster.Hooks.Name, cluster.Hooks),
            };
    }
}
