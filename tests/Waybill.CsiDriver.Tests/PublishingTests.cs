using Grpc.Core;
using Waybill.CsiDriver.Tests.Support;
using Mode = Waybill.Csi.Wire.VolumeCapability.Types.AccessMode.Types.Mode;

namespace Waybill.CsiDriver.Tests;

public sealed class PublishingTests
{
    [SkippableFact]
    public async Task Publish_OfAVolumeThatIsNotStaged_IsRefused()
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Mounted("ext4"));
        _ = volume.StageRequest();

        await Answer.AssertAsync(StatusCode.FailedPrecondition, () => volume.PublishAsync());

        Assert.False(Path.Exists(volume.Target));
        Waybill.Csi.Wire.NodePublishVolumeRequest request = volume.PublishRequest();
        request.VolumeId = "vol-none";
        await Answer.AssertAsync(StatusCode.NotFound, async () => await lab.Driver.Node.NodePublishVolumeAsync(request));
        request = volume.PublishRequest();
        request.StagingTargetPath = "";
        await Answer.AssertAsync(StatusCode.FailedPrecondition, async () => await lab.Driver.Node.NodePublishVolumeAsync(request));
    }

    [SkippableTheory]
    [InlineData((int)Mode.SingleNodeSingleWriter, true)]
    [InlineData((int)Mode.SingleNodeWriter, true)]
    [InlineData((int)Mode.SingleNodeMultiWriter, false)]
    public async Task Publish_AtASecondPath_IsAllowedByTheAccessModeOrRefused(int mode, bool isExclusive)
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        foreach (bool isBlock in (bool[])[false, true])
        {
            TestVolume volume = await TestVolume.CreateAsync(
                lab, isBlock ? "b" : "f", isBlock ? TestVolume.Block((Mode)mode) : TestVolume.Mounted("ext4", (Mode)mode));
            string second = volume.GetTarget("second");
            await volume.UpAsync();
            if (isExclusive)
            {
                await Answer.AssertAsync(StatusCode.FailedPrecondition, () => volume.PublishAsync(second));
                Assert.False(Path.Exists(second));
                await volume.UnpublishAsync();
            }

            await volume.PublishAsync(second);
            await volume.UnpublishAsync(second);
            await volume.DownAsync();
        }
    }

    [SkippableFact]
    public async Task Publish_AtOnePathInAnotherWay_IsIncompatible()
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Mounted("ext4"));
        await volume.UpAsync();

        await Answer.AssertAsync(StatusCode.AlreadyExists, () => volume.PublishAsync(isReadOnly: true));

        TestVolume other = await TestVolume.CreateAsync(lab, "w", TestVolume.Mounted("ext4"));
        await other.StageAsync();
        await Answer.AssertAsync(StatusCode.AlreadyExists, () => other.PublishAsync(volume.Target));
        await Answer.AssertAsync(StatusCode.FailedPrecondition, () => other.UnpublishAsync(volume.Target));
        volume.Write("file", "still mine");
        await other.UnstageAsync();
        await volume.DownAsync();
    }

    [SkippableFact]
    public async Task Publish_ForReading_LetsNobodyWriteByThatPathOnly()
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Mounted("ext4"));
        string reading = volume.GetTarget("reading");
        await volume.UpAsync();
        volume.Write("file", "seen");

        await volume.PublishAsync(reading, isReadOnly: true);
        await volume.PublishAsync(reading, isReadOnly: true);

        Assert.Equal("seen", await File.ReadAllTextAsync(Path.Combine(reading, "file")));
        Assert.Throws<IOException>(() => File.WriteAllText(Path.Combine(reading, "file"), "no"));
        volume.Write("file", "yes");
        await volume.UnpublishAsync(reading);
        await volume.DownAsync();
    }

    [SkippableFact]
    public async Task Publish_OfABlockVolume_ShowsItsDeviceFile()
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Block());
        await volume.StageAsync();
        await volume.StageAsync();
        await volume.PublishAsync();
        await volume.PublishAsync();

        byte[] data = [.. Enumerable.Range(0, 8192).Select(i => (byte)i)];
        using (var device = new FileStream(volume.Target, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            device.Position = 1 << 20;
            device.Write(data);
            device.Flush(flushToDisk: true);
        }

        await volume.DownAsync();
        Assert.False(Path.Exists(volume.Target));
        Assert.Equal(data, (await File.ReadAllBytesAsync(volume.Image))[(1 << 20)..((1 << 20) + 8192)]);
        await volume.DeleteAsync();
        lab.AssertNothingLeft();
    }

    [SkippableFact]
    public async Task Publish_OfABlockVolumeForReading_MakesTheDeviceRefuseWritesUntilItIsPublishedOtherwise()
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Block());
        await volume.StageAsync();
        await volume.PublishAsync(isReadOnly: true);
        await volume.PublishAsync(isReadOnly: true);

        Assert.ThrowsAny<Exception>(() => FormattingTests.WriteAt(volume.Target, 0, [1]));
        await Answer.AssertAsync(StatusCode.AlreadyExists, () => volume.PublishAsync());
        await Answer.AssertAsync(StatusCode.FailedPrecondition, () => volume.PublishAsync(volume.GetTarget("second")));

        await volume.UnpublishAsync();
        await volume.PublishAsync();
        FormattingTests.WriteAt(volume.Target, 0, [1]);
        await volume.DownAsync();
    }

    [SkippableFact]
    public async Task Publish_WhereALinkIs_IsRefusedAndTouchesNothingBehindIt()
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Mounted("ext4"));
        string victim = lab.MakeDirectory("victim");
        File.CreateSymbolicLink(volume.Target, victim);
        await volume.StageAsync();

        await Answer.AssertAsync(StatusCode.InvalidArgument, () => volume.PublishAsync());
        await Answer.AssertAsync(StatusCode.InvalidArgument, () => volume.UnpublishAsync());

        Assert.Single(lab.ListMounts());
        Assert.True(Directory.Exists(victim));
        await volume.UnstageAsync();
    }

    [SkippableTheory]
    [InlineData("")]
    [InlineData("relative/path")]
    [InlineData("/")]
    [InlineData("/tmp/../etc")]
    [InlineData("/tmp/./x")]
    public async Task Publish_AtAPathThatCannotBeOne_IsInvalid(string path)
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Mounted("ext4"));
        Waybill.Csi.Wire.NodePublishVolumeRequest request = volume.PublishRequest();
        request.TargetPath = path;

        await Answer.AssertAsync(StatusCode.InvalidArgument, async () => await lab.Driver.Node.NodePublishVolumeAsync(request));
        await Answer.AssertAsync(StatusCode.InvalidArgument, () => volume.UnpublishAsync(path));
    }

    [SkippableFact]
    public async Task Unpublish_WhereSomethingElseIs_RemovesNothing()
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Mounted("ext4"));
        string directory = lab.MakeDirectory("full");
        string file = Path.Combine(directory, "file");
        await File.WriteAllTextAsync(file, "mine");

        await Answer.AssertAsync(StatusCode.FailedPrecondition, () => volume.UnpublishAsync(directory));
        await Answer.AssertAsync(StatusCode.FailedPrecondition, () => volume.UnpublishAsync(file));

        Assert.Equal("mine", await File.ReadAllTextAsync(file));
    }

    [SkippableFact]
    public async Task Unpublish_WhileAFileIsOpen_IsRefusedAndCanBeRepeated()
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Mounted("ext4"));
        await volume.UpAsync();
        await using (new FileStream(Path.Combine(volume.Target, "open"), FileMode.Create))
        {
            await Answer.AssertAsync(StatusCode.FailedPrecondition, () => volume.UnpublishAsync());
        }

        await volume.DownAsync();
        await volume.DeleteAsync();
        lab.AssertNothingLeft();
    }

    [SkippableFact]
    public async Task Calls_ForOneVolumeAtTheSameTime_LeaveItAsOneOfThemWould()
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Mounted("ext4"));

        StatusCode[] staged = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => TryAsync(volume.StageAsync)));
        StatusCode[] published = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => TryAsync(() => volume.PublishAsync())));

        Assert.Contains(StatusCode.OK, staged);
        Assert.Contains(StatusCode.OK, published);
        Assert.All([.. staged, .. published], status => Assert.Contains(status, (StatusCode[])[StatusCode.OK, StatusCode.Aborted]));
        Assert.Equal(2, lab.ListMounts().Count);
        Assert.Single(lab.ListLoops());
        StatusCode[] taken = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => TryAsync(() => volume.UnpublishAsync())));
        Assert.All(taken, status => Assert.Contains(status, (StatusCode[])[StatusCode.OK, StatusCode.Aborted]));
        await volume.UnstageAsync();
        await volume.DeleteAsync();
        lab.AssertNothingLeft();
    }

    private static async Task<StatusCode> TryAsync(Func<Task> call)
    {
        try
        {
            await call();
            return StatusCode.OK;
        }
        catch (RpcException e)
        {
            return e.StatusCode;
        }
    }
}
