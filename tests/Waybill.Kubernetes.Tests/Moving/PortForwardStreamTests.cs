using System.Net;
using System.Net.Sockets;

namespace Waybill.Kubernetes.Tests.Moving;

/// <summary>Connections to ports of pods through the API server.</summary>
public sealed class PortForwardStreamTests : IAsyncLifetime, IDisposable
{
    private readonly TcpListener _pod = new(IPAddress.Loopback, 0);
    private ClusterLab _lab = null!;

    private int Port => ((IPEndPoint)_pod.LocalEndpoint).Port;

    public async Task InitializeAsync()
    {
        _pod.Start();
        _lab = await ClusterLab.StartAsync();
        _lab.Load("""
            {"kind":"Pod","apiVersion":"v1","metadata":{"name":"mover","namespace":"shop"},"spec":{"containers":[{"name":"mover"}]},"status":{"phase":"Running","podIP":"127.0.0.1"}}
            ---
            {"kind":"Pod","apiVersion":"v1","metadata":{"name":"late","namespace":"shop"},"spec":{"containers":[{"name":"mover"}]},"status":{"phase":"Pending"}}
            """);
    }

    public async Task DisposeAsync() => await _lab.DisposeAsync();

    public void Dispose() => _pod.Dispose();

    [Fact]
    public async Task Bytes_ComeAsTheyWere_BothWays_AndTheEndIsAnEnd()
    {
        byte[] sent = StorageLab.Bytes(3_000_000, 7);
        await using Stream stream = await OpenAsync("mover");
        using TcpClient other = await _pod.AcceptTcpClientAsync();
        NetworkStream pod = other.GetStream();

        var got = new byte[sent.Length];
        Task receiving = pod.ReadExactlyAsync(got).AsTask();
        var random = new Random(7);
        for (int done = 0; done < sent.Length;)
        {
            int length = Math.Min(random.Next(0, 100_000), sent.Length - done);
            await stream.WriteAsync(sent.AsMemory(done, length));
            done += length;
        }

        await receiving;
        var back = new byte[sent.Length];
        Task answering = pod.WriteAsync(got).AsTask();
        await stream.ReadExactlyAsync(back);
        await answering;
        other.Close();

        Assert.Equal(sent, back);
        Assert.Equal(0, await stream.ReadAsync(new byte[10]));
    }

    [Fact]
    public async Task Pod_ThatIsNotReached_IsSaidToBe()
    {
        await using Stream late = await OpenAsync("late");
        IOException notRunning = await Assert.ThrowsAsync<IOException>(async () => await late.ReadExactlyAsync(new byte[10]));
        int port = Port;
        _pod.Stop();
        await using Stream closed = PortForward(await (await _lab.ConnectAsync()).Client.OpenPortForwardAsync("shop", "mover", port, CancellationToken.None));
        IOException refused = await Assert.ThrowsAsync<IOException>(async () => await closed.ReadExactlyAsync(new byte[10]));

        Assert.Contains("not running", notRunning.Message, StringComparison.Ordinal);
        Assert.Contains("Connection refused", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pod_ThatIsNotThere_IsAnError()
    {
        WaybillException error = await Assert.ThrowsAnyAsync<WaybillException>(() => OpenAsync("nobody"));
        Assert.Equal(WaybillErrorCode.ObjectNotFound, error.Code);
    }

    private async Task<Stream> OpenAsync(string pod) => PortForward(await (await _lab.ConnectAsync()).Client.OpenPortForwardAsync("shop", pod, Port, CancellationToken.None));

    private static PortForwardStream PortForward(System.Net.WebSockets.WebSocket socket) => new(socket);
}
