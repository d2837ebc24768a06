using System.Net.Sockets;
using Grpc.Net.Client;
using Waybill.Csi.Wire;
using Waybill.Kubernetes.ApiServer;

namespace Waybill.Kubernetes.Tests;

/// <summary>The sidecars of a driver: they follow the API and call the driver over its socket.</summary>
internal sealed class Sidecars : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly SidecarApi _api;
    private readonly GrpcChannel _channel;
    private readonly Task _running;

    /// <summary>Starts them.</summary>
    /// <param name="server">The API.</param>
    /// <param name="socketPath">Where the driver listens.</param>
    /// <param name="driverName">Its name.</param>
    /// <param name="groupVersion">The version of the API in which groups of snapshots are served; empty for none.</param>
    public Sidecars(ApiServerDouble server, string socketPath, string driverName, string groupVersion = "")
    {
        _api = new SidecarApi(server);
        _channel = Connect(socketPath);
        var driver = new Controller.ControllerClient(_channel);
        var provisioner = new SidecarProvisioner(_api, driver, driverName);
        Snapshotter = new SidecarSnapshotter(_api, driver, driverName);
        Groups = new SidecarGroupSnapshotter(_api, new GroupController.GroupControllerClient(_channel), driverName, groupVersion, _stop.Token);
        List<Task> watches =
        [
            _api.WatchAsync(SidecarProvisioner.Path, provisioner.OnEventAsync, _stop.Token),
            _api.WatchAsync(SidecarSnapshotter.Path, Snapshotter.OnEventAsync, _stop.Token),
        ];
        if (groupVersion.Length > 0)
        {
            watches.Add(_api.WatchAsync(Groups.Path, Groups.OnGroupAsync, _stop.Token));
            watches.Add(_api.WatchAsync(Groups.Contents, Groups.OnContentAsync, _stop.Token));
            watches.Add(_api.WatchAsync(SidecarSnapshotter.Path, Groups.OnSnapshotAsync, _stop.Token));
        }

        _running = Task.WhenAll(watches);
    }

    public SidecarSnapshotter Snapshotter { get; }

    public SidecarGroupSnapshotter Groups { get; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _channel.Dispose();
        _api.Dispose();
        _stop.Dispose();
    }

    private static GrpcChannel Connect(string path) => GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions
    {
        HttpHandler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        },
        DisposeHttpClient = true,
    });
}
