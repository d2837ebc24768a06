using Waybill.Bundles.Tests.Local;
using Waybill.Tests.Shared;

namespace Waybill.Bundles.Tests.Files;

public class DirectoryTreeTargetTests
{
    private static readonly Timestamp s_started = new(4_000_000_000, 0);

    public DirectoryTreeTargetTests() => Skip.IfNot(Libc.IsSupported, "needs Linux");

    [SkippableFact]
    [Spec("R-08")]
    [Spec("R-10")]
    public async Task Restore_EverythingAnyUserCanMake_IsAsItWas()
    {
        using var directory = new TempDirectory();
        Directory.CreateDirectory(directory["source"]);
        Tool.Bash(directory["source"], LinuxTree.Everything + LinuxTree.OddNames);

        IReadOnlyList<FileRestoreProblem> problems = await CopyAsync(directory["source"], directory["copy"]);

        Assert.Empty(problems);
        Assert.Equal(LinuxTree.Describe(directory["source"]), LinuxTree.Describe(directory["copy"]));
        Assert.Equal(LinuxTree.DescribeContent(directory["source"]), LinuxTree.DescribeContent(directory["copy"]));
        Assert.Equal(Tool.Bash(directory["source"], "stat -c %b sparse hole-only"), Tool.Bash(directory["copy"], "stat -c %b sparse hole-only"));
    }

    [SkippableTheory]
    [InlineData("ext4", 640)]
    [InlineData("xfs", 320)]
    public async Task Restore_EverythingRootCanMake_IsAsItWasOnARealFileSystem(string fileSystem, int mebibytes)
    {
        Tool.Require("setfattr");
        Tool.Require("setfacl");
        Tool.Require("setcap");
        using LoopDevice device = LoopDevice.CreateMounted(fileSystem, (long)mebibytes << 20);
        string source = Path.Combine(device.MountPoint, "source");
        string copy = Path.Combine(device.MountPoint, "copy");
        Directory.CreateDirectory(source);
        Tool.Bash(source, LinuxTree.Everything + LinuxTree.OddNames + LinuxTree.Privileged + LinuxTree.Xattrs + LinuxTree.Acls);

        IReadOnlyList<FileRestoreProblem> problems = await CopyAsync(source, copy);

        Assert.Empty(problems);
        Assert.Equal(LinuxTree.Describe(source), LinuxTree.Describe(copy));
        Assert.Equal(LinuxTree.DescribeContent(source), LinuxTree.DescribeContent(copy));
        Assert.Equal(LinuxTree.DescribeXattrs(source), LinuxTree.DescribeXattrs(copy));
        Assert.Contains("security.capability", LinuxTree.DescribeXattrs(copy), StringComparison.Ordinal);
        Assert.Contains("trusted.t", LinuxTree.DescribeXattrs(copy), StringComparison.Ordinal);
        Assert.Contains("default:user:1003:rwx", LinuxTree.DescribeXattrs(copy), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Restore_FreshFileSystem_TakesItsLostAndFound()
    {
        using var directory = new TempDirectory();
        Directory.CreateDirectory(directory["source"]);
        Tool.Bash(directory["source"], "mkdir lost+found; chmod 705 lost+found; echo x > lost+found/y; echo z > file");
        using LoopDevice device = LoopDevice.CreateMounted("ext4", 16 << 20);

        IReadOnlyList<FileRestoreProblem> problems = await CopyAsync(directory["source"], device.MountPoint);

        Assert.Empty(problems);
        Assert.Equal(LinuxTree.Describe(directory["source"]), LinuxTree.Describe(device.MountPoint));
    }

    [SkippableFact]
    public async Task Replacement_RemovesAllThatIsThere_AndNothingElse()
    {
        using var directory = new TempDirectory();
        Directory.CreateDirectory(directory["target"]);
        Directory.CreateDirectory(directory["outside"]);
        Directory.CreateDirectory(directory["source"]);
        Tool.Bash(directory["outside"], "echo precious > file; mkdir inside");
        Tool.Bash(
            directory["target"],
            LinuxTree.Everything + LinuxTree.OddNames + "ln -s ../outside way-out; ln -s ../outside/file way-in; (for i in $(seq 300); do mkdir deep-directory-with-a-name; cd deep-directory-with-a-name; done)");
        Tool.Bash(directory["source"], "echo new > new");

        await using DirectoryTreeTarget target = DirectoryTreeTarget.Create(directory["target"], new DirectoryTreeTargetOptions { Replaces = true });

        Assert.Empty(Directory.EnumerateFileSystemEntries(directory["target"]));
        Assert.Equal("precious\n", File.ReadAllText(directory["outside/file"]));
        Assert.True(Directory.Exists(directory["outside/inside"]));
    }

    [SkippableFact]
    public void Replacement_StopsAtAnotherFileSystem()
    {
        using var directory = new TempDirectory();
        using LoopDevice device = LoopDevice.CreateMounted("ext4", 16 << 20);
        Directory.CreateDirectory(directory["target/inside"]);
        File.WriteAllText(Path.Combine(device.MountPoint, "precious"), "precious");
        Tool.Run("mount", "--bind", device.MountPoint, directory["target/inside"]);
        try
        {
            ProviderException error = Assert.Throws<ProviderException>(() => DirectoryTreeTarget.Create(directory["target"], new DirectoryTreeTargetOptions { Replaces = true }));

            Assert.Equal(WaybillErrorCode.TargetWriteFailed, error.Code);
            Assert.True(File.Exists(Path.Combine(device.MountPoint, "precious")));
        }
        finally
        {
            Tool.Run("umount", directory["target/inside"]);
        }
    }

    [SkippableFact]
    public async Task Restore_TreeDeeperThanAPathMayBeLong_IsWhole()
    {
        using var directory = new TempDirectory();
        using var target = new TempDirectory();
        Tool.Run("python3", "-c", """
            import os, sys
            os.chdir(sys.argv[1])
            for i in range(100):
                os.mkdir("d" * 200); open("a", "w").write(str(i)); open("z", "w").write(str(i)); os.chmod("d" * 200, 0o755 if i % 2 else 0o511)
                os.chdir("d" * 200)
            """, directory.Path);

        Assert.Empty(await CopyAsync(directory.Path, target.Path));

        string Summary(string root) => Tool.Run("python3", "-c", """
            import os, sys
            os.chdir(sys.argv[1])
            while os.path.exists("d" * 200):
                print(open("a").read(), open("z").read(), oct(os.stat("d" * 200).st_mode), os.stat(".").st_mtime_ns)
                os.chdir("d" * 200)
            """, root);
        Assert.Equal(Summary(directory.Path), Summary(target.Path));
        Assert.Equal(101, Summary(target.Path).Split('\n').Length);
    }

    [SkippableTheory]
    [InlineData("file")]
    [InlineData("dangling link")]
    [InlineData("link to a directory")]
    [InlineData("itself a file")]
    public void Create_DirectoryNotEmpty_IsRefused(string what)
    {
        using var directory = new TempDirectory();
        string path = directory["target"];
        if (what == "itself a file")
        {
            File.WriteAllText(path, "precious");
        }
        else
        {
            Directory.CreateDirectory(path);
            Tool.Bash(path, what switch { "file" => "touch x", "dangling link" => "ln -s nowhere lost+found", _ => "ln -s / lost+found" });
        }

        Assert.Equal(WaybillErrorCode.TargetExists, Assert.Throws<ProviderException>(() => DirectoryTreeTarget.Create(path)).Code);
    }

    [SkippableFact]
    [Spec("R-11")]
    public async Task Begin_FileBelowASymbolicLink_IsNotWrittenThroughIt()
    {
        using var directory = new TempDirectory();
        Directory.CreateDirectory(directory["outside"]);
        await using (DirectoryTreeTarget target = DirectoryTreeTarget.Create(directory["target"]))
        {
            // Rules of the tree forbid all of this; the target must hold without them.
            await target.BeginAsync(Entry("", FileType.Directory));
            await target.BeginAsync(Entry("out", FileType.SymbolicLink) with { LinkTarget = [.. "../outside"u8] });
            Assert.False(await target.BeginAsync(Entry("out/file", FileType.Regular)));
            await target.BeginAsync(Entry("out/directory", FileType.Directory));
            await target.BeginAsync(Entry("out/link", FileType.SymbolicLink) with { LinkTarget = [.. "x"u8] });
            await target.BeginAsync(Entry("out/pipe", FileType.Fifo));
            await target.CompleteAsync();
            Assert.Equal(["out/file", "out/directory", "out/link", "out/pipe"], target.Problems.Select(p => p.Path.ToString()));
        }

        Assert.Empty(Directory.GetFileSystemEntries(directory["outside"]));
        Assert.Equal("../outside", new FileInfo(Path.Combine(directory["target"], "out")).LinkTarget);
    }

    [SkippableFact]
    [Spec("R-11")]
    public async Task Begin_NameThatIsALinkAlready_DoesNotTouchWhatItLeadsTo()
    {
        using var directory = new TempDirectory();
        File.WriteAllText(directory["victim"], "precious");
        Tool.Bash(directory.Path, "chmod 400 victim");
        await using (DirectoryTreeTarget target = DirectoryTreeTarget.Create(directory["target"]))
        {
            await target.BeginAsync(Entry("", FileType.Directory));
            await target.BeginAsync(Entry("x", FileType.SymbolicLink) with { LinkTarget = [.. "../victim"u8], Mode = 0x1FF });
            Assert.False(await target.BeginAsync(Entry("x", FileType.Regular) with { Mode = 0x1FF }));
            await target.BeginAsync(Entry("x", FileType.Directory) with { Mode = 0x1FF });
            await target.BeginAsync(Entry("x", FileType.Fifo) with { Mode = 0x1FF });
            await target.CompleteAsync();
            Assert.Equal(3, target.Problems.Count(p => p.What == "file"));
        }

        Assert.Equal("precious", File.ReadAllText(directory["victim"]));
        Assert.Equal("400", Tool.Bash(directory.Path, "echo -n $(stat -c %a victim)"));
    }

    [SkippableFact]
    [Spec("R-11")]
    public async Task Begin_HardLinkToASymbolicLink_LinksTheLinkItself()
    {
        using var directory = new TempDirectory();
        File.WriteAllText(directory["victim"], "precious");
        await using (DirectoryTreeTarget target = DirectoryTreeTarget.Create(directory["target"]))
        {
            await target.BeginAsync(Entry("", FileType.Directory));
            await target.BeginAsync(Entry("a", FileType.SymbolicLink) with { LinkTarget = [.. "../victim"u8], LinkGroup = 1 });
            Assert.False(await target.BeginAsync(Entry("b", FileType.Regular) with { LinkGroup = 1 }));
            await target.CompleteAsync();
        }

        Assert.Equal("../victim", new FileInfo(Path.Combine(directory["target"], "b")).LinkTarget);
        Assert.Equal("1", Tool.Bash(directory.Path, "echo -n $(stat -c %h victim)"));
    }

    [SkippableFact]
    public async Task Restore_AsAnotherUser_ReportsWhatOnlyRootCan()
    {
        Tool.RequireRoot();
        using var directory = new TempDirectory();
        Tool.Bash(directory.Path, "mkdir source target; chown 65534:65534 target; chmod 755 .");
        Tool.Bash(directory["source"], "echo x > plain; mknod dev c 1 3; echo x > prog; chmod 6755 prog; touch mine; chown 65534:65534 . mine");
        ModelBackup backup = await BackUpAsync(directory["source"]);
        IReadOnlyList<FileRestoreProblem> problems = [];

        LinuxTree.AsNobody(async () => problems = await RestoreAsync(backup, directory["target"]));

        Assert.Equal(
            ["dev: file", "plain: owner", "prog: mode", "prog: owner"],
            problems.Select(p => $"{p.Path}: {p.What}").Order(StringComparer.Ordinal));
        Assert.Equal("755 644 644", Tool.Bash(directory["target"], "echo -n $(stat -c %a prog plain mine)"));
        Assert.Equal("x\n", File.ReadAllText(Path.Combine(directory["target"], "plain")));
    }

    [SkippableFact]
    public async Task Restore_OwnersByName_FindsTheirNumbersHere()
    {
        Tool.RequireRoot();
        using var directory = new TempDirectory();
        FileTreeEntry file = Entry("f", FileType.Regular) with { UserId = 4711, GroupId = 4712, UserName = [.. "nobody"u8], GroupName = [.. "no-such-group"u8] };
        await using (DirectoryTreeTarget target = DirectoryTreeTarget.Create(directory["target"], new DirectoryTreeTargetOptions { OwnersByName = true }))
        {
            await target.BeginAsync(Entry("", FileType.Directory));
            await target.BeginAsync(file);
            await target.CompleteAsync();
            Assert.Empty(target.Problems);
        }

        Assert.Equal("65534 4712", Tool.Bash(directory["target"], "echo -n $(stat -c '%u %g' f)"));
    }

    [SkippableFact]
    public async Task Restore_TargetWithADefaultAcl_DoesNotHandItDown()
    {
        Tool.Require("setfacl");
        using var directory = new TempDirectory();
        Tool.Bash(directory.Path, "mkdir source target; echo x > source/f; mkdir source/d; chmod 640 source/f; setfacl -d -m u:1001:rwx target");

        Assert.Empty(await CopyAsync(directory["source"], directory["target"]));

        Assert.Equal(LinuxTree.DescribeXattrs(directory["source"]), LinuxTree.DescribeXattrs(directory["target"]));
    }

    [SkippableFact]
    [Spec("R-12")]
    public async Task Restore_MetadataTheSourceCouldNotRead_IsNotInvented()
    {
        using var directory = new TempDirectory();
        FileGap gap = new(FileGap.Metadata, "Permission denied");
        await using (DirectoryTreeTarget target = DirectoryTreeTarget.Create(directory["target"]))
        {
            await target.BeginAsync(Entry("", FileType.Directory));
            await target.BeginAsync(Entry("dev", FileType.BlockDevice) with { Mode = 0, Gaps = [gap] });
            await target.BeginAsync(Entry("dir", FileType.Directory) with { Mode = 0, Gaps = [gap] });
            await target.BeginAsync(Entry("file", FileType.Regular) with { Mode = 0, Gaps = [gap] });
            await target.CompleteAsync();
            Assert.Equal(["dev"], target.Problems.Select(p => p.Path.ToString()));
        }

        Assert.Equal("700 600", Tool.Bash(directory["target"], "echo -n $(stat -c %a dir file)"));
    }

    [SkippableFact]
    public async Task Write_FileSystemFull_EndsTheRestore()
    {
        using LoopDevice device = LoopDevice.CreateMounted("ext4", 8 << 20);
        await using DirectoryTreeTarget target = DirectoryTreeTarget.Create(Path.Combine(device.MountPoint, "target"));
        await target.BeginAsync(Entry("", FileType.Directory));
        await target.BeginAsync(Entry("large", FileType.Regular) with { Size = 64 << 20 });

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(async () =>
        {
            byte[] bytes = SampleBytes.Make(1 << 20);
            for (int i = 0; i < 64; i++)
            {
                await target.WriteAsync((long)i << 20, bytes);
            }
        });

        Assert.Equal(WaybillErrorCode.NoSpace, error.Code);
        Assert.Equal("large", error.ObjectName);
    }

    [SkippableFact]
    public async Task Write_Zeros_TakeNoSpace()
    {
        using var directory = new TempDirectory();
        await using (DirectoryTreeTarget target = DirectoryTreeTarget.Create(directory["target"]))
        {
            await target.BeginAsync(Entry("", FileType.Directory));
            await target.BeginAsync(Entry("zeros", FileType.Regular) with { Size = 4 << 20 });
            await target.WriteAsync(0, new byte[4 << 20]);
            await target.CompleteAsync();
        }

        Assert.Equal("0 4194304", Tool.Bash(directory["target"], "echo -n $(stat -c '%b %s' zeros)"));
    }

    private static FileTreeEntry Entry(string path, FileType type) => new()
    {
        Path = FilePath.FromText(path),
        Type = type,
        Mode = type == FileType.Directory ? 0x1ED : 0x1A4,
        UserId = Environment.IsPrivilegedProcess ? 0 : uint.Parse(Tool.Run("id", "-u"), System.Globalization.CultureInfo.InvariantCulture),
        GroupId = Environment.IsPrivilegedProcess ? 0 : uint.Parse(Tool.Run("id", "-g"), System.Globalization.CultureInfo.InvariantCulture),
        Modified = new Timestamp(1_000_000_000, 5),
    };

    private static async Task<ModelBackup> BackUpAsync(string directory)
    {
        await using DirectoryTreeSource source = DirectoryTreeSource.Open(directory);
        ModelBackup backup = await ModelBackup.MakeAsync(source, null, s_started);
        Assert.Equal(0, backup.GapCount);
        return backup;
    }

    private static async Task<IReadOnlyList<FileRestoreProblem>> RestoreAsync(ModelBackup backup, string to)
    {
        await using DirectoryTreeTarget target = DirectoryTreeTarget.Create(to);
        foreach (FileTreeEntry entry in backup.Entries)
        {
            if (await target.BeginAsync(entry))
            {
                foreach (FileExtent extent in entry.Extents)
                {
                    await target.WriteAsync(extent.FileOffset, backup.Data.AsMemory((int)extent.DataOffset, (int)extent.Length));
                }
            }
        }

        await target.CompleteAsync();
        return [.. target.Problems];
    }

    private static async Task<IReadOnlyList<FileRestoreProblem>> CopyAsync(string from, string to) => await RestoreAsync(await BackUpAsync(from), to);
}
