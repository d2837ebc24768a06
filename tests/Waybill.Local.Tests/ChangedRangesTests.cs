using Waybill.Local.Tests.Quiescing;
using Waybill.Local.Tests.Support;
using Waybill.Providers;

namespace Waybill.Local.Tests;

/// <summary>No change is ever missed, whatever was done to the volume or to the file system under it.</summary>
public sealed class ChangedRangesTests
{
    private const int Length = 24 * 1024 * 1024 + 4096;

    [SkippableTheory]
    [InlineData("xfs", 1)]
    [InlineData("xfs", 2)]
    [InlineData("btrfs", 3)]
    [InlineData("btrfs", 4)]
    [InlineData("btrfs-zstd", 5)]
    public async Task RandomHistories_ReportEveryChangedByte(string fileSystem, int seed)
    {
        await using PoolDirectory directory = await PoolDirectory.CreateAsync(fileSystem);
        await using LocalProvider provider = await LocalProvider.OpenAsync(new LocalProviderOptions { PoolDirectory = Path.Combine(directory.Path, "pool") });
        VolumeDescriptor volume = await provider.CreateVolumeAsync(new VolumeCreateRequest("data", Length));
        string image = Path.Combine(directory.Path, "pool", "volumes", volume.Id + ".img");
        var random = new Random(seed);
        var points = new List<(SnapshotDescriptor Snapshot, byte[] Content)>();
        for (int step = 0; step < 8; step++)
        {
            using (FileStream file = File.Open(image, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
            {
                for (int edit = 0; edit < 40; edit++)
                {
                    await EditAsync(file, image, random);
                }
            }

            if (step == 3)
            {
                await DisturbAsync(directory, fileSystem, image);
            }

            // Dirty pages: nothing was flushed.
            SnapshotDescriptor snapshot = await provider.CreateSnapshotAsync(volume.Id, $"point-{step}");
            points.Add((snapshot, await ReadAsync(provider, volume.Id, snapshot.Id)));
            Assert.Equal(await File.ReadAllBytesAsync(image), points[^1].Content);
        }

        if (fileSystem != "xfs")
        {
            await QuiesceMachine.TryRunAsync("btrfs", "balance", "start", "--full-balance", directory.Path);
        }

        foreach ((int first, (SnapshotDescriptor older, byte[] before)) in points.Index())
        {
            Assert.Equal(before, await ReadAsync(provider, volume.Id, older.Id));
            await AssertCoversAsync(provider.GetAllocatedAsync(volume.Id, older.Id), new byte[Length], before, $"allocated of {first}");
            foreach ((SnapshotDescriptor newer, byte[] after) in points.Skip(first))
            {
                DiffResult result = await provider.DiffAsync(volume.Id, older.ChangeId!.Value, newer.Id);
                await using Delta delta = Assert.IsType<DiffResult.Known>(result).Changes;
                var ranges = (RangeDelta)delta;
                await AssertCoversAsync(ranges.ListAsync().Select(r => r.Range), before, after, $"{older.Name} to {newer.Name}");
                await foreach (ChangedRange range in ranges.ListAsync().Where(r => r.Kind != ChangedRangeKind.Data))
                {
                    Assert.False(after.AsSpan((int)range.Range.Offset, (int)range.Range.Length).ContainsAnyExcept((byte)0), $"{range} is not zeros");
                }
            }
        }
    }

    [SkippableFact]
    public async Task SmallChanges_AreReportedNarrowly()
    {
        await using PoolDirectory directory = await PoolDirectory.CreateAsync("xfs");
        await using LocalProvider provider = await LocalProvider.OpenAsync(new LocalProviderOptions { PoolDirectory = Path.Combine(directory.Path, "pool") });
        VolumeDescriptor volume = await provider.CreateVolumeAsync(new VolumeCreateRequest("data", Length));
        string image = Path.Combine(directory.Path, "pool", "volumes", volume.Id + ".img");
        var content = new byte[Length];
        new Random(1).NextBytes(content);
        await File.WriteAllBytesAsync(image, content);
        SnapshotDescriptor before = await provider.CreateSnapshotAsync(volume.Id, "before");
        using (FileStream file = File.Open(image, FileMode.Open, FileAccess.ReadWrite))
        {
            file.Position = 5_000_000;
            file.Write(new byte[100]);
        }

        SnapshotDescriptor after = await provider.CreateSnapshotAsync(volume.Id, "after");
        DiffResult result = await provider.DiffAsync(volume.Id, before.ChangeId!.Value, after.Id);

        await using Delta delta = Assert.IsType<DiffResult.Known>(result).Changes;
        List<ChangedRange> ranges = await ((RangeDelta)delta).ListAsync().ToListAsync();
        Assert.InRange(ranges.Sum(r => r.Range.Length), 100, 128 * 1024);
    }

    private static async Task EditAsync(FileStream file, string image, Random random)
    {
        long offset = random.NextInt64(Length - 1);
        int length = (int)Math.Min(Length - offset, random.Next(4) == 0 ? random.Next(1, 600_000) : random.Next(1, 9_000));
        switch (random.Next(8))
        {
            case 0:
                file.Flush();
                await QuiesceMachine.RunAsync("fallocate", "--punch-hole", "--offset", $"{offset}", "--length", $"{length}", image);
                break;
            case 1:
                file.Flush();
                await QuiesceMachine.RunAsync("fallocate", "--zero-range", "--keep-size", "--offset", $"{offset}", "--length", $"{length}", image);
                break;
            case 2:
                file.Position = offset;
                file.Write(new byte[length]);
                break;
            case 3:
                // The same bytes again.
                var same = new byte[length];
                file.Position = offset;
                file.ReadExactly(same);
                file.Position = offset;
                file.Write(same);
                break;
            default:
                var data = new byte[length];
                random.NextBytes(data);
                file.Position = offset;
                file.Write(data);
                break;
        }

        file.Flush();
    }

    private static async Task DisturbAsync(PoolDirectory directory, string fileSystem, string image)
    {
        if (fileSystem == "xfs")
        {
            await QuiesceMachine.TryRunAsync("xfs_fsr", image);
        }
        else
        {
            await QuiesceMachine.TryRunAsync("btrfs", "filesystem", "defragment", image);
            await QuiesceMachine.TryRunAsync("btrfs", "filesystem", "sync", directory.Path);
        }
    }

    private static async Task<byte[]> ReadAsync(LocalProvider provider, VolumeId volume, SnapshotId snapshot)
    {
        await using BlockReader reader = await provider.OpenReadAsync(new VolumeSource(volume, snapshot));
        var content = new byte[reader.Length];
        Assert.Equal(content.Length, await reader.ReadAsync(0, content));
        return content;
    }

    private static async Task AssertCoversAsync(IAsyncEnumerable<ByteRange> ranges, byte[] before, byte[] after, string what)
    {
        long position = 0;
        await foreach (ByteRange range in ranges)
        {
            Assert.True(range.Offset >= position && range.Length > 0 && range.End <= Length, $"{what}: {range} after {position}");
            AssertSame(before, after, position, range.Offset, what);
            position = range.End;
        }

        AssertSame(before, after, position, Length, what);
    }

    private static void AssertSame(byte[] before, byte[] after, long start, long end, string what)
    {
        ReadOnlySpan<byte> old = before.AsSpan((int)start, (int)(end - start));
        int same = old.CommonPrefixLength(after.AsSpan((int)start, (int)(end - start)));
        Assert.True(same == old.Length, $"{what}: the change at {start + same} was missed");
    }
}
