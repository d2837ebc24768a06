using System.Diagnostics;

namespace Waybill.Cli.Tests.Processes;

/// <summary>The command as a process of its own, built beside the tests. Killed if a test leaves it running.</summary>
internal sealed class WaybillProcess : IDisposable
{
    private static readonly string s_command = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "waybill.exe" : "waybill");

    private readonly Process _process;
    private readonly Task<string> _error;

    private WaybillProcess(ProcessStartInfo start)
    {
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        _process = Process.Start(start) ?? throw new InvalidOperationException("The command did not start.");
        _error = _process.StandardError.ReadToEndAsync();
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public Stream Input => _process.StandardInput.BaseStream;

    public int ExitCode => _process.ExitCode;

    public static WaybillProcess Start(params string[] arguments) => new(new ProcessStartInfo(s_command, arguments));

    /// <summary>Runs a line of bash in which <c>$WAYBILL</c> is the command.</summary>
    public static WaybillProcess Bash(string line, string folder) =>
        new(new ProcessStartInfo("bash", ["-c", line]) { WorkingDirectory = folder, Environment = { ["WAYBILL"] = s_command } });

    /// <summary>Waits for the end, leaving the input open.</summary>
    public async Task<string> WaitAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await _process.WaitForExitAsync(limit.Token);
        return await _error;
    }

    public void Kill() => _process.Kill(entireProcessTree: true);

    /// <summary>Kills the process and leaves those it started, as <c>kill -9</c> does.</summary>
    public void KillAlone() => _process.Kill();

    /// <summary>Waits for the end, without input.</summary>
    public async Task<CliResult> EndAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        _process.StandardInput.Close();
        string output = await _process.StandardOutput.ReadToEndAsync(limit.Token);
        await _process.WaitForExitAsync(limit.Token);
        return new CliResult(_process.ExitCode, output, await _error, []);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }

        _process.Dispose();
    }
}
