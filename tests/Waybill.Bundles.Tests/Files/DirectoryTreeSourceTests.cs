using System.Globalization;
using System.Text;
using Waybill.Bundles.Tests.Local;
using Waybill.Tests.Shared;

namespace Waybill.Bundles.Tests.Files;

public class DirectoryTreeSourceTests
{
    public DirectoryTreeSourceTests() => Skip.IfNot(Libc.IsSupported, "needs Linux");

    [SkippableFact]
    [Spec("R-05")]
    [Spec("R-06")]
    [Spec("R-08")]
    public async Task ListAsync_OddNames_GivesTheirBytesInOrder()
    {
        using var directory = new TempDirectory();
        Tool.Bash(directory.Path, LinuxTree.OddNames);

        List<FileTreeEntry> entries = await LinuxTree.ListAsync(directory.Path);

        var rules = new FileTreeRules();
        entries.ForEach(e => rules.Add(e));
        string expected = Tool.Bash(directory.Path, "find . -printf '%P\\0' | LC_ALL=C sort -z");
        string actual = string.Concat(entries.Select(e => Encoding.Latin1.GetString(e.Path.Bytes) + "\0"));
        Assert.Equal(expected, actual);
    }

    [SkippableFact]
    public async Task ListAsync_Everything_AgreesWithFind()
    {
        using var directory = new TempDirectory();
        Tool.Bash(directory.Path, LinuxTree.Everything);

        List<FileTreeEntry> entries = await LinuxTree.ListAsync(directory.Path);

        // Symbolic links have a size for find; for us only regular files have.
        const string Format = "'%P %y %m %U %G %u %g %T@ %C@ %i %s %l\\0'";
        string expected = Tool.Bash(directory.Path, $"find . -type f -printf {Format} -o -printf {Format.Replace("%s", "0")} | LC_ALL=C sort -z");
        string[] lines = [.. entries.Select(Line).OrderBy(l => l, StringComparer.Ordinal)];
        Assert.Equal(expected.Split('\0', StringSplitOptions.RemoveEmptyEntries), lines);
        Assert.All(entries, e => Assert.True(e.Gaps.IsEmpty, $"{e}: {string.Join(',', e.Gaps)}"));
    }

    [SkippableFact]
    [Spec("R-10")]
    public async Task ListAsync_HardLinks_ShareAGroup()
    {
        using var directory = new TempDirectory();
        Tool.Bash(directory.Path, LinuxTree.Everything);

        List<FileTreeEntry> entries = await LinuxTree.ListAsync(directory.Path);

        string[] groups = [.. entries.Where(e => e.LinkGroup != 0).GroupBy(e => e.LinkGroup).Select(g => string.Join(' ', g.Select(e => e.Path))).Order(StringComparer.Ordinal)];
        Assert.Equal(["dir/hard-to-link link", "dir/hard1 dir/sub/hard2 plain", "dir/sub/inner zz-hard"], groups);
    }

    [SkippableFact]
    public async Task ListAsync_Devices_HaveTheirNumbers()
    {
        Tool.RequireRoot();
        using var directory = new TempDirectory();
        Tool.Bash(directory.Path, "mknod null c 1 3; mknod disk b 8 17; mknod high c 4095 1048575; python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"sock\")'");

        List<FileTreeEntry> entries = await LinuxTree.ListAsync(directory.Path);

        Assert.Equal(
            ["BlockDevice disk 8 17", "CharacterDevice high 4095 1048575", "CharacterDevice null 1 3", "Socket sock 0 0"],
            entries.Skip(1).Select(e => string.Create(CultureInfo.InvariantCulture, $"{e} {e.DeviceMajor} {e.DeviceMinor}")));
    }

    [SkippableFact]
    public async Task ListAsync_Xattrs_AreAllThere()
    {
        Tool.Require("setfattr");
        Tool.Require("setfacl");
        using var directory = new TempDirectory();
        Tool.Bash(directory.Path, LinuxTree.Xattrs + LinuxTree.Acls);

        Dictionary<string, FileTreeEntry> entries = (await LinuxTree.ListAsync(directory.Path)).ToDictionary(e => e.Path.ToString());

        Assert.Equal(["user.a (5 bytes)", "user.bin (4 bytes)", "user.empty (0 bytes)", "user.long (3000 bytes)"], entries["attrs"].Xattrs.Select(x => x.ToString()));
        Assert.Equal((byte[])[0x00, 0xFF, 0x0A, 0x00], entries["attrs"].Xattrs[1].Value.ToArray());
        Assert.Equal(["user.d"], entries["attrdir"].Xattrs.Select(x => x.DisplayName));
        Assert.Equal(["system.posix_acl_access"], entries["acl"].Xattrs.Select(x => x.DisplayName));
        Assert.Equal(["system.posix_acl_default"], entries["acldir"].Xattrs.Select(x => x.DisplayName));
        Assert.Equal(2, entries["acl"].Xattrs[0].Value[0]);
    }

    [SkippableFact]
    public async Task ListAsync_PrivilegedMetadata_IsRead()
    {
        Tool.RequireRoot();
        Tool.Require("setcap");
        Tool.Require("setfattr");
        using var directory = new TempDirectory();
        Tool.Bash(directory.Path, "touch link;" + LinuxTree.Privileged);

        Dictionary<string, FileTreeEntry> entries = (await LinuxTree.ListAsync(directory.Path)).ToDictionary(e => e.Path.ToString());

        Assert.Equal((1234u, 5678u, 0xDED), (entries["owned"].UserId, entries["owned"].GroupId, entries["owned"].Mode));
        Assert.Empty(entries["owned"].UserName);
        Assert.Equal("root", Encoding.ASCII.GetString(entries["plain-cap"].UserName.AsSpan()));
        Assert.Equal(["security.capability"], entries["plain-cap"].Xattrs.Select(x => x.DisplayName));
        Assert.Equal(["trusted.t"], entries["owned"].Xattrs.Select(x => x.DisplayName));
    }

    [SkippableFact]
    public async Task ListAsync_DeeperThanAPathMayBeLong_ReachesTheBottom()
    {
        // 300 levels of 200 bytes: 15 times what the system takes as one path, and more levels than are kept open.
        using var directory = new TempDirectory();
        Tool.Run("python3", "-c", """
            import os, sys
            os.chdir(sys.argv[1])
            for i in range(300):
                os.mkdir("d" * 200)
                open("a", "w").write(str(i))
                open("z", "w").write(str(i))
                os.chdir("d" * 200)
            """, directory.Path);
        await using DirectoryTreeSource source = DirectoryTreeSource.Open(directory.Path);

        List<FileTreeEntry> entries = await source.ListAsync().ToListAsync();

        Assert.Equal(901, entries.Count);
        Assert.All(entries, e => Assert.Empty(e.Gaps));
        FileTreeEntry deepest = entries.MaxBy(e => e.Path.Bytes.Length)!;
        Assert.Equal((300 * 201) - 1, deepest.Path.Bytes.Length);
        FileTreeEntry file = entries.Where(e => e.Type == FileType.Regular).MaxBy(e => e.Path.Bytes.Length)!;
        Assert.Equal("299", await ReadTextAsync(source, file));
        Assert.Equal("0", await ReadTextAsync(source, entries.Single(e => e.Path == FilePath.FromText("z"))));
    }

    [SkippableFact]
    public async Task ListAsync_TreeDeeperThanTheFormatAllows_RecordsAGap()
    {
        using var directory = new TempDirectory();
        Tool.Run("python3", "-c", """
            import os, sys
            os.chdir(sys.argv[1])
            for i in range(330):
                os.mkdir("d" * 200)
                os.chdir("d" * 200)
            """, directory.Path);

        List<FileTreeEntry> entries = await LinuxTree.ListAsync(directory.Path);

        Assert.Equal(1 + (FilePath.MaxLength / 201), entries.Count);
        FileGap gap = Assert.Single(entries[^1].Gaps);
        Assert.Equal(FileGap.List, gap.What);
        Assert.All(entries[..^1], e => Assert.Empty(e.Gaps));
    }

    [SkippableFact]
    [Spec("R-12")]
    public void ListAsync_WhatAnotherUserMayNotRead_BecomesGaps()
    {
        Tool.RequireRoot();
        Tool.Require("setfattr");
        using var directory = new TempDirectory();
        Tool.Bash(directory.Path, """
            chmod 755 .
            mkdir closed names-only open; touch closed/x names-only/f open/f; mkdir names-only/d; ln -s t names-only/l
            setfattr -n user.a -v 1 open/f; setfattr -n user.a -v 1 open
            chmod 700 closed; chmod 744 names-only; chmod 600 open/f
            """);

        LinuxTree.AsNobody(async () =>
        {
            await using DirectoryTreeSource source = DirectoryTreeSource.Open(directory.Path);
            List<FileTreeEntry> entries = await source.ListAsync().ToListAsync();

            Assert.Equal(
                [
                    "Directory .", "Directory closed !list", "Directory names-only", "Directory names-only/d !metadata !list", "Regular names-only/f !metadata",
                    "SymbolicLink names-only/l !metadata", "Directory open", "Regular open/f !xattrs",
                ],
                entries.Select(e => e + string.Concat(e.Gaps.Select(g => " !" + g.What))));
            Assert.Contains("Permission denied", entries[1].Gaps[0].Reason, StringComparison.Ordinal);
            Assert.Contains("user.a", entries[7].Gaps[0].Reason, StringComparison.Ordinal);
            ProviderException error = await Assert.ThrowsAsync<ProviderException>(async () => await source.OpenAsync(entries[7]));
            Assert.Equal(WaybillErrorCode.SourceReadFailed, error.Code);
            Assert.Equal("open/f", error.ObjectName);
        });
    }

    [SkippableFact]
    public async Task ListAsync_MountedFileSystem_IsEnteredOnlyIfAsked()
    {
        using LoopDevice device = LoopDevice.CreateMounted("ext4", 16 << 20);
        File.WriteAllText(Path.Combine(device.MountPoint, "inside"), "x");
        string parent = Path.GetDirectoryName(device.MountPoint)!;

        List<FileTreeEntry> stayed = await LinuxTree.ListAsync(parent);
        List<FileTreeEntry> crossed = await LinuxTree.ListAsync(parent, new DirectoryTreeSourceOptions { CrossFileSystems = true });

        FileTreeEntry mountPoint = stayed.Single(e => e.Path == FilePath.FromText("mnt"));
        Assert.Equal(FileGap.List, Assert.Single(mountPoint.Gaps).What);
        Assert.DoesNotContain(stayed, e => e.Path.IsBelow(mountPoint.Path));
        Assert.Contains(crossed, e => e.Path == FilePath.FromText("mnt/inside"));
        Assert.All(crossed, e => Assert.Empty(e.Gaps));
    }

    [SkippableFact]
    public async Task ListAsync_NamesThatVanishMeanwhile_AreLeftOut()
    {
        using var directory = new TempDirectory();
        Tool.Bash(directory.Path, "mkdir b c; touch a b/x c/x d");
        await using DirectoryTreeSource source = DirectoryTreeSource.Open(directory.Path);
        var seen = new List<string>();
        await foreach (FileTreeEntry entry in source.ListAsync())
        {
            seen.Add(entry.ToString());
            if (entry.Path.IsRoot)
            {
                // Its names have been read by now.
                Tool.Bash(directory.Path, "rm -r a c; ln -s b c");
            }
        }

        Assert.Equal(["Directory .", "Directory b", "Regular b/x", "SymbolicLink c", "Regular d"], seen);
    }

    [SkippableFact]
    public async Task OpenAsync_SymbolicLinkTookTheFilesPlace_IsNotFollowed()
    {
        using var directory = new TempDirectory();
        Tool.Bash(directory.Path, "mkdir tree outside; echo secret > outside/f; mkdir tree/d; echo public > tree/d/f; echo x > tree/g");
        await using DirectoryTreeSource source = DirectoryTreeSource.Open(directory["tree"]);
        List<FileTreeEntry> entries = await source.ListAsync().ToListAsync();
        Tool.Bash(directory.Path, "rm -r tree/d tree/g; ln -s ../outside tree/d; ln -s ../outside/f tree/g");

        foreach (FileTreeEntry entry in entries.Where(e => e.Type == FileType.Regular))
        {
            await Assert.ThrowsAsync<ProviderException>(async () => await source.OpenAsync(entry));
        }
    }

    [SkippableFact]
    public async Task FindChangeAsync_TellsWhatHappenedToTheFile()
    {
        using var directory = new TempDirectory();
        Tool.Bash(directory.Path, "for f in same grown shrunk rewritten replaced linked; do echo content > $f; touch -d @1000 $f; done");
        await using DirectoryTreeSource source = DirectoryTreeSource.Open(directory.Path);
        List<FileTreeEntry> entries = await source.ListAsync().ToListAsync();
        Tool.Bash(directory.Path, "echo more >> grown; truncate -s 2 shrunk; echo CONTENT > rewritten; cp -p same new; mv new replaced; ln linked other-name");

        var changes = new List<string>();
        foreach (FileTreeEntry entry in entries.Skip(1))
        {
            await using FileContent content = await source.OpenAsync(entry);
            FileGap? gap = await content.FindChangeAsync();
            changes.Add($"{entry.Path}: {gap?.What} {gap?.Offset} {gap?.Length}");
        }

        Assert.Equal(["grown: data 8 5", "linked:   ", "replaced: stability 0 0", "rewritten: stability 0 0", "same:   ", "shrunk: stability 0 0"], changes);
    }

    [SkippableFact]
    public async Task GetDataRangesAsync_SparseFile_LeavesOutItsHoles()
    {
        using var directory = new TempDirectory();
        Tool.Bash(directory.Path, LinuxTree.Everything);
        await using DirectoryTreeSource source = DirectoryTreeSource.Open(directory.Path);
        Dictionary<string, FileTreeEntry> entries = await source.ListAsync().ToDictionaryAsync(e => e.Path.ToString());

        await using FileContent hole = await source.OpenAsync(entries["hole-only"]);
        await using FileContent sparse = await source.OpenAsync(entries["sparse"]);

        Assert.Empty(await hole.GetDataRangesAsync().ToListAsync());
        Assert.Equal([new ByteRange(1 << 20, 65_536), new ByteRange(200 * 65_536, 4_096)], await sparse.GetDataRangesAsync().ToListAsync());
        Assert.True(entries["sparse"].AllocatedSize < entries["sparse"].Size);
    }

    [SkippableFact]
    public async Task ReadAsync_LeavesTheAccessTimeAlone()
    {
        using var directory = new TempDirectory();
        Tool.Bash(directory.Path, "mkdir d; echo content > d/f; touch -a -d @1000 d/f d");
        await using DirectoryTreeSource source = DirectoryTreeSource.Open(directory.Path);
        List<FileTreeEntry> entries = await source.ListAsync().ToListAsync();

        Assert.Equal("content\n", await ReadTextAsync(source, entries[2]));

        Assert.Equal("1000 1000", Tool.Bash(directory.Path, "echo -n $(stat -c %X d d/f)"));
        Assert.Equal(new Timestamp(1000, 0), entries[2].Accessed);
    }

    [SkippableFact]
    public void Open_NotADirectory_SaysSo()
    {
        using var directory = new TempDirectory();
        File.WriteAllText(directory["file"], "x");

        Assert.Equal(WaybillErrorCode.SourceReadFailed, Assert.Throws<ProviderException>(() => DirectoryTreeSource.Open(directory["file"])).Code);
        Assert.Equal(directory["none"], Assert.Throws<ProviderException>(() => DirectoryTreeSource.Open(directory["none"])).ObjectName);
    }

    private static async Task<string> ReadTextAsync(DirectoryTreeSource source, FileTreeEntry entry)
    {
        await using FileContent content = await source.OpenAsync(entry);
        var buffer = new byte[100];
        int count = await content.ReadAsync(0, buffer);
        return Encoding.UTF8.GetString(buffer.AsSpan(0, count));
    }

    private static string Line(FileTreeEntry e)
    {
        char type = e.Type switch { FileType.Regular => 'f', FileType.Directory => 'd', FileType.SymbolicLink => 'l', FileType.Fifo => 'p', _ => '?' };
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Encoding.Latin1.GetString(e.Path.Bytes)} {type} {Convert.ToString(e.Mode, 8)} {e.UserId} {e.GroupId} {Encoding.Latin1.GetString(e.UserName.AsSpan())} {Encoding.Latin1.GetString(e.GroupName.AsSpan())} {Time(e.Modified)} {Time(e.Changed)} {e.Inode} {e.Size} {Encoding.Latin1.GetString(e.LinkTarget.AsSpan())}");
    }

    // find counts the fraction of a time before 1970 downwards.
    private static string Time(Timestamp? time)
    {
        (long seconds, int nanoseconds) = time!.Value;
        return string.Create(CultureInfo.InvariantCulture, $"{seconds}.{nanoseconds:D9}0");
    }
}
