using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Waybill.Kubernetes.ApiServer.Storage;

namespace Waybill.Kubernetes.ApiServer.Http;

/// <summary>Connects callers to a port at the address of a pod, by the protocol v4.channel.k8s.io.</summary>
internal static class PortForwardHandler
{
    private const string Protocol = "v4.channel.k8s.io";
    private const byte Data = 0;
    private const byte Errors = 1;

    public static async Task HandleAsync(HttpContext context, RequestInfo request, StoredObject pod)
    {
        JsonNode? status = JsonNode.Parse(pod.Json.Span)!["status"];
        if (!context.WebSockets.IsWebSocketRequest || !context.WebSockets.WebSocketRequestedProtocols.Contains(Protocol))
        {
            throw new ApiException(400, "BadRequest", "Upgrade request required");
        }

        if (!ushort.TryParse(context.Request.Query["ports"].ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
        {
            throw new ApiException(400, "BadRequest", "you must specify at least 1 port");
        }

        using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync(Protocol);
        byte[] announced = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(announced, port);
        await SendAsync(socket, Data, announced);
        await SendAsync(socket, Errors, announced);
        using var target = new TcpClient();
        try
        {
            if (ObjectJson.Text(status, "phase") != "Running" || !IPAddress.TryParse(ObjectJson.Text(status, "podIP"), out IPAddress? address))
            {
                throw new IOException($"pod {request.Name} is not running");
            }

            await target.ConnectAsync(address, port);
            Task input = ForwardAsync(socket, target);
            await PumpAsync(target.GetStream(), socket);
            await CloseAsync(socket);
            target.Close();
            await input;
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            await SendAsync(socket, Errors, Encoding.UTF8.GetBytes($"error forwarding port {port} to pod: {e.Message}"));
            await CloseAsync(socket);
        }
    }

    private static async Task ForwardAsync(WebSocket socket, TcpClient target)
    {
        var buffer = new byte[64 << 10];
        bool begins = true;
        byte channel = 0;
        try
        {
            NetworkStream stream = target.GetStream();
            while (await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None) is { MessageType: not WebSocketMessageType.Close } part)
            {
                ReadOnlyMemory<byte> bytes = buffer.AsMemory(0, part.Count);
                if (begins && part.Count > 0)
                {
                    channel = buffer[0];
                    bytes = bytes[1..];
                }

                begins = part.EndOfMessage;
                if (channel == Data)
                {
                    await stream.WriteAsync(bytes);
                }
            }
        }
        catch (Exception e) when (e is WebSocketException or IOException or OperationCanceledException or InvalidOperationException or ObjectDisposedException)
        {
            // Either side is gone.
        }

        target.Close();
    }

    private static async Task PumpAsync(NetworkStream output, WebSocket socket)
    {
        var buffer = new byte[32 << 10];
        try
        {
            for (int read; (read = await output.ReadAsync(buffer)) > 0;)
            {
                await SendAsync(socket, Data, buffer[..read]);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Either side is gone.
        }
    }

    private static async Task SendAsync(WebSocket socket, byte channel, byte[] bytes)
    {
        try
        {
            await socket.SendAsync((byte[])[channel, .. bytes], WebSocketMessageType.Binary, true, CancellationToken.None);
        }
        catch (Exception e) when (e is WebSocketException or IOException or OperationCanceledException or InvalidOperationException or ObjectDisposedException)
        {
            // Nobody listens any more.
        }
    }

    private static async Task CloseAsync(WebSocket socket)
    {
        try
        {
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", CancellationToken.None);
        }
        catch (Exception e) when (e is WebSocketException or IOException or OperationCanceledException or InvalidOperationException or ObjectDisposedException)
        {
            // It is closed.
        }
    }
}
