using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Waybill.Kubernetes.ApiServer.Storage;

namespace Waybill.Kubernetes.ApiServer.Http;

/// <summary>Runs programs in containers, by the protocol v4.channel.k8s.io. What runs them is given; as with a real kubelet they go on when the caller is gone.</summary>
internal sealed class ExecHandler
{
    private const string Protocol = "v4.channel.k8s.io";

    public Func<ExecRequest, ProcessStartInfo>? Runtime { get; set; }

    public async Task HandleAsync(HttpContext context, RequestInfo request, StoredObject pod)
    {
        JsonNode node = JsonNode.Parse(pod.Json.Span)!;
        string[] containers = [.. node["spec"]?["containers"]?.AsArray().Select(container => container!["name"]!.GetValue<string>()) ?? []];
        string container = context.Request.Query["container"].ToString() is { Length: > 0 } named ? named : containers.FirstOrDefault("");
        if (!containers.Contains(container))
        {
            throw new ApiException(400, "BadRequest", $"container {container} is not valid for pod {request.Name}");
        }

        if (!context.WebSockets.IsWebSocketRequest || !context.WebSockets.WebSocketRequestedProtocols.Contains(Protocol))
        {
            throw new ApiException(400, "BadRequest", "Upgrade request required");
        }

        using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync(Protocol);
        using var sending = new SemaphoreSlim(1);
        string[] command = [.. context.Request.Query["command"].Select(word => word ?? "")];
        Process? process = Start(new ExecRequest(request.Namespace, request.Name, container, command), out string problem);
        if (process is null)
        {
            await SendAsync(socket, sending, 3, Encoding.UTF8.GetBytes(Status("Failure", "InternalError", problem, null)));
            await CloseAsync(socket);
            return;
        }

        using (process)
        {
            Task input = ForwardAsync(socket, process);
            await Task.WhenAll(
                PumpAsync(process.StandardOutput.BaseStream, socket, sending, 1),
                PumpAsync(process.StandardError.BaseStream, socket, sending, 2));
            await process.WaitForExitAsync();
            string end = process.ExitCode == 0 ? Status("Success", "", "", null)
                : Status("Failure", "NonZeroExitCode", $"command terminated with non-zero exit code: exit status {process.ExitCode}", process.ExitCode);
            await SendAsync(socket, sending, 3, Encoding.UTF8.GetBytes(end));
            await CloseAsync(socket);
            await input;
        }
    }

    private Process? Start(ExecRequest request, out string problem)
    {
        problem = "there is no runtime";
        if (Runtime?.Invoke(request) is not { } start)
        {
            return null;
        }

        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        try
        {
            return Process.Start(start);
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            problem = $"failed to exec in container: exec: \"{request.Command[0]}\": {error.Message}";
            return null;
        }
    }

    private static async Task ForwardAsync(WebSocket socket, Process process)
    {
        var buffer = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None) is { MessageType: not WebSocketMessageType.Close } part)
            {
                // Whoever talks to it sends whole messages that fit.
                await process.StandardInput.BaseStream.WriteAsync(buffer.AsMemory(1, part.Count - 1));
                await process.StandardInput.BaseStream.FlushAsync();
            }
        }
        catch (Exception e) when (e is WebSocketException or IOException or OperationCanceledException or InvalidOperationException or ObjectDisposedException)
        {
            // Either side is gone.
        }

        try
        {
            process.StandardInput.Close();
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // The process was first.
        }
    }

    private static async Task PumpAsync(Stream output, WebSocket socket, SemaphoreSlim sending, byte channel)
    {
        var buffer = new byte[4096];
        for (int read; (read = await output.ReadAsync(buffer)) > 0;)
        {
            await SendAsync(socket, sending, channel, buffer[..read]);
        }
    }

    private static async Task SendAsync(WebSocket socket, SemaphoreSlim sending, byte channel, byte[] bytes)
    {
        await sending.WaitAsync();
        try
        {
            await socket.SendAsync((byte[])[channel, .. bytes], WebSocketMessageType.Binary, true, CancellationToken.None);
        }
        catch (Exception e) when (e is WebSocketException or IOException or OperationCanceledException or InvalidOperationException or ObjectDisposedException)
        {
            // Nobody listens any more.
        }
        finally
        {
            sending.Release();
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

    private static string Status(string status, string reason, string message, int? code) => new JsonObject
    {
        ["metadata"] = new JsonObject(),
        ["status"] = status,
        ["reason"] = reason,
        ["message"] = message,
        ["details"] = code is null ? null : new JsonObject { ["causes"] = new JsonArray(new JsonObject { ["reason"] = "ExitCode", ["message"] = $"{code}" }) },
    }.ToJsonString();
}
