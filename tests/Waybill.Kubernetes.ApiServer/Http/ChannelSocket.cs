using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;

namespace Waybill.Kubernetes.ApiServer.Http;

/// <summary>A connection by the protocol v4.channel.k8s.io: each message begins with the number of its channel.</summary>
internal sealed class ChannelSocket : IDisposable
{
    private const string Protocol = "v4.channel.k8s.io";

    private readonly WebSocket _socket;
    private readonly SemaphoreSlim _sending = new(1);

    private ChannelSocket(WebSocket socket) => _socket = socket;

    public static void Require(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest || !context.WebSockets.WebSocketRequestedProtocols.Contains(Protocol))
        {
            throw new ApiException(400, "BadRequest", "Upgrade request required");
        }
    }

    public static async Task<ChannelSocket> AcceptAsync(HttpContext context) => new(await context.WebSockets.AcceptWebSocketAsync(Protocol));

    /// <summary>Sends a message; nothing happens if nobody listens any more.</summary>
    public async Task SendAsync(byte channel, ReadOnlyMemory<byte> bytes)
    {
        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync((byte[])[channel, .. bytes.Span], WebSocketMessageType.Binary, true, CancellationToken.None);
        }
        catch (Exception e) when (IsGone(e))
        {
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Passes on what comes on a channel, until the other side closes it or either is gone.</summary>
    public async Task ReceiveAsync(byte channel, Func<ReadOnlyMemory<byte>, ValueTask> take)
    {
        var buffer = new byte[64 << 10];
        int current = -1;
        try
        {
            while (await _socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None) is { MessageType: not WebSocketMessageType.Close } part)
            {
                int skipped = current < 0 && part.Count > 0 ? 1 : 0;
                current = skipped > 0 ? buffer[0] : current;
                if (current == channel)
                {
                    await take(buffer.AsMemory(skipped, part.Count - skipped));
                }

                current = part.EndOfMessage ? -1 : current;
            }
        }
        catch (Exception e) when (IsGone(e))
        {
        }
    }

    public async Task CloseAsync()
    {
        try
        {
            await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", CancellationToken.None);
        }
        catch (Exception e) when (IsGone(e))
        {
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        _sending.Dispose();
    }

    private static bool IsGone(Exception error) => error is WebSocketException or IOException or OperationCanceledException or InvalidOperationException;
}
