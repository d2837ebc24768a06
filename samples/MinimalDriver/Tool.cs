using System.Diagnostics;

namespace Waybill.Samples.MinimalDriver;

/// <summary>Programs of the host.</summary>
internal static class Tool
{
    public static async Task<string> RunAsync(string name, string[] arguments, CancellationToken cancellationToken)
    {
        using Process process = Process.Start(new ProcessStartInfo(name, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> error = process.StandardError.ReadToEndAsync(cancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0 ? output.Trim() : throw new ProviderException(WaybillErrorCode.ProviderFailed, "minimal", $"{name}: {(await error).Trim()}");
    }
}
