using Grpc.Core;
using Waybill.Csi.Wire;
using Waybill.CsiDriver.Tests.Support;
using Mode = Waybill.Csi.Wire.VolumeCapability.Types.AccessMode.Types.Mode;
using Unit = Waybill.Csi.Wire.VolumeUsage.Types.Unit;

namespace Waybill.CsiDriver.Tests;

public sealed class UsageTests
{
    [SkippableTheory]
    [InlineData("ext4")]
    [InlineData("xfs")]
    [InlineData("btrfs")]
    public async Task Stats_OfAFileSystem_AreWhatTheKernelSays(string fileSystem)
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Mounted(fileSystem));
        await volume.UpAsync();

        NodeGetVolumeStatsResponse published = await volume.GetStatsAsync();
        NodeGetVolumeStatsResponse staged = await volume.GetStatsAsync(volume.Staging);

        Assert.Equal(published, staged);
        VolumeUsage bytes = published.Usage.Single(usage => usage.Unit == Unit.Bytes);
        string[] df = (await Machine.RunAsync("df", "--block-size=1", "--output=size,used,avail", volume.Target)).Split('\n')[1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(string.Join(' ', df), $"{bytes.Total} {bytes.Used} {bytes.Available}");
        Assert.Equal(fileSystem != "btrfs", published.Usage.Any(usage => usage.Unit == Unit.Inodes && usage.Total > 0 && usage.Used + usage.Available == usage.Total));
        await volume.DownAsync();
    }

    [SkippableFact]
    public async Task Stats_OfABlockVolume_AreItsSize()
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Block(), 80);
        await volume.UpAsync();

        VolumeUsage usage = Assert.Single((await volume.GetStatsAsync()).Usage);

        Assert.Equal((Unit.Bytes, 80L << 20), (usage.Unit, usage.Total));
        await volume.DownAsync();
    }

    [SkippableFact]
    public async Task Stats_WhereTheVolumeIsNot_AreNotFound()
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Mounted("ext4"));
        await Answer.AssertAsync(StatusCode.NotFound, () => volume.GetStatsAsync());
        await volume.UpAsync();

        await Answer.AssertAsync(StatusCode.NotFound, () => volume.GetStatsAsync("some/path"));
        await Answer.AssertAsync(StatusCode.NotFound, () => volume.GetStatsAsync(lab.Paths));
        await Answer.AssertAsync(StatusCode.NotFound, () => volume.GetStatsAsync(volume.Target + "/lost+found"));
        await Answer.AssertAsync(StatusCode.InvalidArgument, () => volume.GetStatsAsync(""));

        await volume.DownAsync();
    }

    [SkippableTheory]
    [InlineData("ext4")]
    [InlineData("xfs")]
    [InlineData("btrfs")]
    public async Task Expand_OfAPublishedFileSystem_MakesRoomWhileItIsUsed(string fileSystem)
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Mounted(fileSystem), 400);
        await volume.UpAsync();
        volume.Write("file", "kept");
        long before = await GetTotalAsync(volume);
        if (fileSystem == "ext4" && !Machine.GrowsExt)
        {
            string why = await Answer.AssertAsync(StatusCode.FailedPrecondition, () => volume.ExpandAsync(1200));
            Assert.Contains("CAP_SYS_RESOURCE", why, StringComparison.Ordinal);
            Assert.Equal("kept", volume.Read("file"));
            await volume.DownAsync();
            return;
        }

        NodeExpandVolumeResponse response = await volume.ExpandAsync(1200);
        await volume.ExpandAsync(1200);

        Assert.Equal(1200L << 20, response.CapacityBytes);
        Assert.InRange(await GetTotalAsync(volume), before + (780L << 20), 1200L << 20);
        Assert.Equal("kept", volume.Read("file"));
        await volume.DownAsync();
        await volume.UpAsync();
        Assert.Equal("kept", volume.Read("file"));
        await volume.DownAsync();
    }

    [SkippableTheory]
    [InlineData("ext4")]
    [InlineData("xfs")]
    [InlineData("btrfs")]
    public async Task Stage_OfAVolumeThatGrewMeanwhile_GrowsItsFileSystem(string fileSystem)
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Mounted(fileSystem), 400);
        await volume.UpAsync();
        long before = await GetTotalAsync(volume);
        await volume.DownAsync();
        await lab.Driver.Controller.ControllerExpandVolumeAsync(
            new ControllerExpandVolumeRequest { VolumeId = volume.Id, CapacityRange = new CapacityRange { RequiredBytes = 900L << 20 } });
        if (fileSystem == "ext4" && !Machine.GrowsExt)
        {
            await Answer.AssertAsync(StatusCode.FailedPrecondition, volume.StageAsync);
            await volume.UnstageAsync();
            return;
        }

        await volume.UpAsync();

        Assert.InRange(await GetTotalAsync(volume), before + (480L << 20), 900L << 20);
        await volume.DownAsync();
    }

    [SkippableFact]
    public async Task Expand_OfAPublishedBlockVolume_MakesTheDeviceLarger()
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Block(), 64);
        await volume.UpAsync();

        NodeExpandVolumeResponse response = await volume.ExpandAsync(96);

        Assert.Equal(96L << 20, response.CapacityBytes);
        Assert.Equal($"{96L << 20}", await Machine.RunAsync("blockdev", "--getsize64", volume.Target));
        await volume.DownAsync();
    }

    [SkippableFact]
    public async Task Expand_ThatCannotBeDone_IsAnsweredAsSpecified()
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Mounted("ext4"), 64);
        NodeExpandVolumeRequest request = new() { VolumeId = volume.Id, VolumePath = volume.Target, CapacityRange = new CapacityRange { RequiredBytes = 65 << 20 } };
        await AssertAsync(StatusCode.NotFound, request);
        await volume.UpAsync();

        await AssertAsync(StatusCode.OutOfRange, request);
        await AssertAsync(StatusCode.OutOfRange, new NodeExpandVolumeRequest(request) { CapacityRange = new CapacityRange { RequiredBytes = 9, LimitBytes = 8 } });
        await AssertAsync(StatusCode.InvalidArgument, new NodeExpandVolumeRequest(request) { VolumePath = "" });
        await AssertAsync(StatusCode.InvalidArgument, new NodeExpandVolumeRequest(request) { CapacityRange = null, VolumeCapability = TestVolume.Block() });
        await AssertAsync(StatusCode.NotFound, new NodeExpandVolumeRequest(request) { VolumePath = "some/path" });
        await AssertAsync(StatusCode.NotFound, new NodeExpandVolumeRequest(request) { VolumeId = "vol-none" });
        NodeExpandVolumeResponse response = await lab.Driver.Node.NodeExpandVolumeAsync(new NodeExpandVolumeRequest(request) { CapacityRange = null });
        Assert.Equal(64L << 20, response.CapacityBytes);
        await volume.DownAsync();

        volume.Capability = TestVolume.Mounted("ext4", Mode.SingleNodeReaderOnly);
        await volume.UpAsync();
        await AssertAsync(StatusCode.FailedPrecondition, new NodeExpandVolumeRequest(request) { CapacityRange = null });
        await volume.DownAsync();

        Task AssertAsync(StatusCode expected, NodeExpandVolumeRequest call) => Answer.AssertAsync(expected, async () => await lab.Driver.Node.NodeExpandVolumeAsync(call));
    }

    [SkippableTheory]
    [InlineData("ext4", "xfs")]
    [InlineData("xfs", "xfs")]
    [InlineData("ext4", "btrfs")]
    public async Task Removal_OfAFile_GivesItsSpaceBackToThePool(string fileSystem, string poolFileSystem)
    {
        await using DriverLab lab = await DriverLab.CreateAsync(poolFileSystem);
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Mounted(fileSystem), 400);
        await volume.UpAsync();
        await WriteLargeAsync(volume);
        Assert.InRange(await FormattingTests.AllocatedAsync(volume.Image), 150L << 20, 400L << 20);

        File.Delete(Path.Combine(volume.Target, "large"));
        await volume.DownAsync();

        Assert.InRange(await FormattingTests.AllocatedAsync(volume.Image), 0, 100L << 20);
        await volume.DeleteAsync();
    }

    [SkippableTheory]
    [InlineData("ext4")]
    [InlineData("btrfs")]
    public async Task Trim_OfAVolumeMountedWithoutDiscard_GivesSpaceBackToThePool(string fileSystem)
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Mounted(fileSystem, Mode.SingleNodeWriter, "nodiscard"), 400);
        await volume.UpAsync();
        await WriteLargeAsync(volume);
        File.Delete(Path.Combine(volume.Target, "large"));
        await Machine.RunAsync("sync", "-f", volume.Target);
        Assert.InRange(await FormattingTests.AllocatedAsync(volume.Image), 150L << 20, 400L << 20);

        await Machine.RunAsync("fstrim", volume.Target);

        Assert.InRange(await FormattingTests.AllocatedAsync(volume.Image), 0, 100L << 20);
        await volume.DownAsync();
    }

    private static async Task WriteLargeAsync(TestVolume volume)
    {
        byte[] data = new byte[1 << 20];
        new Random(1).NextBytes(data);
        await using var file = new FileStream(Path.Combine(volume.Target, "large"), FileMode.Create);
        for (int i = 0; i < 160; i++)
        {
            await file.WriteAsync(data);
        }

        file.Flush(flushToDisk: true);
    }

    private static async Task<long> GetTotalAsync(TestVolume volume) => (await volume.GetStatsAsync()).Usage.Single(usage => usage.Unit == Unit.Bytes).Total;
}
