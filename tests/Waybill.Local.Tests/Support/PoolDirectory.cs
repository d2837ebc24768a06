using Waybill.Local.Tests.Quiescing;

namespace Waybill.Local.Tests.Support;

/// <summary>A directory for pools: on a real file system of a loop device, or wherever temporary files are.</summary>
internal sealed class PoolDirectory : IAsyncDisposable
{
    private readonly string _outside;
    private string _device = "";

    private PoolDirectory(string outside) => _outside = outside;

    public string Path => _device.Length > 0 ? System.IO.Path.Combine(_outside, "mnt") : _outside;

    /// <param name="fileSystem"><c>xfs</c>, <c>btrfs</c>, <c>btrfs-zstd</c> (compressed), or <c>plain</c>.</param>
    public static async Task<PoolDirectory> CreateAsync(string fileSystem, long gibibytes = 2)
    {
        var directory = new PoolDirectory(Directory.CreateTempSubdirectory("waybill-pool-").FullName);
        if (fileSystem == "plain")
        {
            return directory;
        }

        QuiesceMachine.RequireRoot();
        QuiesceMachine.Require(File.Exists("/dev/loop-control"), "loop devices");
        string kind = fileSystem.Split('-')[0];
        QuiesceMachine.Require(File.Exists($"/usr/sbin/mkfs.{kind}") || File.Exists($"/sbin/mkfs.{kind}") || File.Exists($"/usr/bin/mkfs.{kind}"), $"mkfs.{kind}");
        try
        {
            string image = System.IO.Path.Combine(directory._outside, "image");
            Directory.CreateDirectory(System.IO.Path.Combine(directory._outside, "mnt"));
            await QuiesceMachine.RunAsync("truncate", "-s", $"{gibibytes}G", image);
            // Servers that do not run as root must get to what is mounted here.
            await QuiesceMachine.RunAsync("chmod", "755", directory._outside);
            directory._device = await QuiesceMachine.RunAsync("losetup", "--find", "--show", image);
            await QuiesceMachine.RunAsync($"mkfs.{kind}", "-q", directory._device);
            await QuiesceMachine.RunAsync("mount", "-o", fileSystem == "btrfs-zstd" ? "compress-force=zstd" : "defaults", directory._device, directory.Path);
            return directory;
        }
        catch
        {
            await directory.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_device.Length > 0)
        {
            await QuiesceMachine.TryRunAsync("umount", "--lazy", Path);
            await QuiesceMachine.TryRunAsync("losetup", "--detach", _device);
        }

        Directory.Delete(_outside, recursive: true);
    }
}
