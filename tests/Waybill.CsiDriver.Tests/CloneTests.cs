using Grpc.Core;
using Waybill.Csi.Wire;
using Waybill.CsiDriver.Tests.Support;
using Mode = Waybill.Csi.Wire.VolumeCapability.Types.AccessMode.Types.Mode;
using Unit = Waybill.Csi.Wire.VolumeUsage.Types.Unit;

namespace Waybill.CsiDriver.Tests;

public sealed class CloneTests
{
    [SkippableTheory]
    [InlineData("ext4")]
    [InlineData("xfs")]
    [InlineData("btrfs")]
    public async Task Clones_BesideTheirOrigin_AreMountedAndAllKeepTheirOwnFiles(string fileSystem)
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume origin = await TestVolume.CreateAsync(lab, "origin", TestVolume.Mounted(fileSystem));
        await origin.UpAsync();
        origin.Write("file", "first");
        string snapshot = await origin.SnapshotAsync("s");
        origin.Write("file", "second");
        TestVolume restored = await TestVolume.CreateAsync(lab, "restored", origin.Capability, source: TestVolume.FromSnapshot(snapshot));
        TestVolume clone = await TestVolume.CreateAsync(lab, "clone", origin.Capability, source: TestVolume.FromVolume(origin.Id));
        TestVolume[] all = [origin, restored, clone];

        await restored.UpAsync();
        await clone.UpAsync();

        Assert.Equal(["second", "first", "second"], all.Select(volume => volume.Read("file")));
        for (int round = 0; round < 2; round++)
        {
            foreach (TestVolume volume in all)
            {
                volume.Write("own", volume.Name);
                volume.Write("file", volume.Name);
            }

            foreach (TestVolume volume in all)
            {
                await volume.DownAsync();
            }

            foreach (TestVolume volume in all.Reverse())
            {
                await volume.UpAsync();
                Assert.Equal(volume.Name, volume.Read("own"));
                Assert.Equal(volume.Name, volume.Read("file"));
            }
        }

        foreach (TestVolume volume in all)
        {
            await volume.DownAsync();
            await volume.DeleteAsync();
        }

        await lab.Driver.Controller.DeleteSnapshotAsync(new DeleteSnapshotRequest { SnapshotId = snapshot });
        lab.AssertNothingLeft();
    }

    [SkippableTheory]
    [InlineData("ext4")]
    [InlineData("xfs")]
    [InlineData("btrfs")]
    public async Task Restore_IntoALargerVolume_HasTheRoomOfTheLargerOne(string fileSystem)
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume origin = await TestVolume.CreateAsync(lab, "origin", TestVolume.Mounted(fileSystem), 400);
        await origin.UpAsync();
        origin.Write("file", "kept");
        string snapshot = await origin.SnapshotAsync("s");

        TestVolume larger = await TestVolume.CreateAsync(lab, "larger", origin.Capability, 1000, TestVolume.FromSnapshot(snapshot));
        if (fileSystem == "ext4" && !Machine.GrowsExt)
        {
            await Answer.AssertAsync(StatusCode.FailedPrecondition, larger.StageAsync);
            await larger.UnstageAsync();
            await origin.DownAsync();
            return;
        }

        await larger.UpAsync();

        Assert.Equal("kept", larger.Read("file"));
        Assert.InRange((await larger.GetStatsAsync()).Usage.Single(usage => usage.Unit == Unit.Bytes).Total, 850L << 20, 1000L << 20);
        await larger.DownAsync();
        await origin.DownAsync();
    }

    [SkippableTheory]
    [InlineData("ext4")]
    [InlineData("xfs")]
    [InlineData("btrfs")]
    public async Task Snapshot_OfAMountedVolume_IsReadWithoutBeingWrittenByItsUser(string fileSystem)
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume origin = await TestVolume.CreateAsync(lab, "origin", TestVolume.Mounted(fileSystem));
        await origin.UpAsync();
        origin.Write("file", "seen");
        string snapshot = await origin.SnapshotAsync("s");

        TestVolume readers = await TestVolume.CreateAsync(
            lab, "readers", TestVolume.Mounted(fileSystem, Mode.MultiNodeReaderOnly), source: TestVolume.FromSnapshot(snapshot));
        await readers.UpAsync();
        await readers.PublishAsync(readers.GetTarget("second"));

        Assert.Equal("seen", readers.Read("file"));
        Assert.Throws<IOException>(() => readers.Write("file", "no"));
        await readers.UnpublishAsync(readers.GetTarget("second"));
        await readers.DownAsync();
        await origin.DownAsync();
    }
}
