namespace Waybill.Csi.Tests.Nodes;

public sealed class MountTableTests
{
    [Fact]
    public void Parse_OfTheKernelsLines_TakesThemApart()
    {
        MountTable table = MountTable.Parse(
        [
            "36 35 7:0 / /mnt/a\\040b rw,noatime master:1 shared:2 - ext4 /dev/loop0 rw,errors=continue",
            "37 35 0:5 /loop3 /mnt/dev ro - devtmpfs udev rw",
            "38 35 0:52 /sub /mnt/c\\134d ro,nosuid - btrfs /dev/loop1 ro,space_cache=v2",
            "not a line",
            "",
        ]);

        Assert.Equal(
            [
                new MountEntry(36, "7:0", "/", "/mnt/a b", "rw,noatime", "ext4", "/dev/loop0", "rw,errors=continue"),
                new MountEntry(37, "0:5", "/loop3", "/mnt/dev", "ro", "devtmpfs", "udev", "rw"),
                new MountEntry(38, "0:52", "/sub", "/mnt/c\\d", "ro,nosuid", "btrfs", "/dev/loop1", "ro,space_cache=v2"),
            ],
            table.Entries);
        Assert.Equal([false, true, true], table.Entries.Select(entry => entry.IsReadOnly));
        Assert.Equal([false, false, true], table.Entries.Select(entry => entry.IsFileSystemReadOnly));
    }

    [SkippableFact]
    public void Read_OfThisProcess_FindsTheRoot()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs: Linux");

        Assert.Contains(MountTable.Read().Entries, entry => entry.MountPoint == "/");
    }
}
