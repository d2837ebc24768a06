using Waybill.Local.Tests.Support;
using Waybill.Providers;

namespace Waybill.Local.Tests;

/// <summary>A pool's process ends between any two steps. Whoever opens the pool next finds everything that was ready, and nothing else.</summary>
public sealed class CrashTests
{
    private const int Length = 1 << 20;

    [SkippableTheory]
    [InlineData("xfs")]
    [InlineData("plain")]
    public async Task EndedAtAnyStep_NothingReadyIsLostAndNothingIsLeft(string fileSystem)
    {
        await using PoolDirectory directory = await PoolDirectory.CreateAsync(fileSystem);
        int steps = await RunAsync(directory, int.MaxValue, fileSystem != "plain");
        Assert.InRange(steps, 12, 200);
        for (int diesAt = 1; diesAt <= steps; diesAt++)
        {
            await RunAsync(directory, diesAt, fileSystem != "plain");
        }
    }

    private static async Task<int> RunAsync(PoolDirectory directory, int diesAt, bool clones)
    {
        string pool = Path.Combine(directory.Path, $"pool-{diesAt}");
        int steps = 0;
        var options = new LocalProviderOptions
        {
            PoolDirectory = pool,
            Step = _ =>
            {
                if (++steps >= diesAt)
                {
                    throw new CrashException();
                }
            },
        };
        byte[] content = new byte[Length];
        new Random(7).NextBytes(content);
        VolumeDescriptor kept;
        SnapshotDescriptor snapshot;
        await using (LocalProvider before = await LocalProvider.OpenAsync(new LocalProviderOptions { PoolDirectory = pool }))
        {
            kept = await before.CreateVolumeAsync(new VolumeCreateRequest("kept", Length));
            await File.WriteAllBytesAsync(Path.Combine(pool, "volumes", kept.Id + ".img"), content);
            snapshot = await before.CreateSnapshotAsync(kept.Id, "kept");
        }

        LocalProvider dying = await LocalProvider.OpenAsync(options);
        await Record.ExceptionAsync(() => WorkAsync(dying, kept.Id, snapshot.Id, clones));
        dying.Abandon();

        await using LocalProvider after = await LocalProvider.OpenAsync(new LocalProviderOptions { PoolDirectory = pool });
        List<VolumeDescriptor> volumes = await after.ListVolumesAsync().ToListAsync();
        List<SnapshotDescriptor> snapshots = await after.ListSnapshotsAsync().ToListAsync();
        Assert.Equal(volumes.Where(v => v.Kind == VolumeKind.Block).Select(v => v.Id + ".img").Order(), Names(pool, "volumes"));
        Assert.Equal(snapshots.Select(s => s.Id + ".img").Order(), Names(pool, "snapshots"));
        await AssertHoldsAsync(after, new VolumeSource(kept.Id), content);
        await AssertHoldsAsync(after, new VolumeSource(kept.Id, snapshot.Id), content);
        foreach (SnapshotDescriptor other in snapshots)
        {
            await AssertHoldsAsync(after, new VolumeSource(kept.Id, other.Id), content);
        }

        // The same calls again come to the same end.
        await WorkAsync(after, kept.Id, snapshot.Id, clones);
        return steps;
    }

    private static async Task WorkAsync(LocalProvider provider, VolumeId kept, SnapshotId snapshot, bool clones)
    {
        SnapshotDescriptor one = await provider.CreateSnapshotAsync(kept, "one");
        VolumeDescriptor copy = await provider.CreateVolumeAsync(new VolumeCreateRequest("copy", Length) { Source = new VolumeSource(kept, snapshot) });
        await provider.GrowVolumeAsync(copy.Id, 2 * Length);
        if (clones)
        {
            await provider.CreateGroupAsync([kept], "group");
            await provider.DeleteGroupAsync("group");
        }

        await provider.DeleteVolumeAsync(copy.Id);
        await provider.DeleteSnapshotAsync(one.Id);
    }

    private static IEnumerable<string> Names(string pool, string part) => Directory.EnumerateFiles(Path.Combine(pool, part)).Select(f => Path.GetFileName(f)).Order();

    private static async Task AssertHoldsAsync(LocalProvider provider, VolumeSource source, byte[] content)
    {
        await using BlockReader reader = await provider.OpenReadAsync(source);
        var found = new byte[content.Length];
        Assert.Equal(found.Length, await reader.ReadAsync(0, found));
        Assert.Equal(content, found);
    }

    private sealed class CrashException : Exception;
}
