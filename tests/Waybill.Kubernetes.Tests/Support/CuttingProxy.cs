using System.Net;
using System.Net.Sockets;

namespace Waybill.Kubernetes.Tests;

/// <summary>A wire between two programs that can be cut.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private CancellationTokenSource _cut = new();
    private readonly IPEndPoint _target;
    private readonly Task _running;
    private readonly List<Task> _connections = [];
    private long _left = long.MaxValue;
    private int _cuts;

    public CuttingProxy(IPEndPoint target)
    {
        _target = target;
        _listener.Start();
        _running = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Gets how often the wire was cut.</summary>
    public int Cuts => Volatile.Read(ref _cuts);

    /// <summary>Cuts the wire once, after so many bytes from now on in either direction.</summary>
    public void CutAfter(long bytes) => Interlocked.Exchange(ref _left, bytes);

    /// <summary>Cuts all that is connected now.</summary>
    public async Task CutAsync()
    {
        using CancellationTokenSource cut = Interlocked.Exchange(ref _cut, new CancellationTokenSource());
        await cut.CancelAsync();
        Interlocked.Increment(ref _cuts);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _running;
        await Task.WhenAll(_connections);
        _stop.Dispose();
        _cut.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _connections.Add(ConnectAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            // The end.
        }
    }

    private async Task ConnectAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient())
        using (var cut = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, _cut.Token))
        {
            try
            {
                await server.ConnectAsync(_target, cut.Token);
                await Task.WhenAny(PumpAsync(client, server, cut), PumpAsync(server, client, cut));
                await cut.CancelAsync();
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or IOException)
            {
                // Whoever was connected hears of it by the end of the connection.
            }
        }
    }

    private async Task PumpAsync(TcpClient from, TcpClient to, CancellationTokenSource cut)
    {
        var buffer = new byte[16 << 10];
        try
        {
            while (await from.GetStream().ReadAsync(buffer, cut.Token) is var read and > 0)
            {
                if (Interlocked.Add(ref _left, -read) < 0)
                {
                    Interlocked.Exchange(ref _left, long.MaxValue);
                    Interlocked.Increment(ref _cuts);
                    return;
                }

                await to.GetStream().WriteAsync(buffer.AsMemory(0, read), cut.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The other direction ended.
        }
    }
}
