using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Waybill.Csi;

/// <summary>A program of the system that is run for a bounded time and whose words are part of the error if it fails.</summary>
internal sealed class NodeTool(string program, TimeSpan limit, TimeProvider time)
{
    private const int OutputLimit = 2000;

    /// <summary>Runs it.</summary>
    /// <exception cref="Grpc.Core.RpcException">FAILED_PRECONDITION: it is not installed; INTERNAL: it failed or took too long.</exception>
    public async Task RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using Process process = Start(arguments);
        process.StandardInput.Close();
        var output = new StringBuilder();
        Task reading = Task.WhenAll(ReadAsync(process.StandardOutput, output), ReadAsync(process.StandardError, output));
        using var deadline = new CancellationTokenSource(limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            await process.WaitForExitAsync(both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            await reading.ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            throw CallError.Internal($"{program} did not end within {limit.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s and was stopped{Describe(output)}");
        }

        await reading.ConfigureAwait(false);
        if (process.ExitCode != 0)
        {
            throw CallError.Internal($"{program} ended with {process.ExitCode.ToString(CultureInfo.InvariantCulture)}{Describe(output)}");
        }
    }

    private string FindProgram()
    {
        // A service may be started with a path that lacks the directories of system programs.
        string[] directories = [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries), "/usr/sbin", "/sbin", "/usr/bin", "/bin"];
        return directories.Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists)
            ?? throw CallError.FailedPrecondition($"{program} is not installed on this node.");
    }

    private static string Describe(StringBuilder output)
    {
        lock (output)
        {
            string text = string.Join("; ", output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
            return text.Length == 0 ? "." : ": " + new string([.. text.Select(c => char.IsControl(c) ? ' ' : c)]);
        }
    }

    private static async Task ReadAsync(StreamReader stream, StringBuilder output)
    {
        var buffer = new char[1024];
        int count;
        while ((count = await stream.ReadAsync(buffer).ConfigureAwait(false)) > 0)
        {
            lock (output)
            {
                output.Append(buffer, 0, Math.Min(count, OutputLimit - output.Length));
            }
        }
    }

    private Process Start(IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(FindProgram(), arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };

        start.Environment["LC_ALL"] = "C";
        try
        {
            return Process.Start(start) ?? throw new InvalidOperationException("no process was started");
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException)
        {
            throw CallError.FailedPrecondition($"{program} cannot be started on this node: {e.Message}");
        }
    }
}
