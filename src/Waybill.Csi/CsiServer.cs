using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Waybill.Csi.Hosting;

namespace Waybill.Csi;

/// <summary>Serves a plugin on a unix socket.</summary>
/// <remarks>
/// Nothing is read from the environment or from configuration files, no signal is handled except by <see cref="RunAsync"/>, and nothing is logged but to the logger
/// of the options. Traces and metrics are named <c>Waybill.Csi</c>.
/// </remarks>
public sealed class CsiServer : IAsyncDisposable
{
    private const int MaxPluginName = 63;
    private const int MaxNodeId = 256;

    private readonly WebApplication _service;
    private readonly WebApplication? _health;
    private readonly ServedSocket _socket;
    private readonly SemaphoreSlim _stopping = new(1, 1);
    private bool _isStopped;

    private CsiServer(string path, WebApplication service, WebApplication? health, ServedSocket socket)
    {
        SocketPath = path;
        _service = service;
        _health = health;
        _socket = socket;
    }

    /// <summary>Gets the path of the socket.</summary>
    public string SocketPath { get; }

    /// <summary>Gets where health is answered, with the port that was taken; <see langword="null"/> if it is not.</summary>
    public IPEndPoint? HealthEndpoint { get; private init; }

    /// <summary>Starts to serve a plugin. When this returns, calls are answered.</summary>
    /// <param name="plugin">The plugin. Its provider stays the caller's to dispose, after the server.</param>
    /// <param name="options">Where and how.</param>
    /// <param name="cancellationToken">Ends the start early.</param>
    /// <returns>The server; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">The plugin's name, version, node or sizes are not allowed.</exception>
    /// <exception cref="WaybillException">
    /// <see cref="WaybillErrorCode.ConfigurationInvalid"/> if the endpoint does not name a unix socket, <see cref="WaybillErrorCode.TargetExists"/> if another
    /// process serves it or it is another kind of file, <see cref="WaybillErrorCode.TargetWriteFailed"/> if it cannot be made or health cannot be served,
    /// <see cref="WaybillErrorCode.PlatformUnsupported"/> if this is not Linux.
    /// </exception>
    public static async Task<CsiServer> StartAsync(CsiPlugin plugin, CsiServerOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plugin);
        ArgumentNullException.ThrowIfNull(options);
        Check(plugin);
        if (!OperatingSystem.IsLinux())
        {
            throw new WaybillException(WaybillErrorCode.PlatformUnsupported, "A CSI plugin needs Linux");
        }

        string path = UnixEndpoint.GetPath(options.Endpoint);
        var context = new PluginContext(plugin, options.Logger);
        ServedSocket socket = await ServedSocket.ListenAsync(path, options.SocketMode, cancellationToken).ConfigureAwait(false);
        WebApplication? service = null;
        WebApplication? health = null;
        try
        {
            service = CsiHost.BuildService(context, options, socket, path);
            await service.StartAsync(cancellationToken).ConfigureAwait(false);
            if (options.HealthEndpoint is not null)
            {
                health = CsiHost.BuildHealth(context, options);
                await StartHealthAsync(health, options, cancellationToken).ConfigureAwait(false);
            }

            return new CsiServer(path, service, health, socket) { HealthEndpoint = GetEndpoint(health, options) };
        }
        catch
        {
            await DisposeAsync(service).ConfigureAwait(false);
            await DisposeAsync(health).ConfigureAwait(false);
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Serves a plugin until the process is told to end (SIGTERM, SIGINT) or the token is cancelled, and then lets running calls finish.</summary>
    /// <param name="plugin">The plugin.</param>
    /// <param name="options">Where and how.</param>
    /// <param name="cancellationToken">Ends serving, without an error.</param>
    /// <returns>A task that completes when the server has stopped.</returns>
    /// <exception cref="WaybillException">As <see cref="StartAsync"/>.</exception>
    public static async Task RunAsync(CsiPlugin plugin, CsiServerOptions options, CancellationToken cancellationToken = default)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using CancellationTokenRegistration cancel = cancellationToken.Register(() => ended.TrySetResult());
        CsiServer server = await StartAsync(plugin, options, cancellationToken).ConfigureAwait(false);
        await using (server.ConfigureAwait(false))
        {
            await ended.Task.ConfigureAwait(false);
        }

        void End(PosixSignalContext signal)
        {
            signal.Cancel = true;
            ended.TrySetResult();
        }
    }

    /// <summary>Takes no more calls, lets those that run finish for as long as the options allow, and removes the socket.</summary>
    /// <param name="cancellationToken">Ends the calls that still run at once.</param>
    /// <returns>A task that completes when all is stopped.</returns>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        await _stopping.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (_isStopped)
            {
                return;
            }

            _isStopped = true;
            await _service.StopAsync(cancellationToken).ConfigureAwait(false);
            _socket.Dispose();
            if (_health is not null)
            {
                await _health.StopAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _stopping.Release();
        }
    }

    /// <summary>Stops, if that has not happened yet, and frees everything.</summary>
    /// <returns>A task that completes when all is freed.</returns>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None).ConfigureAwait(false);
        await DisposeAsync(_service).ConfigureAwait(false);
        await DisposeAsync(_health).ConfigureAwait(false);
    }

    private static async Task StartHealthAsync(WebApplication health, CsiServerOptions options, CancellationToken cancellationToken)
    {
        try
        {
            await health.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw new WaybillException(WaybillErrorCode.TargetWriteFailed, $"Health cannot be served: {e.Message}", e) { ObjectName = $"{options.HealthEndpoint}" };
        }
    }

    private static void Check(CsiPlugin plugin)
    {
        bool isName = plugin.Name is { Length: > 0 and <= MaxPluginName } name && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.')
            && char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1]);
        if (!isName)
        {
            throw new ArgumentException($"The name of a driver is a domain of 1 to {MaxPluginName} characters, not '{plugin.Name}'.", nameof(plugin));
        }

        ArgumentException.ThrowIfNullOrEmpty(plugin.Version);
        ArgumentOutOfRangeException.ThrowIfNegative(plugin.MaxVolumesPerNode);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(plugin.VolumeUnit);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(plugin.DefaultVolumeLength);
        ArgumentOutOfRangeException.ThrowIfLessThan(plugin.MaxVolumeLength, plugin.VolumeUnit);
        if (plugin.Provider is null && plugin.Node is null)
        {
            throw new ArgumentException("A plugin has a provider, a node, or both.", nameof(plugin));
        }

        if (plugin.Node is not null && Encoding.UTF8.GetByteCount(plugin.NodeId) is 0 or > MaxNodeId)
        {
            throw new ArgumentException($"A plugin that serves a node needs the name of it, 1 to {MaxNodeId} bytes.", nameof(plugin));
        }
    }

    private static IPEndPoint? GetEndpoint(WebApplication? health, CsiServerOptions options)
    {
        string? address = health?.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault();
        return address is null ? null : new IPEndPoint(options.HealthEndpoint!.Address, new Uri(address).Port);
    }

    private static async ValueTask DisposeAsync(WebApplication? app)
    {
        if (app is not null)
        {
            await app.DisposeAsync().ConfigureAwait(false);
        }
    }
}
