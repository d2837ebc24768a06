using System.Diagnostics;

namespace Waybill.Samples.FileShare.Tests;

/// <summary>Runs the commands of the system.</summary>
internal static class Shell
{
    public static Process Start(string command, IEnumerable<string> arguments) => Process.Start(new ProcessStartInfo(command, arguments)
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        UseShellExecute = false,
    })!;

    public static void Run(string command, params string[] arguments)
    {
        using Process process = Start(command, arguments);
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{command} ended with {process.ExitCode}.");
    }

    public static async Task<string> RunAsync(string command, IEnumerable<string> arguments, string input = "")
    {
        using Process process = Start(command, arguments);
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{command} ended with {process.ExitCode}: {await error}");
        return output;
    }
}
