using System.Diagnostics;

namespace Waybill.Catalog.Tests.Support;

/// <summary>Programs of this machine, and what it must be able to do.</summary>
internal static class Machine
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);

    public static void RequireRoot()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs: Linux");
        Skip.IfNot(Environment.IsPrivilegedProcess, "needs: root");
    }

    /// <summary>Skips a test for what this machine lacks; where tests run for everybody, that is a failure.</summary>
    public static void Require(bool there, string what)
    {
        Assert.False(!there && Environment.GetEnvironmentVariable("CI") == "true", $"this machine lacks {what}");
        Skip.IfNot(there, $"needs: {what}");
    }

    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        start.Environment["PATH"] += ":/usr/sbin:/sbin";
        start.Environment["LC_ALL"] = "C.UTF-8";
        using Process process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(s_patience);
        Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
        Task<string> error = process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {await output}{await error}");
        return (await output).Trim();
    }
}
