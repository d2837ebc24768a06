using System.Diagnostics;
using System.Globalization;

namespace Waybill.Local.Tests.Quiescing;

/// <summary>Programs of this machine, and what it must be able to do.</summary>
internal static class QuiesceMachine
{
    /// <summary>Gets how long anything may take before a test fails: long, because the machine may be busy, and never waited for when all is well.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(60);

    public static void RequireLinux() => Skip.IfNot(OperatingSystem.IsLinux(), "needs: Linux");

    public static void RequireRoot()
    {
        RequireLinux();
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
        (int code, string output) = await TryRunAsync(program, arguments);
        Assert.True(code == 0, $"{program} {string.Join(' ', arguments)} ended with {code}: {output}");
        return output.Trim();
    }

    public static async Task<(int Code, string Output)> TryRunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        start.Environment["PATH"] += ":/usr/sbin:/sbin";
        start.Environment["LC_ALL"] = "C";
        using Process process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Patience * 3);
        Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
        Task<string> error = process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output + await error);
    }

    public static Task SignalAsync(string signal, int processId) => RunAsync("kill", "-" + signal, processId.ToString(CultureInfo.InvariantCulture));

    /// <summary>Waits for what gives no sign when it happens.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        long start = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Patience, $"it never happened that {what}");
            await timer.WaitForNextTickAsync();
        }
    }

    /// <summary>Lists the processes whose command line holds a text.</summary>
    public static int[] ProcessesWith(string text)
    {
        List<int> found = [];
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            try
            {
                if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out int id) && id != Environment.ProcessId
                    && File.ReadAllText(directory + "/cmdline").Contains(text, StringComparison.Ordinal))
                {
                    found.Add(id);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It ended meanwhile.
            }
        }

        return [.. found];
    }
}
