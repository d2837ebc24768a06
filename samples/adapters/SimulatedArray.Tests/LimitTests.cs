using Waybill.Providers;

// Memory is measured here: nothing else may use any meanwhile.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Waybill.Samples.SimulatedArray.Tests;

public sealed class LimitTests
{
    [Fact]
    public async Task Journal_UnderManyWrites_StaysAsLargeAsItMay()
    {
        const int Capacity = 1000;
        const int Writes = 200_000;
        using var lab = new ArrayLab(new ArrayOptions { JournalCapacity = Capacity });
        VolumeId volume = await lab.AddVolumeAsync("data", 1024 * 1024 * 1024);
        await using BlockWriter writer = await lab.Array.OpenWriteAsync(volume);
        await writer.WriteAsync(0, new byte[1]);
        long before = GC.GetTotalMemory(forceFullCollection: true);

        for (int i = 0; i < Writes; i++)
        {
            await writer.WriteAsync(i % 10 * 4096, new byte[1]);
        }

        long grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.Equal(Capacity, lab.Array.CountRecords(volume));
        Assert.True(grown < 1024 * 1024, $"{Writes} writes left {grown} bytes.");
    }

    [Fact]
    public async Task Delta_OfScatteredWrites_HasNoMoreRangesThanTheJournalHasRecords()
    {
        const int Capacity = 500;
        using var lab = new ArrayLab(new ArrayOptions { JournalCapacity = Capacity });
        VolumeId volume = await lab.AddVolumeAsync("data", 1024L * 1024 * 1024 * 1024);
        SnapshotDescriptor from = await lab.Array.CreateSnapshotAsync(volume, "from");
        await lab.WriteAsync(volume, [.. Enumerable.Range(0, Capacity).Select(i => (i * 2_000_000_000L, new byte[1]))]);
        SnapshotDescriptor target = await lab.Array.CreateSnapshotAsync(volume, "target");

        DiffResult answer = await lab.Array.DiffAsync(volume, from.ChangeId!.Value, target.Id);

        await using Delta delta = Assert.IsType<DiffResult.Known>(answer).Changes;
        int listed = 0;
        await foreach (ChangedRange unused in ((RangeDelta)delta).ListAsync())
        {
            listed++;
        }

        Assert.Equal(Capacity, listed);
    }

    [Fact]
    public async Task Read_WhileTheArrayIsBusyForLong_EndsAsTransient()
    {
        using var lab = new ArrayLab(new ArrayOptions { BusyPatience = TimeSpan.FromSeconds(2) });
        VolumeId volume = await lab.AddVolumeAsync("data", 10_000);
        await using BlockReader reader = await lab.Array.OpenReadAsync(new VolumeSource(volume));
        lab.Array.Faults.Add(ArrayOperation.Read, ArrayFault.Busy, count: 1000);

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(async () => await reader.ReadAsync(0, new byte[10]));

        Assert.Equal(WaybillErrorCode.ProviderBusy, error.Code);
        Assert.True(error.IsTransient);
        Assert.InRange(lab.Clock.Elapsed, TimeSpan.FromSeconds(1.9), TimeSpan.FromSeconds(2.1));
    }

    [Fact]
    public async Task Token_AfterItsTime_OpensNothingUntilListedAgain()
    {
        using var lab = new ArrayLab(new ArrayOptions { Latency = TimeSpan.FromSeconds(20), TokenLifetime = TimeSpan.FromSeconds(50) });
        VolumeId volume = await lab.AddVolumeAsync("data", 100_000);
        SnapshotDescriptor from = await lab.Array.CreateSnapshotAsync(volume, "from");
        await lab.WriteAsync(volume, (0, ArrayLab.Bytes(4096, 1)));
        SnapshotDescriptor target = await lab.Array.CreateSnapshotAsync(volume, "target");
        await using Delta delta = ((DiffResult.Known)await lab.Array.DiffAsync(volume, from.ChangeId!.Value, target.Id)).Changes;
        var list = (RangeDelta)delta;
        await ListAsync(list);
        var content = new byte[4096];
        await list.Reader!.ReadAsync(0, content);
        await list.Reader!.ReadAsync(0, content);

        ProviderException late = await Assert.ThrowsAsync<ProviderException>(async () => await list.Reader!.ReadAsync(0, content));
        await ListAsync(list);
        await list.Reader!.ReadAsync(0, content);
        ProviderException elsewhere = await Assert.ThrowsAsync<ProviderException>(async () => await list.Reader!.ReadAsync(8192, content));

        Assert.Equal(WaybillErrorCode.ChangeListExpired, late.Code);
        Assert.Equal(WaybillErrorCode.ProviderFailed, elsewhere.Code);
        Assert.Equal(ArrayLab.Bytes(4096, 1), content);

        static async Task ListAsync(RangeDelta delta)
        {
            await foreach (ChangedRange unused in delta.ListAsync())
            {
            }
        }
    }
}
