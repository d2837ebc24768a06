using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Waybill.Kubernetes.ApiServer.Storage;

namespace Waybill.Kubernetes.ApiServer.Http;

/// <summary>Runs programs in containers, by the protocol v4.channel.k8s.io. What runs them is given; as with a real kubelet they go on when the caller is gone.</summary>
internal sealed class ExecHandler
{
    private const byte Input = 0;
    private const byte Output = 1;
    private const byte Errors = 2;
    private const byte End = 3;

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

        ChannelSocket.Require(context);
        using ChannelSocket socket = await ChannelSocket.AcceptAsync(context);
        string[] command = [.. context.Request.Query["command"].Select(word => word ?? "")];
        Process? process = Start(new ExecRequest(request.Namespace, request.Name, container, command), out string problem);
        if (process is null)
        {
            await socket.SendAsync(End, Encoding.UTF8.GetBytes(Status("Failure", "InternalError", problem, null)));
            await socket.CloseAsync();
            return;
        }

        using (process)
        {
            Task input = ForwardAsync(socket, process);
            await Task.WhenAll(
                PumpAsync(process.StandardOutput.BaseStream, socket, Output),
                PumpAsync(process.StandardError.BaseStream, socket, Errors));
            await process.WaitForExitAsync();
            string end = process.ExitCode == 0 ? Status("Success", "", "", null)
                : Status("Failure", "NonZeroExitCode", $"command terminated with non-zero exit code: exit status {process.ExitCode}", process.ExitCode);
            await socket.SendAsync(End, Encoding.UTF8.GetBytes(end));
            await socket.CloseAsync();
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

    private static async Task ForwardAsync(ChannelSocket socket, Process process)
    {
        Stream input = process.StandardInput.BaseStream;
        await socket.ReceiveAsync(Input, async bytes =>
        {
            await input.WriteAsync(bytes);
            await input.FlushAsync();
        });
        try
        {
            process.StandardInput.Close();
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // The process was first.
        }
    }

    private static async Task PumpAsync(Stream output, ChannelSocket socket, byte channel)
    {
        var buffer = new byte[4096];
        for (int read; (read = await output.ReadAsync(buffer)) > 0;)
        {
            await socket.SendAsync(channel, buffer.AsMemory(0, read));
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
