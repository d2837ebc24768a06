using System.Globalization;
using Grpc.Core;
using Waybill.Csi.Wire;
using Waybill.CsiDriver.Tests.Support;

namespace Waybill.CsiDriver.Tests;

public sealed class GroupTests
{
    [SkippableTheory]
    [InlineData("ext4")]
    [InlineData("xfs")]
    [InlineData("btrfs")]
    public async Task Group_OfPublishedVolumes_HasEveryWriteThatWasAcknowledgedBeforeALaterOne(string fileSystem)
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume first = await TestVolume.CreateAsync(lab, "first", TestVolume.Mounted(fileSystem));
        TestVolume second = await TestVolume.CreateAsync(lab, "second", TestVolume.Mounted(fileSystem));
        await first.UpAsync();
        await second.UpAsync();
        first.Overwrite("count", Text(0));
        second.Overwrite("count", Text(0));
        var groups = new List<VolumeGroupSnapshot>();
        using var stop = new CancellationTokenSource();
        Task<int> writing = Task.Run(() => CountAsync(first, second, stop.Token));
        try
        {
            for (int i = 0; i < 3; i++)
            {
                groups.Add(await TakeAsync(lab, $"g{i}", first, second));
            }
        }
        finally
        {
            await stop.CancelAsync();
            Assert.True(await writing > 0);
        }

        foreach (VolumeGroupSnapshot group in groups)
        {
            int ahead = await ReadCountAsync(lab, group, first);
            int behind = await ReadCountAsync(lab, group, second);
            Assert.InRange(ahead - behind, 0, 1);
        }

        await first.DownAsync();
        await second.DownAsync();
    }

    [SkippableFact]
    public async Task Group_WithAPublishedBlockVolume_IsRefusedAndLeavesNothingHeldOrMade()
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume mounted = await TestVolume.CreateAsync(lab, "mounted", TestVolume.Mounted("ext4"));
        TestVolume raw = await TestVolume.CreateAsync(lab, "raw", TestVolume.Block());
        await mounted.UpAsync();
        await raw.UpAsync();

        string why = await Answer.AssertAsync(StatusCode.FailedPrecondition, () => TakeAsync(lab, "g", mounted, raw));

        Assert.Contains("nothing can hold back", why, StringComparison.Ordinal);
        mounted.Write("file", "goes on");
        Assert.Empty((await lab.Driver.Controller.ListSnapshotsAsync(new ListSnapshotsRequest())).Entries);
        await raw.DownAsync();

        Assert.Equal(2, (await TakeAsync(lab, "g", mounted, raw)).Snapshots.Count);
        await mounted.DownAsync();
    }

    private static async Task<VolumeGroupSnapshot> TakeAsync(DriverLab lab, string name, params TestVolume[] volumes)
    {
        var request = new CreateVolumeGroupSnapshotRequest { Name = name };
        request.SourceVolumeIds.AddRange(volumes.Select(volume => volume.Id));
        return (await lab.Driver.Groups.CreateVolumeGroupSnapshotAsync(request)).GroupSnapshot;
    }

    private static async Task<int> CountAsync(TestVolume first, TestVolume second, CancellationToken stop)
    {
        int count = 0;
        while (!stop.IsCancellationRequested)
        {
            count++;
            first.Overwrite("count", Text(count));
            second.Overwrite("count", Text(count));
            await Task.Yield();
        }

        return count;
    }

    private static string Text(int count) => count.ToString("D10", CultureInfo.InvariantCulture);

    private static async Task<int> ReadCountAsync(DriverLab lab, VolumeGroupSnapshot group, TestVolume volume)
    {
        string snapshot = group.Snapshots.Single(member => member.SourceVolumeId == volume.Id).SnapshotId;
        TestVolume restored = await TestVolume.CreateAsync(lab, "r-" + snapshot, volume.Capability, source: TestVolume.FromSnapshot(snapshot));
        await restored.UpAsync();
        int count = int.Parse(restored.Read("count"), CultureInfo.InvariantCulture);
        await restored.DownAsync();
        await restored.DeleteAsync();
        return count;
    }
}
