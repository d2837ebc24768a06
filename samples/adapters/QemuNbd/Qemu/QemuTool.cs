using System.ComponentModel;
using System.Diagnostics;

namespace Waybill.Samples.QemuNbd;

/// <summary>Runs qemu-img and waits for it.</summary>
internal sealed class QemuTool(IReadOnlyList<string> command)
{
    /// <summary>Runs it.</summary>
    /// <returns>What it printed.</returns>
    /// <exception cref="ProviderException">It failed. Where another process has the image open, <see cref="WaybillErrorCode.ProviderBusy"/>.</exception>
    public async Task<string> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(command[0]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (string argument in command.Skip(1).Concat(arguments))
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Start(start);
        Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        Task<string> errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // An image is changed by it: it must not go on after the lock that protects the image was given up.
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            throw;
        }

        string printed = await output.ConfigureAwait(false);
        string complaint = (await errors.ConfigureAwait(false)).Trim();
        return process.ExitCode == 0 ? printed : throw QemuFailure.Of(command[0], complaint);
    }

    private Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new ProviderException(WaybillErrorCode.PlatformUnsupported, NbdFailure.Provider, $"'{command[0]}' cannot be started: {e.Message}", e)
            {
                Hint = "Install QEMU's tools (on Debian: qemu-utils and qemu-system-common).",
            };
        }
    }
}
