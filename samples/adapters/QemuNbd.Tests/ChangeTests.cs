using Waybill.Providers;

namespace Waybill.Samples.QemuNbd.Tests;

public sealed class ChangeTests
{
    private const int Length = 64 * 1024 * 1024;
    private const int Page = 4096;

    [SkippableTheory]
    [InlineData(Page)]
    [InlineData(64 * 1024)]
    public async Task Diff_AfterManySmallWrites_ReportsEveryUnitWrittenAndNoOther(int granularity)
    {
        await using var lab = new QemuLab(options => options with { Granularity = granularity });
        VolumeId volume = await lab.Provider.AddVolumeAsync("a", Length);
        await lab.WriteAsync(volume, (0, QemuLab.Bytes(Length / 2, 1)));
        SnapshotDescriptor first = await lab.Provider.CreateSnapshotAsync(volume, "first");
        var random = new Random(3);
        int[] pages = [.. Enumerable.Range(0, 200).Select(_ => random.Next(Length / Page)).Distinct()];
        await lab.WriteAsync(volume, [.. pages.Select(page => ((long)page * Page, QemuLab.Bytes(Page, page)))]);
        SnapshotDescriptor second = await lab.Provider.CreateSnapshotAsync(volume, "second");

        List<ChangedRange> changes = await DiffAsync(lab, volume, first, second);

        long[] reported = [.. changes.SelectMany(change => Units(change.Range, granularity))];
        Assert.Equal(pages.Select(page => (long)page * Page / granularity).Distinct().Order(), reported);
    }

    [SkippableFact]
    public async Task Diff_OverSeveralSnapshots_MergesTheirBitmaps_AlsoWhenThoseBetweenAreRemoved()
    {
        await using var lab = new QemuLab();
        VolumeId volume = await lab.Provider.AddVolumeAsync("a", Length);
        List<SnapshotDescriptor> snapshots = [await lab.Provider.CreateSnapshotAsync(volume, "s0")];
        for (int i = 1; i <= 4; i++)
        {
            await lab.WriteAsync(volume, (i * 1024 * 1024, QemuLab.Bytes(Page, i)));
            snapshots.Add(await lab.Provider.CreateSnapshotAsync(volume, $"s{i}"));
        }

        byte[] wanted = await lab.ReadAsync(volume, snapshots[4].Id);
        ByteRange[] expected = [.. Enumerable.Range(1, 4).Select(i => new ByteRange(i * 1024 * 1024, 64 * 1024))];
        Assert.Equal(expected, Joined(await DiffAsync(lab, volume, snapshots[0], snapshots[4])));
        foreach (SnapshotDescriptor gone in snapshots[..4])
        {
            await lab.Provider.DeleteSnapshotAsync(gone.Id);
        }

        Assert.Equal(2, Directory.GetFiles(Path.Combine(lab.Root, "a"), "*.qcow2").Length);
        Assert.Equal(expected, Joined(await DiffAsync(lab, volume, snapshots[0], snapshots[4])));
        Assert.Equal(expected[2..], Joined(await DiffAsync(lab, volume, snapshots[2], snapshots[4])));
        Assert.Equal(wanted, await lab.ReadAsync(volume, snapshots[4].Id));
    }

    [SkippableFact]
    public async Task Diff_OfDiscardedRange_ReportsItAsGivenBack()
    {
        await using var lab = new QemuLab();
        VolumeId volume = await lab.Provider.AddVolumeAsync("a", Length);
        await lab.WriteAsync(volume, (0, QemuLab.Bytes(1024 * 1024, 1)));
        SnapshotDescriptor first = await lab.Provider.CreateSnapshotAsync(volume, "first");
        await using (LiveVolume live = await lab.Provider.ServeAsync(volume))
        {
            await using NbdClient client = await NbdClient.ConnectAsync(live.Socket, live.ExportName);
            await client.TrimAsync(new ByteRange(0, 128 * 1024));
        }

        SnapshotDescriptor second = await lab.Provider.CreateSnapshotAsync(volume, "second");

        ChangedRange change = Assert.Single(await DiffAsync(lab, volume, first, second));
        Assert.Equal(new ByteRange(0, 128 * 1024), change.Range);
        Assert.Equal(ChangedRangeKind.Deallocated, change.Kind);
        Assert.All((await lab.ReadAsync(volume, second.Id))[..(128 * 1024)], one => Assert.Equal(0, one));
    }

    [SkippableFact]
    public async Task Snapshots_WhileTheVolumeIsWritten_HoldWhatWasWrittenBefore_AndChangesMissNothing()
    {
        await using var lab = new QemuLab();
        VolumeId volume = await lab.Provider.AddVolumeAsync("a", Length);
        await using LiveVolume live = await lab.Provider.ServeAsync(volume);
        await using NbdClient client = await NbdClient.ConnectAsync(live.Socket, live.ExportName);
        using var stop = new CancellationTokenSource();
        int written = 0;
        Task writing = Task.Run(async () =>
        {
            var random = new Random(5);
            while (!stop.IsCancellationRequested)
            {
                await client.WriteAsync(random.Next(Length / Page) * (long)Page, QemuLab.Bytes(Page, ++written));
            }
        });
        SnapshotDescriptor[] snapshots =
        [
            await lab.Provider.CreateSnapshotAsync(volume, "s0"),
            await lab.Provider.CreateSnapshotAsync(volume, "s1"),
            await lab.Provider.CreateSnapshotAsync(volume, "s2"),
        ];
        await stop.CancelAsync();
        await writing;

        byte[] before = await lab.ReadAsync(volume, snapshots[0].Id);
        byte[] after = await lab.ReadAsync(volume, snapshots[2].Id);
        HashSet<long> reported = [.. (await DiffAsync(lab, volume, snapshots[0], snapshots[2])).SelectMany(change => Units(change.Range, Page))];

        long[] changed = [.. Enumerable.Range(0, Length / Page).Select(page => (long)page).Where(page => !before.AsSpan((int)page * Page, Page).SequenceEqual(after.AsSpan((int)page * Page, Page)))];
        Assert.NotEmpty(changed);
        Assert.DoesNotContain(changed, page => !reported.Contains(page));
    }

    [SkippableFact]
    public async Task Diff_BitmapRemoved_UsesWhatIsAllocated()
    {
        await using var lab = new QemuLab();
        (VolumeId volume, SnapshotDescriptor first, SnapshotDescriptor second) = await TwoSnapshotsAsync(lab);
        await new QemuTool(["qemu-img"]).RunAsync(["bitmap", "--remove", Path.Combine(lab.Root, "a", "00000002.qcow2"), first.ChangeId!.Value.ToString()], default);

        DiffResult result = await lab.Provider.DiffAsync(volume, first.ChangeId!.Value, second.Id);

        Assert.Contains("missing", Assert.IsType<DiffResult.UseAllocated>(result).Reason, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Diff_ServerWasKilled_UsesWhatIsAllocated_AndKnowsChangesAgainAfterwards()
    {
        await using var lab = new QemuLab();
        VolumeId volume = await lab.Provider.AddVolumeAsync("a", Length);
        SnapshotDescriptor first = await lab.Provider.CreateSnapshotAsync(volume, "first");
        LiveVolume live = await lab.Provider.ServeAsync(volume);
        await using (NbdClient client = await NbdClient.ConnectAsync(live.Socket, live.ExportName))
        {
            await client.WriteAsync(0, QemuLab.Bytes(Page, 1));
            await client.FlushAsync();
        }

        QemuLab.Kill(await live.GetPidAsync());
        await live.DisposeAsync();
        SnapshotDescriptor second = await lab.Provider.CreateSnapshotAsync(volume, "second");
        await lab.WriteAsync(volume, (Page, QemuLab.Bytes(Page, 2)));
        SnapshotDescriptor third = await lab.Provider.CreateSnapshotAsync(volume, "third");

        Assert.Contains("inconsistent", Assert.IsType<DiffResult.UseAllocated>(await lab.Provider.DiffAsync(volume, first.ChangeId!.Value, second.Id)).Reason, StringComparison.Ordinal);
        Assert.IsType<DiffResult.UseAllocated>(await lab.Provider.DiffAsync(volume, first.ChangeId!.Value, third.Id));
        Assert.Equal([new ByteRange(0, 64 * 1024)], Joined(await DiffAsync(lab, volume, second, third)));
        Assert.Equal(QemuLab.Bytes(Page, 1), (await lab.ReadAsync(volume, second.Id))[..Page]);
    }

    [SkippableFact]
    public async Task Diff_BaseOfAnotherVolume_IsFatal()
    {
        await using var lab = new QemuLab();
        (VolumeId volume, _, SnapshotDescriptor second) = await TwoSnapshotsAsync(lab);
        VolumeId other = await lab.Provider.AddVolumeAsync("b", Length);
        SnapshotDescriptor foreign = await lab.Provider.CreateSnapshotAsync(other, "other");

        Assert.IsType<DiffResult.Fatal>(await lab.Provider.DiffAsync(volume, foreign.ChangeId!.Value, second.Id));
    }

    [SkippableFact]
    public async Task Delta_ServerKilledWhileItIsRead_IsTransient()
    {
        await using var lab = new QemuLab();
        (VolumeId volume, SnapshotDescriptor first, SnapshotDescriptor second) = await TwoSnapshotsAsync(lab);
        DiffResult result = await lab.Provider.DiffAsync(volume, first.ChangeId!.Value, second.Id);
        await using var delta = (BitmapDelta)Assert.IsType<DiffResult.Known>(result).Changes;
        Task reading = Task.Run(async () =>
        {
            var content = new byte[Length];
            while (true)
            {
                await delta.Reader.ReadAsync(0, content);
            }
        });

        QemuLab.Kill(await delta.Export!.Process.GetPidAsync());

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(() => reading);
        Assert.True(error.IsTransient);
        error = await Assert.ThrowsAsync<ProviderException>(async () => await delta.ListAsync().CountAsync());
        Assert.True(error.IsTransient);
    }

    [SkippableFact]
    public async Task OpenWrite_WhileTheVolumeIsServed_IsBusy_AlsoForAnotherProcess()
    {
        await using var lab = new QemuLab();
        VolumeId volume = await lab.Provider.AddVolumeAsync("a", Length);
        await using var other = new QemuNbdProvider(lab.Options);
        await using LiveVolume live = await lab.Provider.ServeAsync(volume);

        foreach (QemuNbdProvider provider in (QemuNbdProvider[])[lab.Provider, other])
        {
            ProviderException error = await Assert.ThrowsAsync<ProviderException>(async () => await provider.OpenWriteAsync(volume));
            Assert.Equal(WaybillErrorCode.ProviderBusy, error.Code);
            Assert.True(error.IsTransient);
        }

        Assert.Equal(Length, (await other.CreateSnapshotAsync(volume, "from-outside")).Length);
    }

    [SkippableFact]
    public async Task Reader_AfterACancelledRead_ReadsAgain()
    {
        await using var lab = new QemuLab();
        (VolumeId volume, _, SnapshotDescriptor second) = await TwoSnapshotsAsync(lab);
        await using BlockReader reader = await lab.Provider.OpenReadAsync(new VolumeSource(volume, second.Id));
        for (int i = 0; i < 20; i++)
        {
            using var stop = new CancellationTokenSource();
            Task reading = reader.ReadAsync(0, new byte[Length], stop.Token).AsTask();
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        }

        var content = new byte[Page];
        await reader.ReadAsync(0, content);
        Assert.Equal(QemuLab.Bytes(Page, 1), content);
    }

    private static async Task<(VolumeId Volume, SnapshotDescriptor First, SnapshotDescriptor Second)> TwoSnapshotsAsync(QemuLab lab)
    {
        VolumeId volume = await lab.Provider.AddVolumeAsync("a", Length);
        SnapshotDescriptor first = await lab.Provider.CreateSnapshotAsync(volume, "first");
        await lab.WriteAsync(volume, (0, QemuLab.Bytes(Page, 1)));
        return (volume, first, await lab.Provider.CreateSnapshotAsync(volume, "second"));
    }

    private static async Task<List<ChangedRange>> DiffAsync(QemuLab lab, VolumeId volume, SnapshotDescriptor from, SnapshotDescriptor to)
    {
        DiffResult result = await lab.Provider.DiffAsync(volume, from.ChangeId!.Value, to.Id);
        await using var delta = (RangeDelta)Assert.IsType<DiffResult.Known>(result).Changes;
        return await delta.ListAsync().ToListAsync();
    }

    // Zeros and data next to each other are told apart.
    private static List<ByteRange> Joined(IEnumerable<ChangedRange> changes)
    {
        List<ByteRange> joined = [];
        foreach (ByteRange range in changes.Select(change => change.Range))
        {
            if (joined.Count > 0 && joined[^1].End == range.Offset)
            {
                joined[^1] = ByteRange.FromBounds(joined[^1].Offset, range.End);
            }
            else
            {
                joined.Add(range);
            }
        }

        return joined;
    }

    private static IEnumerable<long> Units(ByteRange range, int unit)
    {
        for (long at = range.Offset / unit; at * unit < range.End; at++)
        {
            yield return at;
        }
    }
}
