using Waybill.Providers;

namespace Waybill.Testing.Tests;

public sealed class ScriptedProviderTests
{
    private const int Length = 1024 * 1024;

    [Theory]
    [InlineData(ChangeShape.ListAndRead, false, false)]
    [InlineData(ChangeShape.ListAndToken, true, true)]
    [InlineData(ChangeShape.DeltaVolume, true, true)]
    [InlineData(ChangeShape.MapAndRead, true, false)]
    public async Task DiffAsync_ListShapes_SayWhatTheirReaderHolds(ChangeShape shape, bool hasReader, bool holdsListedOnly)
    {
        RangeDelta delta = Assert.IsAssignableFrom<RangeDelta>(await MakeDeltaAsync(new ScriptedProvider(new ScriptedProviderOptions { Shape = shape })));

        Assert.Equal(hasReader, delta.Reader is not null);
        Assert.Equal(holdsListedOnly, delta.ReaderHoldsListedOnly);
    }

    [Fact]
    public async Task ReadAsync_DeltaVolumeOutsideListedRanges_Throws()
    {
        RangeDelta delta = (RangeDelta)await MakeDeltaAsync(new ScriptedProvider(new ScriptedProviderOptions { Shape = ChangeShape.DeltaVolume }));

        await Assert.ThrowsAsync<ProviderException>(async () => await delta.Reader!.ReadAsync(0, new byte[10]));
        Assert.Equal(10, await delta.Reader!.ReadAsync(500_000, new byte[10]));
    }

    [Fact]
    public async Task ReadAsync_TokensAfterTheirTime_AreExpired_UntilListedAgain()
    {
        ManualTimeProvider clock = new();
        ScriptedProvider provider = new(new ScriptedProviderOptions
        {
            Shape = ChangeShape.ListAndToken,
            TimeProvider = clock,
            ListLifetime = TimeSpan.FromMinutes(1),
        });
        RangeDelta delta = (RangeDelta)await MakeDeltaAsync(provider);
        await delta.ListAsync().ToArrayAsync();
        Assert.Equal(10, await delta.Reader!.ReadAsync(500_000, new byte[10]));

        clock.Advance(TimeSpan.FromMinutes(2));

        ProviderException expired = await Assert.ThrowsAsync<ProviderException>(async () => await delta.Reader!.ReadAsync(500_000, new byte[10]));
        Assert.Equal(WaybillErrorCode.ChangeListExpired, expired.Code);
        await delta.ListAsync(500_000).ToArrayAsync();
        Assert.Equal(10, await delta.Reader!.ReadAsync(500_000, new byte[10]));
    }

    [Fact]
    public async Task ReadAsync_TokensAfterAnotherList_AreExpired()
    {
        RangeDelta delta = (RangeDelta)await MakeDeltaAsync(new ScriptedProvider(new ScriptedProviderOptions { Shape = ChangeShape.ListAndToken }));
        await delta.ListAsync().ToArrayAsync();

        await delta.ListAsync(600_000).ToArrayAsync();

        ProviderException expired = await Assert.ThrowsAsync<ProviderException>(async () => await delta.Reader!.ReadAsync(500_000, new byte[10]));
        Assert.Equal(WaybillErrorCode.ChangeListExpired, expired.Code);
    }

    [Theory]
    [InlineData(ChangeShape.ListAndRead)]
    [InlineData(ChangeShape.Stream)]
    public async Task DeliverChange_Failed_CutsTheDeltaWithAnError(ChangeShape shape)
    {
        ScriptedProvider provider = new(new ScriptedProviderOptions { Shape = shape });
        Delta delta = await MakeDeltaAsync(provider);
        provider.Faults.Fail(ScriptedCall.DeliverChange, nth: 2, transient: true);
        int delivered = 0;

        ProviderException failure = await Assert.ThrowsAsync<ProviderException>(async () =>
        {
            await foreach (ChangedRange unused in DeltaCollector.Enumerate(delta, CancellationToken.None))
            {
                delivered++;
            }
        });

        Assert.True(failure.IsTransient);
        Assert.Equal(1, delivered);
    }

    [Fact]
    public async Task AnswerDiff_Planned_IsGivenOnce()
    {
        ScriptedProvider provider = new();
        DiffResult.RetryLater later = new(TimeSpan.FromSeconds(3), "Busy.");
        provider.Faults.AnswerDiff(later);
        (VolumeId volume, SnapshotDescriptor from, SnapshotDescriptor target) = await MakeSnapshotsAsync(provider);

        Assert.Same(later, await provider.DiffAsync(volume, from.ChangeId!.Value, target.Id));
        Assert.IsType<DiffResult.Known>(await provider.DiffAsync(volume, from.ChangeId!.Value, target.Id));
    }

    [Fact]
    public async Task Fail_NthCall_FailsAsOftenAsAskedFor()
    {
        ScriptedProvider provider = new();
        provider.Faults.Fail(ScriptedCall.FindVolume, nth: 2, count: 2, code: WaybillErrorCode.ProviderBusy, transient: true);
        List<bool> failed = [];
        for (int i = 0; i < 4; i++)
        {
            failed.Add(await Record.ExceptionAsync(async () => await provider.FindVolumeAsync(new VolumeId("v"))) is ProviderException { IsTransient: true });
        }

        Assert.Equal([false, true, true, false], failed);
        Assert.Equal(4, provider.Faults.CountOf(ScriptedCall.FindVolume));
    }

    [Fact]
    public async Task LoseTracking_EarlierBase_IsAnsweredWithTheAllocatedList()
    {
        ScriptedProvider provider = new();
        (VolumeId volume, SnapshotDescriptor from, SnapshotDescriptor target) = await MakeSnapshotsAsync(provider);

        provider.LoseTracking(volume);

        Assert.IsType<DiffResult.UseAllocated>(await provider.DiffAsync(volume, from.ChangeId!.Value, target.Id));
    }

    [Fact]
    public async Task OpenWriteAsync_WhileWritten_IsBusy()
    {
        ScriptedProvider provider = new();
        VolumeId volume = provider.AddVolume("v", Length);
        BlockWriter first = await provider.OpenWriteAsync(volume);

        ProviderException busy = await Assert.ThrowsAsync<ProviderException>(async () => await provider.OpenWriteAsync(volume));

        Assert.Equal((WaybillErrorCode.ProviderBusy, true), (busy.Code, busy.IsTransient));
        await first.DisposeAsync();
        await (await provider.OpenWriteAsync(volume)).DisposeAsync();
    }

    [Fact]
    public async Task Tree_RestoredFromItsSnapshot_HoldsTheSame_AndChangesAreKnown()
    {
        ScriptedProvider provider = new();
        VolumeId volume = provider.AddVolume("files", kind: VolumeKind.FileTree);
        ModelTree tree = provider.GetTree(volume);
        tree.WriteFile("a/b", [1, 2, 3]);
        tree.WriteFile("c", []);
        SnapshotDescriptor from = await provider.CreateSnapshotAsync(volume, "one");
        tree.WriteFile("a/b", [4]);
        tree.Remove("c");
        tree.WriteFile("d", [5]);
        SnapshotDescriptor target = await provider.CreateSnapshotAsync(volume, "two");

        ChangedFile[] changes = await provider.GetChangedFilesAsync(volume, from.ChangeId!.Value, target.Id).ToArrayAsync();
        VolumeId restored = provider.AddVolume("restored", kind: VolumeKind.FileTree);
        await CopyAsync(provider, new VolumeSource(volume, from.Id), restored);

        Assert.Equal(
            [
                new ChangedFile(FilePath.FromText("a/b"), ChangedFileKind.Changed),
                new ChangedFile(FilePath.FromText("c"), ChangedFileKind.Removed),
                new ChangedFile(FilePath.FromText("d"), ChangedFileKind.Added),
            ],
            changes);
        Assert.Equal(["Directory .", "Directory a", "Regular a/b", "Regular c"], provider.GetTree(restored).Current.Entries.Select(entry => entry.ToString()));
        Assert.Equal([1, 2, 3], provider.GetTree(restored).Current.Read(FilePath.FromText("a/b"))!.Value.ToArray());
        Assert.Equal(
            WaybillErrorCode.TargetExists,
            (await Assert.ThrowsAsync<ProviderException>(async () => await provider.OpenTreeTargetAsync(restored))).Code);
    }

    private static async Task CopyAsync(ScriptedProvider provider, VolumeSource from, VolumeId to)
    {
        await using FileTreeSource source = await provider.OpenTreeAsync(from);
        await using FileTreeTarget target = await provider.OpenTreeTargetAsync(to);
        await foreach (FileTreeEntry entry in source.ListAsync())
        {
            if (await target.BeginAsync(entry))
            {
                await using FileContent content = await source.OpenAsync(entry);
                byte[] bytes = new byte[entry.Size];
                await content.ReadAsync(0, bytes);
                await target.WriteAsync(0, bytes);
            }
        }

        await target.CompleteAsync();
    }

    private static async Task<Delta> MakeDeltaAsync(ScriptedProvider provider)
    {
        (VolumeId volume, SnapshotDescriptor from, SnapshotDescriptor target) = await MakeSnapshotsAsync(provider);
        return Assert.IsType<DiffResult.Known>(await provider.DiffAsync(volume, from.ChangeId!.Value, target.Id)).Changes;
    }

    private static async Task<(VolumeId Volume, SnapshotDescriptor From, SnapshotDescriptor Target)> MakeSnapshotsAsync(ScriptedProvider provider)
    {
        VolumeId volume = provider.AddVolume("volume", Length);
        ModelDisk disk = provider.GetDisk(volume);
        SnapshotDescriptor from = await provider.CreateSnapshotAsync(volume, "from");
        foreach (long offset in (long[])[500_000, 700_000, 900_000])
        {
            disk.Write(offset, new byte[1_000]);
        }

        return (volume, from, await provider.CreateSnapshotAsync(volume, "target"));
    }
}
