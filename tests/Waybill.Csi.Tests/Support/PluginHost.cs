using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Waybill.Csi.Wire;
using Waybill.Providers;

namespace Waybill.Csi.Tests.Support;

/// <summary>A plugin that is really served on a unix socket, and clients that are connected to it.</summary>
internal sealed class PluginHost : IAsyncDisposable
{
    private readonly string _directory;
    private readonly GrpcChannel _channel;

    private PluginHost(string directory, CsiServer server)
    {
        _directory = directory;
        Server = server;
        _channel = Connect(server.SocketPath);
        Identity = new Identity.IdentityClient(_channel);
        Controller = new Controller.ControllerClient(_channel);
        Groups = new GroupController.GroupControllerClient(_channel);
        Metadata = new SnapshotMetadata.SnapshotMetadataClient(_channel);
    }

    public CsiServer Server { get; }

    public Identity.IdentityClient Identity { get; }

    public Controller.ControllerClient Controller { get; }

    public GroupController.GroupControllerClient Groups { get; }

    public SnapshotMetadata.SnapshotMetadataClient Metadata { get; }

    public CallInvoker Invoker => _channel.CreateCallInvoker();

    public static async Task<PluginHost> StartAsync(
        IVolumeProvider? provider, Func<CsiPlugin, CsiPlugin>? change = null, ILogger? logger = null, IPEndPoint? health = null)
    {
        string directory = Directory.CreateTempSubdirectory("waybill-csi-").FullName;
        var plugin = new CsiPlugin("csi.example.com", "1.2.3") { Provider = provider };
        var options = new CsiServerOptions($"unix://{directory}/csi.sock") { Logger = logger ?? NullLogger.Instance, HealthEndpoint = health };
        try
        {
            return new PluginHost(directory, await CsiServer.StartAsync(change?.Invoke(plugin) ?? plugin, options));
        }
        catch
        {
            Directory.Delete(directory, recursive: true);
            throw;
        }
    }

    public static GrpcChannel Connect(string path) => GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions
    {
        HttpHandler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        },
        DisposeHttpClient = true,
    });

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await Server.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
