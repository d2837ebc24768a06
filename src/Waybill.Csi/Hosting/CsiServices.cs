using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Waybill.Csi.Hosting;

/// <summary>Which services a plugin has. A service that is neither added nor mapped is answered with UNIMPLEMENTED.</summary>
internal static class CsiServices
{
    public static void Add(IServiceCollection services, PluginContext plugin)
    {
        services.AddSingleton(new IdentityService(plugin));
        services.AddSingleton(new ControllerService(plugin));
        services.AddSingleton(new GroupControllerService(plugin));
        services.AddSingleton(new SnapshotMetadataService(plugin));
        if (plugin.Plugin.Node is not null)
        {
            services.AddSingleton(new NodeService(plugin));
        }
    }

    public static void Map(IEndpointRouteBuilder routes, PluginContext plugin)
    {
        routes.MapGrpcService<IdentityService>();
        if (plugin.Roles.Provider is not null)
        {
            routes.MapGrpcService<ControllerService>();
        }

        if (plugin.Roles.Groups is not null)
        {
            routes.MapGrpcService<GroupControllerService>();
        }

        if (plugin.Roles.Changes is not null)
        {
            routes.MapGrpcService<SnapshotMetadataService>();
        }

        if (plugin.Plugin.Node is not null)
        {
            routes.MapGrpcService<NodeService>();
        }
    }
}
