using System.Collections.Immutable;
using Waybill.Local.Tests.Quiescing;
using Waybill.Local.Tests.Support;
using Waybill.Providers;

namespace Waybill.Local.Tests;

public sealed class GroupSnapshotTests
{
    [SkippableFact]
    public async Task Group_OfMountedVolumes_HasEveryWriteThatWasAcknowledgedBeforeALaterOne()
    {
        await using PoolDirectory directory = await PoolDirectory.CreateAsync("xfs");
        await using LocalProvider provider = await LocalProvider.OpenAsync(new LocalProviderOptions { PoolDirectory = Path.Combine(directory.Path, "pool") });
        await using MountedVolume first = await CountedVolumeAsync(provider, directory, "first");
        await using MountedVolume second = await CountedVolumeAsync(provider, directory, "second");
        using var stop = new CancellationTokenSource();
        Task writing = Task.Run(() => CountAsync(first, second, stop.Token));
        try
        {
            for (int round = 0; round < 5; round++)
            {
                ImmutableArray<SnapshotDescriptor> group = await provider.CreateGroupAsync([first.Id, second.Id], $"group-{round}");

                Assert.Equal([$"group-{round}", $"group-{round}"], group.Select(s => s.Group));
                Assert.False(writing.IsCompleted);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await writing;
        }

        await foreach (SnapshotDescriptor older in provider.ListSnapshotsAsync(first.Id))
        {
            SnapshotDescriptor younger = await provider.ListSnapshotsAsync(second.Id).FirstAsync(s => s.Group == older.Group);
            int ahead = await CountInAsync(directory, older);
            int behind = await CountInAsync(directory, younger);
            Assert.InRange(ahead - behind, 0, 1);
        }
    }

    [SkippableFact]
    public async Task Group_WithAVolumeOnALoopDeviceThatIsNotMounted_IsRefusedAndLeavesNothing()
    {
        await using PoolDirectory directory = await PoolDirectory.CreateAsync("xfs");
        await using LocalProvider provider = await LocalProvider.OpenAsync(new LocalProviderOptions { PoolDirectory = Path.Combine(directory.Path, "pool") });
        VolumeDescriptor raw = await provider.CreateVolumeAsync(new VolumeCreateRequest("raw", 1 << 20));
        VolumeDescriptor idle = await provider.CreateVolumeAsync(new VolumeCreateRequest("idle", 1 << 20));
        string device = await QuiesceMachine.RunAsync("losetup", "--find", "--show", Path.Combine(directory.Path, "pool", "volumes", raw.Id + ".img"));
        try
        {
            ProviderException error = await Assert.ThrowsAsync<ProviderException>(async () => await provider.CreateGroupAsync([idle.Id, raw.Id], "group"));

            Assert.Equal(WaybillErrorCode.GroupRefused, error.Code);
            Assert.Empty(await provider.ListSnapshotsAsync().ToListAsync());
        }
        finally
        {
            await QuiesceMachine.RunAsync("losetup", "--detach", device);
        }
    }

    [SkippableFact]
    public async Task Group_OfVolumesThatSomebodyElseHolds_IsTakenAndStaysHeld()
    {
        await using PoolDirectory directory = await PoolDirectory.CreateAsync("xfs");
        await using LocalProvider provider = await LocalProvider.OpenAsync(new LocalProviderOptions { PoolDirectory = Path.Combine(directory.Path, "pool") });
        await using MountedVolume first = await CountedVolumeAsync(provider, directory, "first");
        await using MountedVolume second = await CountedVolumeAsync(provider, directory, "second");
        var quiescer = new FileSystemQuiescer(new FileSystemQuiescerOptions { MountPoints = [first.MountPoint, second.MountPoint] });
        await using QuiesceLease lease = await quiescer.QuiesceAsync(new QuiesceRequest("lease", TimeSpan.FromSeconds(30)));

        ImmutableArray<SnapshotDescriptor> group = await provider.CreateGroupAsync([first.Id, second.Id], "group");

        Assert.Equal(2, group.Length);
        Assert.False((await lease.ThawAsync()).Broken);
    }

    [SkippableFact]
    public async Task Group_WhoseProcessDiedWithItsWatchdog_IsThawedWhenThePoolIsOpenedAgain()
    {
        await using PoolDirectory directory = await PoolDirectory.CreateAsync("xfs");
        var options = new LocalProviderOptions { PoolDirectory = Path.Combine(directory.Path, "pool") };
        LocalProvider dying = await LocalProvider.OpenAsync(options with { Freezer = new UnwatchedFreezer() });
        await using MountedVolume volume = await CountedVolumeAsync(dying, directory, "volume");
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await dying.CreateGroupAsync([volume.Id], "group"));
        dying.Abandon();
        Assert.Equal(0, (await QuiesceMachine.TryRunAsync("fsfreeze", "-u", volume.MountPoint)).Code);
        await QuiesceMachine.RunAsync("fsfreeze", "-f", volume.MountPoint);

        await using LocalProvider after = await LocalProvider.OpenAsync(options);

        // Thawing what is not frozen fails.
        Assert.NotEqual(0, (await QuiesceMachine.TryRunAsync("fsfreeze", "-u", volume.MountPoint)).Code);
        Assert.Empty(await after.ListSnapshotsAsync().ToListAsync());
    }

    private static async Task<MountedVolume> CountedVolumeAsync(LocalProvider provider, PoolDirectory directory, string name)
    {
        MountedVolume volume = await MountedVolume.CreateAsync(provider, directory, name, "ext4", mebibytes: 64);
        await File.WriteAllBytesAsync(Path.Combine(volume.MountPoint, "count"), new byte[4]);
        return volume;
    }

    private static async Task CountAsync(MountedVolume first, MountedVolume second, CancellationToken stop)
    {
        for (int count = 1; !stop.IsCancellationRequested; count++)
        {
            foreach (MountedVolume volume in (MountedVolume[])[first, second])
            {
                await using FileStream file = new(Path.Combine(volume.MountPoint, "count"), FileMode.OpenOrCreate, FileAccess.Write);
                await file.WriteAsync(BitConverter.GetBytes(count), CancellationToken.None);
                file.Flush(flushToDisk: true);
            }
        }
    }

    private static async Task<int> CountInAsync(PoolDirectory directory, SnapshotDescriptor snapshot)
    {
        // A file of its own each time: a loop device outlives its unmount for a moment, and a mount of the same file gets that device with what it remembers.
        string copy = Path.Combine(directory.Path, $"copy-of-{snapshot.Id}.img");
        string mount = Path.Combine(directory.Path, "copy");
        Directory.CreateDirectory(mount);
        await QuiesceMachine.RunAsync("cp", "--reflink=always", Path.Combine(directory.Path, "pool", "snapshots", snapshot.Id + ".img"), copy);
        await QuiesceMachine.RunAsync("mount", "-o", "loop", copy, mount);
        try
        {
            return BitConverter.ToInt32(await File.ReadAllBytesAsync(Path.Combine(mount, "count")));
        }
        finally
        {
            await QuiesceMachine.RunAsync("umount", mount);
        }
    }

    /// <summary>Freezes, and ends as a process does that is killed together with whoever could thaw.</summary>
    private sealed class UnwatchedFreezer : IFreezer
    {
        public async Task<IFrozen> FreezeAsync(IReadOnlyList<string> mountPoints, TimeSpan limit, CancellationToken cancellationToken)
        {
            foreach (string mountPoint in mountPoints)
            {
                await QuiesceMachine.RunAsync("fsfreeze", "-f", mountPoint);
            }

            throw new InvalidOperationException("killed");
        }
    }
}
