using System.ComponentModel;
using System.Diagnostics;

namespace Waybill.Local;

/// <summary>Runs one command that is killed, with the processes of its group, when its time is over or it is cancelled.</summary>
internal static class BoundedCommand
{
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(1);

    /// <summary>Runs it.</summary>
    /// <returns>How it ended.</returns>
    /// <exception cref="ProviderException">It cannot be started.</exception>
    public static async ValueTask<CommandEnd> RunAsync(
        string owner, WatchdogCommand command, IReadOnlyDictionary<string, string> environment, CapturedOutput output, TimeProvider time, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using Process process = Start(owner, command, environment);
        int group = process.Id;
        process.StandardInput.Close();
        var sync = new Lock();
        Task reading = Task.WhenAll(
            ReadAsync(process.StandardOutput.BaseStream, output, sync), ReadAsync(process.StandardError.BaseStream, output, sync));
        try
        {
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            QuiesceLibc.KillGroup(group);
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            throw;
        }

        var end = new CommandEnd(process.ExitCode, Timestamp.From(time.GetUtcNow()));
        if (end.IsKilled)
        {
            QuiesceLibc.KillGroup(group);
        }

        try
        {
            await reading.WaitAsync(s_grace, time, CancellationToken.None).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // It left something running that may print until it ends.
        }

        return end;
    }

    /// <summary>Starts a program as the leader of a group of its own, with all its streams redirected.</summary>
    public static Process Start(string owner, WatchdogCommand command, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("setsid")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        foreach (string word in (IEnumerable<string>)["timeout", "-k", "2", WatchdogCommand.Seconds(command.Limit), .. command.Arguments])
        {
            start.ArgumentList.Add(word);
        }

        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        try
        {
            return Process.Start(start) ?? throw new InvalidOperationException("No process was started.");
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException or PlatformNotSupportedException)
        {
            throw new ProviderException(WaybillErrorCode.QuiesceFailed, owner, $"{command.Arguments[0]} cannot be started: {e.Message}", e);
        }
    }

    private static async Task ReadAsync(Stream stream, CapturedOutput output, Lock sync)
    {
        byte[] buffer = new byte[4096];
        try
        {
            int count;
            while ((count = await stream.ReadAsync(buffer, CancellationToken.None).ConfigureAwait(false)) > 0)
            {
                lock (sync)
                {
                    output.Add(buffer.AsSpan(0, count));
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Output only explains; it decides nothing.
        }
    }
}
