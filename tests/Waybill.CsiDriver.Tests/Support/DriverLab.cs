using System.Diagnostics;

namespace Waybill.CsiDriver.Tests.Support;

/// <summary>A pool on a real file system, a driver on it, and directories for volumes. Whatever a test leaves is taken away at the end.</summary>
internal sealed class DriverLab : IAsyncDisposable
{
    private readonly string _root;
    private readonly string[] _arguments;
    private string _poolDevice = "";
    private DriverProcess? _driver;

    private DriverLab(string root, string[] arguments)
    {
        _root = root;
        _arguments = arguments;
    }

    public DriverProcess Driver => _driver!;

    public string Socket => Path.Combine(_root, "csi.sock");

    /// <summary>Gets the directory that the kubelet would have: staging and target paths are below it.</summary>
    public string Paths => Path.Combine(_root, "paths");

    public string Pool => Path.Combine(_root, "mnt", "pool");

    /// <summary>Gets a directory of the file system that the pool is on.</summary>
    public string Scratch => Path.Combine(_root, "mnt");

    /// <param name="fileSystem">What the pool is on: <c>xfs</c> or <c>btrfs</c>.</param>
    /// <param name="gibibytes">How large that is.</param>
    /// <param name="arguments">More arguments of the driver.</param>
    public static async Task<DriverLab> CreateAsync(string fileSystem = "xfs", int gibibytes = 8, params string[] arguments)
    {
        Machine.RequireNode();
        var lab = new DriverLab(Directory.CreateTempSubdirectory("waybill-driver-").FullName, arguments);
        try
        {
            string image = Path.Combine(lab._root, "image");
            Directory.CreateDirectory(lab.Scratch);
            Directory.CreateDirectory(lab.Paths);
            await Machine.RunAsync("truncate", "-s", $"{gibibytes}G", image);
            lab._poolDevice = await Machine.RunAsync("losetup", "--find", "--show", image);
            await Machine.RunAsync($"mkfs.{fileSystem}", "-q", lab._poolDevice);
            await Machine.RunAsync("mount", lab._poolDevice, lab.Scratch);
            await lab.StartAsync();
            return lab;
        }
        catch
        {
            await lab.DisposeAsync();
            throw;
        }
    }

    public async Task StartAsync() => _driver = await DriverProcess.StartAsync(Socket, Pool, _arguments);

    /// <summary>Ends the driver as a failing host would, and starts it again.</summary>
    public async Task CrashAsync()
    {
        await Driver.KillAsync();
        await Driver.DisposeAsync();
        await StartAsync();
    }

    /// <summary>Makes a directory of the orchestrator.</summary>
    public string MakeDirectory(string name) => Directory.CreateDirectory(Path.Combine(Paths, name)).FullName;

    public string GetImage(string volume) => Path.Combine(Pool, "volumes", volume + ".img");

    /// <summary>Lists what is mounted below the orchestrator's directories.</summary>
    public IReadOnlyList<string> ListMounts() =>
        [.. File.ReadLines("/proc/self/mountinfo").Select(line => line.Split(' ')[4]).Where(path => path.StartsWith(Paths + "/", StringComparison.Ordinal))];

    /// <summary>Lists the loop devices on images of the pool.</summary>
    public IReadOnlyList<string> ListLoops() =>
        [.. Directory.EnumerateDirectories("/sys/block", "loop*").Where(device => ReadBackingFile(device).StartsWith(Pool + "/", StringComparison.Ordinal))
            .Select(device => "/dev/" + Path.GetFileName(device))];

    /// <summary>Lists the images in the pool.</summary>
    public IReadOnlyList<string> ListFiles() =>
        [.. Directory.EnumerateFileSystemEntries(Pool, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Pool, path)).Where(path => path.EndsWith(".img", StringComparison.Ordinal)).Order()];

    /// <summary>Fails if a volume, or anything made for one, is left.</summary>
    public void AssertNothingLeft()
    {
        Assert.Empty(ListMounts());
        Assert.Empty(ListLoops());
        Assert.Empty(ListFiles());
    }

    public async ValueTask DisposeAsync()
    {
        if (_driver is not null)
        {
            await _driver.DisposeAsync();
        }

        // Mounts made last are taken off first; what is held still is let go, or it would hold whoever touches it.
        foreach (string mount in ListMounts().Reverse())
        {
            await Machine.TryRunAsync("fsfreeze", "--unfreeze", mount);
            await Machine.TryRunAsync("umount", "--lazy", mount);
        }

        foreach (string loop in ListLoops())
        {
            await Machine.TryRunAsync("losetup", "--detach", loop);
        }

        if (_poolDevice.Length > 0)
        {
            await Machine.TryRunAsync("umount", "--lazy", Scratch);
            await Machine.TryRunAsync("losetup", "--detach", _poolDevice);
            await WaitUntilFreeAsync(_poolDevice);
        }

        Directory.Delete(_root, recursive: true);
    }

    private static string ReadBackingFile(string device)
    {
        try
        {
            return File.ReadAllText(Path.Combine(device, "loop", "backing_file"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not set up, or no longer.
            return "";
        }
    }

    // A file system is gone a moment after its last user, and with it the device.
    private static async Task WaitUntilFreeAsync(string device)
    {
        long begin = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (ReadBackingFile("/sys/block/" + Path.GetFileName(device)).Length > 0)
        {
            Assert.True(Stopwatch.GetElapsedTime(begin) < Machine.Patience, $"{device} stays in use");
            await timer.WaitForNextTickAsync();
        }
    }
}
