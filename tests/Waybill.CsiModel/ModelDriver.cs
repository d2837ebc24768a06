using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Waybill.CsiModel;

/// <summary>
/// A complete CSI driver on files and links in a directory, for tests of what checks drivers: it needs no root and no kernel feature. It keeps every
/// obligation but the one that <see cref="Faults"/> names.
/// </summary>
public sealed class ModelDriver : IAsyncDisposable
{
    private readonly Faults _faults;
    private readonly ModelState _state;
    private readonly string _socket;
    private WebApplication? _server;

    private ModelDriver(string directory, Faults faults)
    {
        _faults = faults;
        _socket = Path.Combine(directory, "csi.sock");
        _state = new ModelState(Path.Combine(directory, "volumes"));
    }

    /// <summary>Gets where the driver answers.</summary>
    public string Endpoint => $"unix://{_socket}";

    /// <summary>Gets what has to be held to write to a volume, so that a group of volumes can be held still.</summary>
    public SemaphoreSlim FreezeGate => _state.FreezeGate;

    /// <summary>Gets the parameters that the driver can change.</summary>
    public static IReadOnlyDictionary<string, string> MutableParameters { get; } = new Dictionary<string, string> { ["tier"] = "fast" };

    /// <summary>Gets how many volumes, snapshots and groups there are.</summary>
    public int ObjectCount => _state.ObjectCount;

    /// <summary>Gets what the last request for a volume was told; null if there was none.</summary>
    public ModelRequest? LastRequest => _state.LastRequest;

    /// <summary>Starts a driver.</summary>
    /// <param name="directory">An empty directory for its socket and its volumes.</param>
    /// <param name="faults">What is wrong with it.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    public static async Task<ModelDriver> StartAsync(string directory, Faults? faults = null, CancellationToken cancellationToken = default)
    {
        ModelDriver driver = new(directory, faults ?? new Faults());
        await driver.StartAsync(cancellationToken);
        return driver;
    }

    /// <summary>Ends the server in the middle of whatever it does, and starts another one on the same volumes.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken = default)
    {
        await StopAsync();
        _state.Restart(_faults);
        await StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _state.Dispose();
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        File.Delete(_socket);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(_socket, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc(options => options.Interceptors.Add<FaultInterceptor>());
        builder.Services.AddSingleton(_faults);
        builder.Services.AddSingleton(_state);
        builder.Services.AddSingleton<StreamState>();
        WebApplication server = builder.Build();
        server.MapGrpcService<ModelIdentity>();
        server.MapGrpcService<ModelController>();
        server.MapGrpcService<ModelGroups>();
        server.MapGrpcService<ModelMetadata>();
        server.MapGrpcService<ModelNode>();
        await server.StartAsync(cancellationToken);
        _server = server;
    }

    private async Task StopAsync()
    {
        if (_server is { } server)
        {
            _server = null;

            // With a moment's grace a handler can end its stream cleanly, which is the fault; without it the connection is cut.
            using CancellationTokenSource grace = new();
            if (_faults.Break("csi.restart.metadata"))
            {
                grace.CancelAfter(TimeSpan.FromSeconds(5));
            }
            else
            {
                await grace.CancelAsync();
            }

            await server.StopAsync(grace.Token);
            await server.DisposeAsync();
        }
    }
}
