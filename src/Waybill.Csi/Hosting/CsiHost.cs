using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Waybill.Csi.Hosting;

/// <summary>Builds the web hosts of a server: nothing is read from the environment or from files, and nothing is logged but by the plugin's own calls.</summary>
internal static class CsiHost
{
    private const int MaxStreams = 1000;

    private static readonly TimeSpan s_idleLimit = TimeSpan.FromDays(3650);

    /// <summary>Builds what serves the interface on the socket.</summary>
    public static WebApplication BuildService(PluginContext plugin, CsiServerOptions options, ServedSocket socket, string path)
    {
        WebApplicationBuilder builder = CreateBuilder(options);
        builder.Services.Configure<SocketTransportOptions>(transport => transport.CreateBoundListenSocket = _ => socket.Socket);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            ConfigureLimits(kestrel);
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.Http2.MaxStreamsPerConnection = MaxStreams;
            kestrel.ListenUnixSocket(path, listen =>
            {
                listen.Protocols = HttpProtocols.Http2;
                listen.Use(next => connection => AuthorityFilter.RunAsync(connection, next));
            });
        });
        builder.Services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = options.MaxMessageSize;
            grpc.MaxSendMessageSize = options.MaxMessageSize;
            grpc.EnableDetailedErrors = false;
            grpc.Interceptors.Add<CallInterceptor>();
        });
        builder.Services.AddSingleton(new CallInterceptor(plugin));
        CsiServices.Add(builder.Services, plugin);
        WebApplication app = builder.Build();
        app.UseRouting();
        CsiServices.Map(app, plugin);
        return app;
    }

    /// <summary>Builds what answers whether the plugin lives and is ready.</summary>
    public static WebApplication BuildHealth(PluginContext plugin, CsiServerOptions options)
    {
        WebApplicationBuilder builder = CreateBuilder(options);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            ConfigureLimits(kestrel);
            kestrel.Listen(options.HealthEndpoint!, listen => listen.Protocols = HttpProtocols.Http1);
        });
        WebApplication app = builder.Build();
        var endpoint = new HealthEndpoint(plugin);
        app.Run(endpoint.AnswerAsync);
        return app;
    }

    private static WebApplicationBuilder CreateBuilder(CsiServerOptions options)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.StopTimeout);
        return builder;
    }

    private static void ConfigureLimits(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;

        // An orchestrator's sidecars end when their connection is lost, and may call nothing for days; and who reads a long list of blocks may do so slowly.
        // Without end, Kestrel's sum of now and the limit overflows, and it closes idle connections within a second.
        kestrel.Limits.KeepAliveTimeout = s_idleLimit;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
    }
}
