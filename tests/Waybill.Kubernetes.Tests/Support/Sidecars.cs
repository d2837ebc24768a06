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

    public Sidecars(ApiServerDouble server, string socketPath, string driverName)
    {
        _api = new SidecarApi(server);
        _channel = Connect(socketPath);
        var driver = new Controller.ControllerClient(_channel);
        var provisioner = new SidecarProvisioner(_api, driver, driverName);
        Snapshotter = new SidecarSnapshotter(_api, driver, driverName);
        _running = Task.WhenAll(
            _api.WatchAsync(SidecarProvisioner.Path, provisioner.OnEventAsync, _stop.Token),
            _api.WatchAsync(SidecarSnapshotter.Path, Snapshotter.OnEventAsync, _stop.Token));
    }

    public SidecarSnapshotter Snapshotter { get; }

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
