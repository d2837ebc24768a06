namespace Waybill.Local.Tests.Quiescing;

/// <summary>A real file system on a loop device. It is thawed, whatever happened, before it is unmounted.</summary>
internal sealed class FreezableVolume : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("waybill-quiesce-");
    private string _device = "";
    private bool _mounted;

    public string MountPoint => Path.Combine(_directory.FullName, "mnt");

    /// <summary>Gets the directory the volume is mounted in, which is not on the volume.</summary>
    public string Outside => _directory.FullName;

    public static async Task<FreezableVolume> CreateAsync(string fileSystem, long mebibytes = 320)
    {
        QuiesceMachine.RequireRoot();
        QuiesceMachine.Require(File.Exists("/dev/loop-control"), "loop devices");
        QuiesceMachine.Require(File.Exists($"/usr/sbin/mkfs.{fileSystem}") || File.Exists($"/sbin/mkfs.{fileSystem}"), $"mkfs.{fileSystem}");
        var volume = new FreezableVolume();
        try
        {
            string image = Path.Combine(volume.Outside, "image");
            await QuiesceMachine.RunAsync("chmod", "755", volume.Outside);
            Directory.CreateDirectory(volume.MountPoint);
            await QuiesceMachine.RunAsync("truncate", "-s", $"{mebibytes}M", image);
            volume._device = await QuiesceMachine.RunAsync("losetup", "--find", "--show", image);
            await QuiesceMachine.RunAsync($"mkfs.{fileSystem}", "-q", volume._device);
            await QuiesceMachine.RunAsync("mount", volume._device, volume.MountPoint);
            volume._mounted = true;
            return volume;
        }
        catch
        {
            await volume.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_mounted)
        {
            // A process that waits for a thaw cannot even be killed, and would keep the volume mounted for ever.
            await QuiesceMachine.TryRunAsync("fsfreeze", "-u", MountPoint);
            (int code, _) = await QuiesceMachine.TryRunAsync("umount", MountPoint);
            if (code != 0)
            {
                await QuiesceMachine.RunAsync("umount", "--lazy", MountPoint);
            }
        }

        if (_device.Length > 0)
        {
            await QuiesceMachine.RunAsync("losetup", "--detach", _device);
        }

        _directory.Delete(recursive: true);
    }
}
