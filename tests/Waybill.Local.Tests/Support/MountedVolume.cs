using Waybill.Local.Tests.Quiescing;
using Waybill.Providers;

namespace Waybill.Local.Tests.Support;

/// <summary>A volume of a pool with a file system on it, mounted through a loop device. It is thawed, whatever happened, before it is unmounted.</summary>
internal sealed class MountedVolume : IAsyncDisposable
{
    private MountedVolume(VolumeId id, string mountPoint)
    {
        Id = id;
        MountPoint = mountPoint;
    }

    public VolumeId Id { get; }

    public string MountPoint { get; }

    /// <summary>Makes a volume with an empty file system.</summary>
    public static async Task<MountedVolume> CreateAsync(LocalProvider provider, PoolDirectory directory, string name, string fileSystem, long mebibytes)
    {
        VolumeDescriptor volume = await provider.CreateVolumeAsync(new VolumeCreateRequest(name, mebibytes << 20));
        await QuiesceMachine.RunAsync($"mkfs.{fileSystem}", "-q", Image(directory, volume.Id));
        return await MountAsync(directory, volume.Id, name, "loop");
    }

    /// <summary>Mounts the file system that is on a volume.</summary>
    /// <param name="directory">Where the pool is.</param>
    /// <param name="volume">The volume.</param>
    /// <param name="name">Tells its mount point from others.</param>
    /// <param name="options">Options of mount; a copy of a mounted XFS needs <c>nouuid</c>.</param>
    public static async Task<MountedVolume> MountAsync(PoolDirectory directory, VolumeId volume, string name, string options)
    {
        var mounted = new MountedVolume(volume, Path.Combine(directory.Path, "mnt-" + name));
        Directory.CreateDirectory(mounted.MountPoint);
        await QuiesceMachine.RunAsync("mount", "-o", options, Image(directory, volume), mounted.MountPoint);
        return mounted;
    }

    public async ValueTask DisposeAsync()
    {
        await QuiesceMachine.TryRunAsync("fsfreeze", "-u", MountPoint);
        await QuiesceMachine.RunAsync("umount", MountPoint);
    }

    private static string Image(PoolDirectory directory, VolumeId volume) => Path.Combine(directory.Path, "pool", "volumes", volume + ".img");
}
