using System.Diagnostics;

namespace Waybill.Cli.Csi;

/// <summary>Ends a driver and starts it anew by a command of whoever runs it.</summary>
internal static class DriverRestart
{
    /// <summary>Runs the command, which returns when the driver was started, though it need not answer yet.</summary>
    /// <param name="command">A line for the shell.</param>
    /// <param name="cancellationToken">Stops waiting; the command itself goes on.</param>
    public static async Task RunAsync(string command, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false };
        start.ArgumentList.Add("-c");

        // Standard output is for the report; nothing is read from a pipe, which a driver that goes on running would hold open.
        start.ArgumentList.Add($"exec 1>&2\n{command}");
        int code;
        try
        {
            using Process process = Process.Start(start)!;
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            code = process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception failure)
        {
            throw new ProviderException(WaybillErrorCode.ProviderFailed, "csi", $"The command that restarts the driver could not be run: {failure.Message}", failure);
        }

        if (code != 0)
        {
            throw new ProviderException(WaybillErrorCode.ProviderFailed, "csi", $"The command that restarts the driver ended with exit code {code}") { ObjectName = command };
        }
    }
}
