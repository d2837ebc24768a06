using Microsoft.Extensions.Logging;

namespace Waybill.Csi;

/// <summary>What the services of one plugin share.</summary>
internal sealed class PluginContext
{
    public PluginContext(CsiPlugin plugin, ILogger logger)
    {
        Plugin = plugin;
        Logger = logger;
        Roles = new PluginRoles(plugin);
        Capabilities = new PluginCapabilities(plugin, Roles);
    }

    public CsiPlugin Plugin { get; }

    public ILogger Logger { get; }

    public PluginRoles Roles { get; }

    public PluginCapabilities Capabilities { get; }

    /// <summary>Gets what is being worked on; one set for all services, as they work on the same objects.</summary>
    public ObjectLocks Locks { get; } = new();
}
