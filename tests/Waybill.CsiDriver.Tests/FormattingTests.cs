using Grpc.Core;
using Waybill.CsiDriver.Tests.Support;
using Mode = Waybill.Csi.Wire.VolumeCapability.Types.AccessMode.Types.Mode;

namespace Waybill.CsiDriver.Tests;

public sealed class FormattingTests
{
    [SkippableTheory]
    [InlineData("ext4", 64)]
    [InlineData("xfs", 320)]
    [InlineData("btrfs", 128)]
    public async Task Stage_OfAnEmptyVolume_MakesAFileSystemThatItsOwnCheckerFindsClean(string fileSystem, int mebibytes)
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Mounted(fileSystem), mebibytes);

        await volume.StageAsync();
        await volume.UnstageAsync();

        await (fileSystem switch
        {
            "ext4" => Machine.RunAsync("e2fsck", "-f", "-n", volume.Image),
            "xfs" => Machine.RunAsync("xfs_repair", "-n", volume.Image),
            _ => Machine.RunAsync("btrfs", "check", "--readonly", volume.Image),
        });
    }

    [SkippableTheory]
    [InlineData("ext4")]
    [InlineData("xfs")]
    [InlineData("btrfs")]
    public async Task Stage_OfALargeEmptyVolume_TakesLittleSpaceInThePool(string fileSystem)
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Mounted(fileSystem), 200 * 1024);

        await volume.UpAsync();
        await volume.DownAsync();

        // A journal or log that is written once is the most of it.
        Assert.InRange(await AllocatedAsync(volume.Image), 0, 200L << 20);
    }

    [SkippableFact]
    public async Task Stage_OfAVolumeWithAnotherFileSystem_IsRefusedAndLeavesItAlone()
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Mounted("ext4"), 320);
        await volume.UpAsync();
        volume.Write("file", "mine");
        await volume.DownAsync();
        volume.Capability = TestVolume.Mounted("xfs");

        string why = await Answer.AssertAsync(StatusCode.FailedPrecondition, volume.StageAsync);

        Assert.Contains("ext4", why, StringComparison.Ordinal);
        volume.Capability = TestVolume.Mounted("ext4");
        await volume.UpAsync();
        Assert.Equal("mine", volume.Read("file"));
        await volume.DownAsync();
    }

    [SkippableTheory]
    [InlineData(0L)]
    [InlineData(512L)]
    [InlineData(33L << 20)]
    [InlineData((64L << 20) - 1)]
    public async Task Stage_OfAVolumeWithASingleByteThatIsNotZero_IsRefusedAndLeavesItAlone(long offset)
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Mounted("ext4"), 64);
        WriteAt(volume.Image, offset, [0x41]);

        string why = await Answer.AssertAsync(StatusCode.FailedPrecondition, volume.StageAsync);

        Assert.Contains("zeros", why, StringComparison.Ordinal);
        await volume.UnstageAsync();
        byte[] content = await File.ReadAllBytesAsync(volume.Image);
        Assert.Equal(0x41, content[offset]);
        Assert.Equal(1, content.Count(value => value != 0));
        await volume.DeleteAsync();
        lab.AssertNothingLeft();
    }

    [SkippableFact]
    public async Task Stage_OfAVolumeOfWrittenZeros_MakesAFileSystem()
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Mounted("ext4"), 64);
        WriteAt(volume.Image, 5 << 20, new byte[1 << 20]);

        await volume.UpAsync();

        await volume.DownAsync();
    }

    [SkippableTheory]
    [InlineData("mkswap")]
    [InlineData("mkfs.ext2")]
    public async Task Stage_OfAVolumeWithSomethingElse_NamesItAndRefuses(string tool)
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Mounted("ext4"), 64);
        await Machine.RunAsync(tool, volume.Image);

        string why = await Answer.AssertAsync(StatusCode.FailedPrecondition, volume.StageAsync);

        Assert.Contains(tool == "mkswap" ? "swap space" : "ext2", why, StringComparison.Ordinal);
        await volume.UnstageAsync();
    }

    [SkippableFact]
    public async Task Stage_OfAnEmptyVolumeForReading_MakesNothing()
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Mounted("ext4"), 64);
        volume.Capability = TestVolume.Mounted("ext4", Mode.SingleNodeReaderOnly);

        await Answer.AssertAsync(StatusCode.FailedPrecondition, volume.StageAsync);

        await volume.UnstageAsync();
        Assert.Equal(0, await AllocatedAsync(volume.Image));
    }

    [SkippableFact]
    public async Task Stage_OfAVolumeTooSmallForItsFileSystem_SaysWhatTheToolSaidAndLeavesItEmpty()
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Mounted("xfs"), 16);

        string why = await Answer.AssertAsync(StatusCode.Internal, volume.StageAsync);

        Assert.Contains("mkfs.xfs", why, StringComparison.Ordinal);
        await volume.UnstageAsync();
        Assert.Equal(0, await AllocatedAsync(volume.Image));
    }

    /// <summary>Whatever moment making a file system is interrupted at, the next stage makes it, and nobody's data is in the way.</summary>
    [SkippableTheory]
    [InlineData("ext4")]
    [InlineData("xfs")]
    [InlineData("btrfs")]
    public async Task Stage_AfterAFileSystemWasHalfMade_MakesItAnew(string fileSystem)
    {
        await using DriverLab lab = await DriverLab.CreateAsync();
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Mounted(fileSystem));
        await volume.StageAsync();
        await volume.UnstageAsync();
        WriteAt(volume.Image, 0, [.. "WAYBILL: a file system is being made here, and nothing else is kept here. "u8, .. new byte[4022]]);
        WriteAt(volume.Image, 7 << 20, [1, 2, 3]);

        await volume.UpAsync();

        volume.Write("file", "new");
        await volume.DownAsync();
        await volume.UpAsync();
        Assert.Equal("new", volume.Read("file"));
        await volume.DownAsync();
    }

    internal static void WriteAt(string path, long offset, byte[] bytes)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write);
        file.Position = offset;
        file.Write(bytes);
        file.Flush(flushToDisk: true);
    }

    internal static async Task<long> AllocatedAsync(string path)
    {
        await Machine.RunAsync("sync", path);
        return long.Parse(await Machine.RunAsync("stat", "-c", "%b", path), System.Globalization.CultureInfo.InvariantCulture) * 512;
    }
}
