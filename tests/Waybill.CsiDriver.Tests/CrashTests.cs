using Waybill.Csi.Wire;
using Waybill.CsiDriver.Tests.Support;

namespace Waybill.CsiDriver.Tests;

/// <summary>Whatever moment the driver is killed at, the same call then finishes, and the opposite call undoes.</summary>
public sealed class CrashTests
{
    private const int Rounds = 5;

    [SkippableTheory]
    [InlineData("ext4", 1)]
    [InlineData("xfs", 2)]
    [InlineData("btrfs", 3)]
    [InlineData("block", 4)]
    public async Task Stage_CutAnywhere_CanBeRepeatedAndUndone(string use, int seed)
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        var random = new Random(seed);
        for (int round = 0; round < Rounds; round++)
        {
            TestVolume volume = await TestVolume.CreateAsync(lab, $"v{round}", CapabilityOf(use));
            await Interruption.CutAsync(lab, volume.StageAsync, Moment(random, 120));
            if (round % 2 == 0)
            {
                await volume.UpAsync();
                WriteInto(volume, round);
                await volume.DownAsync();
                await volume.UpAsync();
                AssertHolds(volume, round);
                await volume.UnpublishAsync();
            }

            await Answer.RepeatAsync(volume.UnstageAsync);
            Assert.Empty(lab.ListMounts());
            Assert.Empty(lab.ListLoops());
            await Answer.RepeatAsync(volume.DeleteAsync);
        }

        lab.AssertNothingLeft();
    }

    [SkippableTheory]
    [InlineData("ext4", 5)]
    [InlineData("block", 6)]
    public async Task PublishUnpublishAndUnstage_CutAnywhere_CanBeRepeatedAndUndone(string use, int seed)
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        var random = new Random(seed);
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", CapabilityOf(use));
        for (int round = 0; round < Rounds; round++)
        {
            await Answer.RepeatAsync(volume.StageAsync);
            await Interruption.CutAsync(lab, () => volume.PublishAsync(isReadOnly: round % 2 == 1), Moment(random, 12));
            if (round % 4 < 2)
            {
                await volume.PublishAsync(isReadOnly: round % 2 == 1);
            }

            await Interruption.CutAsync(lab, () => volume.UnpublishAsync(), Moment(random, 12));
            await volume.UnpublishAsync();
            Assert.False(Path.Exists(volume.Target));
            await Interruption.CutAsync(lab, volume.UnstageAsync, Moment(random, 25));
            if (round % 2 == 0)
            {
                await Answer.RepeatAsync(volume.UnstageAsync);
                Assert.Empty(lab.ListMounts());
                Assert.Empty(lab.ListLoops());
            }
        }

        await Answer.RepeatAsync(volume.UnstageAsync);
        await Answer.RepeatAsync(volume.DeleteAsync);
        lab.AssertNothingLeft();
    }

    [SkippableTheory]
    [InlineData("block", 7)]
    [InlineData("xfs", 8)]
    [InlineData("btrfs", 9)]
    public async Task Expand_CutAnywhere_CanBeRepeated(string use, int seed)
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        var random = new Random(seed);
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", CapabilityOf(use), 400);
        await volume.UpAsync();
        WriteInto(volume, 1);
        for (int round = 1; round <= Rounds; round++)
        {
            int size = 400 + (round * 100);
            await Interruption.CutAsync(lab, () => volume.ExpandAsync(size), Moment(random, 40));
            NodeExpandVolumeResponse response = await volume.ExpandAsync(size);

            Assert.Equal((long)size << 20, response.CapacityBytes);
            AssertHolds(volume, 1);
        }

        await volume.DownAsync();
        await Answer.RepeatAsync(volume.DeleteAsync);
        lab.AssertNothingLeft();
    }

    [SkippableFact]
    public async Task CreateCloneSnapshotAndDelete_CutAnywhere_CanBeRepeatedAndUndone()
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        var random = new Random(10);
        for (int round = 0; round < Rounds; round++)
        {
            CreateVolumeRequest request = TestVolume.Request($"v{round}", CapabilityOf("ext4"));
            await Interruption.CutAsync(lab, async () => await lab.Driver.Controller.CreateVolumeAsync(request), Moment(random, 10));
            TestVolume volume = await TestVolume.CreateAsync(lab, $"v{round}", CapabilityOf("ext4"));
            await volume.UpAsync();
            WriteInto(volume, round);
            await Interruption.CutAsync(lab, () => volume.SnapshotAsync($"s{round}"), Moment(random, 10));
            string snapshot = await volume.SnapshotAsync($"s{round}");
            CreateVolumeRequest copy = TestVolume.Request($"c{round}", CapabilityOf("ext4"), source: TestVolume.FromSnapshot(snapshot));
            await Interruption.CutAsync(lab, async () => await lab.Driver.Controller.CreateVolumeAsync(copy), Moment(random, 10));
            TestVolume clone = await TestVolume.CreateAsync(lab, $"c{round}", CapabilityOf("ext4"), source: TestVolume.FromSnapshot(snapshot));
            await clone.UpAsync();
            AssertHolds(clone, round);
            await clone.DownAsync();
            await volume.DownAsync();
            var deletion = new DeleteSnapshotRequest { SnapshotId = snapshot };
            await Interruption.CutAsync(lab, async () => await lab.Driver.Controller.DeleteSnapshotAsync(deletion), Moment(random, 10));
            await lab.Driver.Controller.DeleteSnapshotAsync(deletion);
            await Interruption.CutAsync(lab, volume.DeleteAsync, Moment(random, 10));
            await Answer.RepeatAsync(volume.DeleteAsync);
            await clone.DeleteAsync();
            lab.AssertNothingLeft();
        }
    }

    [SkippableFact]
    public async Task Group_CutAnywhere_HoldsNoFileSystemForLongAndCanBeRepeated()
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        var random = new Random(11);
        TestVolume first = await TestVolume.CreateAsync(lab, "first", CapabilityOf("ext4"));
        TestVolume second = await TestVolume.CreateAsync(lab, "second", CapabilityOf("xfs"));
        await first.UpAsync();
        await second.UpAsync();
        for (int round = 0; round < Rounds; round++)
        {
            var request = new CreateVolumeGroupSnapshotRequest { Name = $"g{round}" };
            request.SourceVolumeIds.AddRange([first.Id, second.Id]);
            await Interruption.CutAsync(lab, async () => await lab.Driver.Groups.CreateVolumeGroupSnapshotAsync(request), Moment(random, 200));

            // Both return only when nobody holds their file system.
            WriteInto(first, round);
            WriteInto(second, round);
            VolumeGroupSnapshot group = (await lab.Driver.Groups.CreateVolumeGroupSnapshotAsync(request)).GroupSnapshot;
            Assert.Equal(2, group.Snapshots.Count);
            var deletion = new DeleteVolumeGroupSnapshotRequest { GroupSnapshotId = group.GroupSnapshotId };
            deletion.SnapshotIds.AddRange(group.Snapshots.Select(member => member.SnapshotId));
            await lab.Driver.Groups.DeleteVolumeGroupSnapshotAsync(deletion);
        }

        await first.DownAsync();
        await second.DownAsync();
        await first.DeleteAsync();
        await second.DeleteAsync();
        lab.AssertNothingLeft();
    }

    internal static VolumeCapability CapabilityOf(string use) => use == "block" ? TestVolume.Block() : TestVolume.Mounted(use);

    internal static void WriteInto(TestVolume volume, int content)
    {
        if (volume.Capability.Mount is not null)
        {
            volume.Write("content", $"{content}");
            return;
        }

        FormattingTests.WriteAt(volume.Target, 4096, BitConverter.GetBytes(content));
    }

    internal static void AssertHolds(TestVolume volume, int content)
    {
        if (volume.Capability.Mount is not null)
        {
            Assert.Equal($"{content}", volume.Read("content"));
            return;
        }

        var bytes = new byte[4];
        using var device = new FileStream(volume.Target, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        device.Position = 4096;
        device.ReadExactly(bytes);
        Assert.Equal(content, BitConverter.ToInt32(bytes));
    }

    private static TimeSpan Moment(Random random, int milliseconds) => TimeSpan.FromMilliseconds(random.NextDouble() * milliseconds);
}
