using System.Diagnostics;
using System.Globalization;

namespace Waybill.CsiDriver.Tests.Support;

/// <summary>Programs of this machine, and what it must be able to do.</summary>
internal static class Machine
{
    /// <summary>Gets how long anything may take before a test fails: long, because the machine may be busy, and never waited for when all is well.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(120);

    /// <summary>Gets whether the kernel lets this process, and the driver it starts, grow an ext4 that is mounted.</summary>
    public static bool GrowsExt { get; } = OperatingSystem.IsLinux() && HasCapability(24);

    /// <summary>Skips a test for what this machine lacks; where tests run for everybody, that is a failure.</summary>
    public static void RequireNode()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs: Linux");
        Skip.IfNot(Environment.IsPrivilegedProcess, "needs: root");
        Require(File.Exists("/dev/loop-control"), "loop devices");
        foreach (string tool in (string[])["mkfs.ext4", "mkfs.xfs", "mkfs.btrfs"])
        {
            Require(((string[])["/usr/sbin/", "/sbin/", "/usr/bin/"]).Any(directory => File.Exists(directory + tool)), tool);
        }
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
        using var limit = new CancellationTokenSource(Patience);
        Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
        Task<string> error = process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output + await error);
    }

    private static bool HasCapability(int number)
    {
        string line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("CapEff:", StringComparison.Ordinal));
        return ((ulong.Parse(line.Split('\t')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture) >> number) & 1) != 0;
    }

    private static void Require(bool there, string what)
    {
        Assert.False(!there && Environment.GetEnvironmentVariable("CI") == "true", $"this machine lacks {what}");
        Skip.IfNot(there, $"needs: {what}");
    }
}
