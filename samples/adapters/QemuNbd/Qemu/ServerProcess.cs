using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Waybill.Samples.QemuNbd;

/// <summary>A server of QEMU that lives no longer than this process.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    // The shell ends the server when this process closes its end of the pipe, which also happens if it is killed. A server that is ended
    // so, and not killed, stores its bitmaps first.
    private const string Guard = "exec 3<&0; \"$@\" </dev/null 3<&- & p=$!; { cat <&3 >/dev/null; kill $p 2>/dev/null; } >/dev/null 2>&1 & wait $p";
    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(10);

    private readonly Process _process;
    private readonly Task<string> _errors;
    private readonly string _program;

    private ServerProcess(Process process, string program, string pidFile)
    {
        _process = process;
        _program = program;
        PidFile = pidFile;
        _errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
    }

    /// <summary>Gets the file that holds the number of the server's process.</summary>
    public string PidFile { get; }

    /// <summary>Starts a server and waits until it is ready.</summary>
    /// <param name="command">The program and all its arguments; one of them names <paramref name="pidFile"/>, which the server writes when it is ready.</param>
    /// <param name="pidFile">A file that does not exist.</param>
    /// <param name="cancellationToken">Ends the call early; the server is then ended.</param>
    public static async Task<ServerProcess> StartAsync(IEnumerable<string> command, string pidFile, CancellationToken cancellationToken)
    {
        string[] words = [.. command];
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (string word in (IEnumerable<string>)["-c", Guard, "sh", .. words])
        {
            start.ArgumentList.Add(word);
        }

        var server = new ServerProcess(Start(start), words[0], pidFile);
        try
        {
            await server.WaitUntilReadyAsync(cancellationToken).ConfigureAwait(false);
            return server;
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Gets the number of the server's process.</summary>
    public async Task<int> GetPidAsync(CancellationToken cancellationToken = default) =>
        int.Parse(await File.ReadAllTextAsync(PidFile, cancellationToken).ConfigureAwait(false), CultureInfo.InvariantCulture);

    /// <summary>Ends the server, and waits until it has stored what it had to.</summary>
    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        _process.Dispose();
        File.Delete(PidFile);
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new ProviderException(WaybillErrorCode.PlatformUnsupported, NbdFailure.Provider, $"No shell can be started: {e.Message}", e);
        }
    }

    private async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        while (!IsReady())
        {
            if (_process.HasExited)
            {
                _process.StandardInput.Close();
                throw QemuFailure.Of(_program, (await _errors.ConfigureAwait(false)).Trim());
            }

            if (Stopwatch.GetElapsedTime(begin) > s_startLimit)
            {
                throw QemuFailure.Busy($"{_program} was not ready in {s_startLimit.TotalSeconds} s");
            }

            await Task.Delay(s_poll, cancellationToken).ConfigureAwait(false);
        }
    }

    private bool IsReady()
    {
        var file = new FileInfo(PidFile);
        return file.Exists && file.Length > 0;
    }
}
