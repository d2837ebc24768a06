using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Waybill.Kubernetes.ApiServer.Storage;

namespace Waybill.Kubernetes.ApiServer.Http;

/// <summary>Connects callers to a port at the address of a pod, by the protocol v4.channel.k8s.io.</summary>
internal static class PortForwardHandler
{
    private const byte Data = 0;
    private const byte Errors = 1;

    public static async Task HandleAsync(HttpContext context, RequestInfo request, StoredObject pod)
    {
        JsonNode? status = JsonNode.Parse(pod.Json.Span)!["status"];
        ChannelSocket.Require(context);
        if (!ushort.TryParse(context.Request.Query["ports"].ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
        {
            throw new ApiException(400, "BadRequest", "you must specify at least 1 port");
        }

        using ChannelSocket socket = await ChannelSocket.AcceptAsync(context);
        byte[] announced = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(announced, port);
        await socket.SendAsync(Data, announced);
        await socket.SendAsync(Errors, announced);
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
            await socket.CloseAsync();
            target.Close();
            await input;
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            await socket.SendAsync(Errors, Encoding.UTF8.GetBytes($"error forwarding port {port} to pod: {e.Message}"));
            await socket.CloseAsync();
        }
    }

    private static async Task ForwardAsync(ChannelSocket socket, TcpClient target)
    {
        NetworkStream stream = target.GetStream();
        await socket.ReceiveAsync(Data, bytes => stream.WriteAsync(bytes));
        target.Close();
    }

    private static async Task PumpAsync(NetworkStream output, ChannelSocket socket)
    {
        var buffer = new byte[32 << 10];
        try
        {
            for (int read; (read = await output.ReadAsync(buffer)) > 0;)
            {
                await socket.SendAsync(Data, buffer.AsMemory(0, read));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Either side is gone.
        }
    }
}
