using Grpc.Core;
using Waybill.Csi.Wire;
using Waybill.CsiDriver.Tests.Support;
using Mode = Waybill.Csi.Wire.VolumeCapability.Types.AccessMode.Types.Mode;

namespace Waybill.CsiDriver.Tests;

public sealed class StagingTests
{
    [SkippableTheory]
    [InlineData("ext4", "xfs")]
    [InlineData("xfs", "xfs")]
    [InlineData("btrfs", "xfs")]
    [InlineData("ext4", "btrfs")]
    [InlineData("btrfs", "btrfs")]
    public async Task Volume_StagedPublishedAndTakenAway_KeepsItsDataAndLeavesNothing(string fileSystem, string poolFileSystem)
    {
        await using DriverLab lab = await DriverLab.CreateAsync(poolFileSystem);
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Mounted(fileSystem));

        for (int round = 0; round < 2; round++)
        {
            await volume.StageAsync();
            await volume.StageAsync();
            await volume.PublishAsync();
            await volume.PublishAsync();
            if (round == 0)
            {
                volume.Write("file", "kept");
            }

            Assert.Equal("kept", volume.Read("file"));
            Assert.Contains($" - {fileSystem} ", MountInfo(volume.Target), StringComparison.Ordinal);

            await volume.UnpublishAsync();
            await volume.UnpublishAsync();
            Assert.False(Path.Exists(volume.Target));
            await volume.UnstageAsync();
            await volume.UnstageAsync();
            Assert.Empty(lab.ListMounts());
            Assert.Empty(lab.ListLoops());
        }

        await volume.DeleteAsync();
        lab.AssertNothingLeft();
    }

    [SkippableFact]
    public async Task Stage_OfAVolumeThatDoesNotExist_IsNotFound()
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        NodeStageVolumeRequest request = new() { VolumeId = "vol-none", StagingTargetPath = lab.MakeDirectory("s"), VolumeCapability = TestVolume.Mounted("ext4") };

        await Answer.AssertAsync(StatusCode.NotFound, async () => await lab.Driver.Node.NodeStageVolumeAsync(request));

        await lab.Driver.Node.NodeUnstageVolumeAsync(new NodeUnstageVolumeRequest { VolumeId = "vol-none", StagingTargetPath = request.StagingTargetPath });
        await lab.Driver.Node.NodeUnpublishVolumeAsync(new NodeUnpublishVolumeRequest { VolumeId = "vol-none", TargetPath = Path.Combine(lab.Paths, "none") });
    }

    [SkippableFact]
    public async Task Stage_InAnotherWayThanBefore_IsRefusedAsIncompatible()
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Mounted("ext4"));
        await volume.StageAsync();
        foreach (VolumeCapability other in (VolumeCapability[])
            [TestVolume.Mounted("xfs"), TestVolume.Mounted("ext4", Mode.SingleNodeReaderOnly), TestVolume.Mounted("ext4", Mode.SingleNodeWriter, "noexec"), TestVolume.Block()])
        {
            volume.Capability = other;
            await Answer.AssertAsync(StatusCode.AlreadyExists, volume.StageAsync);
        }

        volume.Capability = TestVolume.Mounted("");
        await volume.StageAsync();
        await volume.UnstageAsync();
    }

    [SkippableFact]
    public async Task Stage_WithMountFlags_MountsWithThemFromTheBeginning()
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Mounted("ext4", Mode.SingleNodeWriter, "noatime", "nosuid", "commit=17"));

        await volume.UpAsync();

        Assert.Contains("nosuid", MountInfo(volume.Target), StringComparison.Ordinal);
        Assert.Contains("noatime", MountInfo(volume.Target), StringComparison.Ordinal);
        Assert.Contains("commit=17", MountInfo(volume.Target), StringComparison.Ordinal);
        await volume.DownAsync();
    }

    [SkippableTheory]
    [InlineData("nosuchflag")]
    [InlineData("bind")]
    [InlineData("loop=/dev/loop0")]
    public async Task Stage_WithAFlagThatIsNone_IsInvalid(string flag)
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Mounted("ext4"));
        volume.Capability = TestVolume.Mounted("ext4", Mode.SingleNodeWriter, flag);

        await Answer.AssertAsync(StatusCode.InvalidArgument, volume.StageAsync);

        await volume.UnstageAsync();
        await volume.DeleteAsync();
        lab.AssertNothingLeft();
    }

    [SkippableFact]
    public async Task Stage_OfABlockVolume_HasDirectInputAndOutputAndPassesDiscardsOn()
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Block());

        await volume.StageAsync();

        string queue = "/sys/block/" + Path.GetFileName(Assert.Single(lab.ListLoops()));
        Assert.Equal("1", File.ReadAllText(queue + "/loop/dio").Trim());
        Assert.NotEqual("0", File.ReadAllText(queue + "/queue/discard_max_bytes").Trim());
        await volume.UnstageAsync();
    }

    [SkippableFact]
    public async Task Unstage_OfAVolumeThatIsStillPublished_IsRefused()
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Mounted("ext4"));
        await volume.UpAsync();

        await Answer.AssertAsync(StatusCode.FailedPrecondition, volume.UnstageAsync);

        volume.Write("file", "still there");
        await volume.DownAsync();
    }

    [SkippableFact]
    public async Task Delete_OfAStagedVolume_IsRefused()
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Mounted("ext4"));
        await volume.StageAsync();

        await Answer.AssertAsync(StatusCode.FailedPrecondition, volume.DeleteAsync);

        await volume.UnstageAsync();
        await volume.DeleteAsync();
        lab.AssertNothingLeft();
    }

    private static string MountInfo(string path) => File.ReadLines("/proc/self/mountinfo").Single(line => line.Split(' ')[4] == path);
}
