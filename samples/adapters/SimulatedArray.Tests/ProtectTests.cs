using Waybill.Bundles;
using Waybill.Engine;
using Waybill.Providers;

namespace Waybill.Samples.SimulatedArray.Tests;

public sealed class ProtectTests
{
    private const int Length = 8 * 1024 * 1024;

    [Fact]
    public async Task Protect_WithThrottlingAndExpiringTokens_StoresWhatChanged()
    {
        // A token lasts for some reads only, and a window for fewer requests than a list and its reads take.
        using var lab = new ArrayLab(new ArrayOptions
        {
            Latency = TimeSpan.FromMilliseconds(200),
            RequestLimit = 8,
            RequestWindow = TimeSpan.FromSeconds(3),
            TokenLifetime = TimeSpan.FromSeconds(8),
            PageLength = 8,
        });
        VolumeId volume = await lab.AddVolumeAsync("data", Length);
        await lab.WriteAsync(volume, (0, ArrayLab.Bytes(3_000_000, 1)));
        ProtectResult first = await lab.ProtectAsync(("data", volume));
        await lab.WriteAsync(volume, [.. Enumerable.Range(0, 60).Select(i => (i * 100_000L, ArrayLab.Bytes(5_000, i)))]);
        int lists = lab.Array.Faults.CountOf(ArrayOperation.ListPage);

        ProtectResult second = await lab.ProtectAsync(("data", volume));

        Assert.True(first.Volumes[0].IsFull);
        Assert.Equal(CopyStep.Delta, second.Volumes[0].Step);
        Assert.InRange(second.Manifest.Streams[0].DataBytes, 60 * 5_000, 60 * 3 * 4096);
        Assert.Equal(await lab.ReadVolumeAsync(volume), await lab.ReadPointAsync(second.BundleName, "data"));

        // One list to plan, one to copy: whatever is above is there because tokens ran out on the way.
        Assert.True(lab.Array.Faults.CountOf(ArrayOperation.ListPage) - lists > 2 * 8, $"{lab.Array.Faults.CountOf(ArrayOperation.ListPage) - lists} pages were listed.");
        Assert.True(lab.Clock.Elapsed > TimeSpan.FromSeconds(30), $"The array spent {lab.Clock.Elapsed}.");
    }

    [Fact]
    public async Task Protect_WhenTheJournalWasOverrun_ReadsWhatIsAllocatedAndRecordsWhy()
    {
        using var lab = new ArrayLab(new ArrayOptions { JournalCapacity = 10 });
        VolumeId volume = await lab.AddVolumeAsync("data", Length);
        await lab.WriteAsync(volume, (0, ArrayLab.Bytes(1_000_000, 1)));
        await lab.ProtectAsync(("data", volume));
        await lab.WriteAsync(volume, [.. Enumerable.Range(0, 11).Select(i => (i * 50_000L, ArrayLab.Bytes(100, i)))]);

        ProtectResult result = await lab.ProtectAsync(("data", volume));

        Assert.Equal(CopyStep.Allocated, result.Volumes[0].Step);
        Assert.Contains(result.Volumes[0].Reasons, reason => reason.StartsWith("The journal was overrun", StringComparison.Ordinal));
        StreamInfo stream = result.Manifest.Streams[0];
        Assert.Contains("The journal was overrun", stream.Change.Reason, StringComparison.Ordinal);
        Assert.InRange(stream.DataBytes, 11 * 100, 11 * 2 * 4096);
        Assert.Equal(await lab.ReadVolumeAsync(volume), await lab.ReadPointAsync(result.BundleName, "data"));
    }

    [Fact]
    public async Task Protect_WhenTheJournalJustHolds_UsesIt()
    {
        using var lab = new ArrayLab(new ArrayOptions { JournalCapacity = 10 });
        VolumeId volume = await lab.AddVolumeAsync("data", Length);
        await lab.WriteAsync(volume, (0, ArrayLab.Bytes(1_000_000, 1)));
        await lab.ProtectAsync(("data", volume));
        await lab.WriteAsync(volume, [.. Enumerable.Range(0, 10).Select(i => (i * 50_000L, ArrayLab.Bytes(100, i)))]);

        ProtectResult result = await lab.ProtectAsync(("data", volume));

        Assert.Equal(CopyStep.Delta, result.Volumes[0].Step);
        Assert.Equal(await lab.ReadVolumeAsync(volume), await lab.ReadPointAsync(result.BundleName, "data"));
    }

    [Fact]
    public async Task Protect_WhenAFailoverClosesAllTokens_ListsAgainAndGoesOn()
    {
        using var lab = new ArrayLab();
        VolumeId volume = await lab.AddVolumeAsync("data", Length);
        await lab.WriteAsync(volume, (0, ArrayLab.Bytes(3_000_000, 1)));
        await lab.ProtectAsync(("data", volume));
        await lab.WriteAsync(volume, [.. Enumerable.Range(0, 20).Select(i => (i * 100_000L, ArrayLab.Bytes(5_000, i)))]);
        lab.Array.Faults.Add(ArrayOperation.Read, ArrayFault.TokensRevoked, nth: 7);

        ProtectResult result = await lab.ProtectAsync(("data", volume));

        Assert.Equal(CopyStep.Delta, result.Volumes[0].Step);
        Assert.Equal(await lab.ReadVolumeAsync(volume), await lab.ReadPointAsync(result.BundleName, "data"));
    }

    [Fact]
    public async Task Protect_WhenAQuestionIsThrottled_WaitsAndStillGetsTheChanges()
    {
        using var lab = new ArrayLab();
        VolumeId volume = await lab.AddVolumeAsync("data", Length);
        await lab.WriteAsync(volume, (0, ArrayLab.Bytes(100_000, 1)));
        await lab.ProtectAsync(("data", volume));
        await lab.WriteAsync(volume, (50_000, ArrayLab.Bytes(100, 2)));
        lab.Array.Faults.Add(ArrayOperation.Diff, ArrayFault.Busy, count: 3);
        int asked = lab.Array.Faults.CountOf(ArrayOperation.Diff);

        ProtectResult result = await lab.ProtectAsync(("data", volume));

        Assert.Equal(CopyStep.Delta, result.Volumes[0].Step);
        Assert.Equal(4, lab.Array.Faults.CountOf(ArrayOperation.Diff) - asked);
    }

    [Fact]
    public async Task Protect_WhenTheConnectionIsLost_FailsAsTransientAndTheNextRunMakesThePoint()
    {
        using var lab = new ArrayLab();
        VolumeId volume = await lab.AddVolumeAsync("data", Length);
        await lab.WriteAsync(volume, (0, ArrayLab.Bytes(Length, 1)));
        lab.Array.Faults.Add(ArrayOperation.Read, ArrayFault.Disconnected, nth: 5);

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(() => lab.ProtectAsync(("data", volume)));
        ProtectResult result = await lab.ProtectAsync(("data", volume));

        Assert.True(error.IsTransient);
        Assert.Equal(await lab.ReadVolumeAsync(volume), await lab.ReadPointAsync(result.BundleName, "data"));
    }

    [Fact]
    public async Task Protect_OfTwoVolumes_IsOneGroupInTheOrderOfWrites()
    {
        using var lab = new ArrayLab();
        VolumeId data = await lab.AddVolumeAsync("data", Length);
        VolumeId log = await lab.AddVolumeAsync("log", Length);
        await lab.WriteAsync(data, (0, ArrayLab.Bytes(10_000, 1)));
        await lab.WriteAsync(log, (0, ArrayLab.Bytes(10_000, 2)));

        ProtectResult result = await lab.ProtectAsync(("data", data), ("log", log));

        Assert.True(result.Evidence.WriteOrderFidelity, result.WhyNotMoreConsistent);
        Assert.Equal(1, lab.Array.Faults.CountOf(ArrayOperation.Group) - 1);
    }
}
