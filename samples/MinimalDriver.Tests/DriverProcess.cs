using System.Diagnostics;

namespace Waybill.Samples.MinimalDriver.Tests;

/// <summary>The driver as a process of its own, in a directory of its own, which can be killed. Whatever happens, nothing stays mounted or attached.</summary>
internal sealed class DriverProcess : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("wb-minimal-");
    private Process? _process;

    private DriverProcess()
    {
    }

    public string Endpoint => $"unix://{Path.Combine(_directory.FullName, "csi.sock")}";

    public string Data => Path.Combine(_directory.FullName, "data");

    public string MountDirectory => _directory.CreateSubdirectory("mount").FullName;

    public string StagingDirectory => _directory.CreateSubdirectory("staging").FullName;

    public static async Task<DriverProcess> StartAsync()
    {
        var driver = new DriverProcess();
        await driver.RestartAsync();
        return driver;
    }

    /// <summary>Kills the driver, if it runs, and starts it; it need not answer yet.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken = default)
    {
        await KillAsync();
        var start = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [Path.Combine(AppContext.BaseDirectory, "Waybill.Samples.MinimalDriver.dll"), Data]);
        start.Environment["CSI_ENDPOINT"] = Endpoint;
        _process = Process.Start(start)!;
    }

    /// <summary>Gets what the kernel still has of this directory.</summary>
    public async Task<string[]> ListLeftoversAsync()
    {
        string devices = await Tool.RunAsync("losetup", ["--noheadings", "--output", "NAME,BACK-FILE"], CancellationToken.None);
        return
        [
            .. devices.Split('\n').Where(line => line.Contains(_directory.FullName, StringComparison.Ordinal)),
            .. (await File.ReadAllLinesAsync("/proc/self/mountinfo")).Where(line => line.Contains(_directory.FullName, StringComparison.Ordinal)),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        foreach (string line in (await File.ReadAllLinesAsync("/proc/self/mountinfo")).Reverse().Where(line => line.Contains(_directory.FullName, StringComparison.Ordinal)))
        {
            await Tool.RunAsync("umount", ["--lazy", line.Split(' ')[4]], CancellationToken.None);
        }

        foreach (string line in await ListLeftoversAsync())
        {
            await Tool.RunAsync("losetup", ["--detach", line.Split(' ')[0]], CancellationToken.None);
        }

        _directory.Delete(recursive: true);
    }

    private async Task KillAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }
}
