using System.Diagnostics;

namespace Waybill.Bundles.Tests.Local;

/// <summary>Runs a program of the machine to prepare or examine what a test works on.</summary>
internal static class Tool
{
    public static string Run(string program, params string[] arguments)
    {
        (int code, string output, string error) = TryRun(program, arguments);
        return code == 0 ? output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {code}: {error}{output}");
    }

    public static (int Code, string Output, string Error) TryRun(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) 
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = System.Text.Encoding.Latin1,
        };
        using Process process = Process.Start(start)!;
        string error = "";
        process.ErrorDataReceived += (_, line) => error += line.Data;
        process.BeginErrorReadLine();
        process.StandardInput.Close();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error);
    }

    /// <summary>Runs a script of the shell in a directory; it ends at the first command that fails.</summary>
    public static string Bash(string directory, string script) => Run("bash", "-euc", "cd \"$1\"; " + script, "bash", directory);

    public static bool Exists(string program) => FindDirectory(program) is not null;

    /// <summary>Skips the test unless the program is installed.</summary>
    public static void Require(string program) => Skip.IfNot(Exists(program), $"{program} is not installed (build/setup installs it)");

    /// <summary>Skips the test unless it runs as root.</summary>
    public static void RequireRoot() => Skip.IfNot(Environment.IsPrivilegedProcess, "needs root");

    private static string? FindDirectory(string program) =>
        $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin".Split(':').FirstOrDefault(d => File.Exists(Path.Combine(d, program)));
}
