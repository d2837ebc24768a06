using System.Diagnostics;

namespace Waybill.Repository.Tests;

/// <summary>Runs a command to its end without standard input, and never longer than its limit.</summary>
internal static class ProcessRun
{
    // Set by "dotnet test" for its own process; a dotnet command started from a test must find its own way.
    private static readonly string[] s_inheritedBuildState =
        ["MSBuildSDKsPath", "MSBuildExtensionsPath", "MSBUILD_EXE_PATH", "MSBuildLoadMicrosoftTargetsReadOnly", "DOTNET_HOST_PATH", "VSTEST_HOST_DEBUG"];

    public static async Task<ProcessResult> RunAsync(
        string command,
        IReadOnlyList<string> arguments,
        string directory,
        IReadOnlyDictionary<string, string>? environment = null,
        TimeSpan? limit = null)
    {
        ProcessStartInfo start = new(command, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (string name in s_inheritedBuildState)
        {
            start.Environment.Remove(name);
        }

        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{command} did not start.");
        using CancellationTokenSource timeout = new(limit ?? TimeSpan.FromMinutes(5));
        try
        {
            process.StandardInput.Close();
            Task<string> output = process.StandardOutput.ReadToEndAsync(timeout.Token);
            Task<string> error = process.StandardError.ReadToEndAsync(timeout.Token);
            await process.WaitForExitAsync(timeout.Token);
            return new ProcessResult($"{command} {string.Join(' ', arguments)}", process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
