using System.Collections.Immutable;
using System.Text;
using Waybill.Bundles.Tests.Local;
using Waybill.Tests.Shared;

namespace Waybill.Bundles.Tests.Files;

public class FileTreeLayoutTests
{
    private static readonly Timestamp s_started = new(1_000_100, 0);
    private static readonly Timestamp s_later = new(1_000_200, 0);

    [Fact]
    [Spec("R-12")]
    public async Task Read_FileThatCannotBeOpened_IsZerosAndAGap()
    {
        var tree = new ModelTree();
        tree.Add("a", SampleBytes.Make(100));
        tree.Add("b", SampleBytes.Make(200_000));
        tree.Add("c", SampleBytes.Make(100));
        tree.Unreadable[FilePath.FromText("b")] = "Permission denied";

        ModelBackup backup = await ModelBackup.MakeAsync(tree, null, s_started);

        Assert.Equal(new FileGap(FileGap.Data, "Permission denied", 0, 200_000), Assert.Single(backup["b"].Gaps));
        Assert.Equal(new byte[200_000], backup.GetContent(backup["b"]));
        Assert.Equal(SampleBytes.Make(100), backup.GetContent(backup["c"]));
        Assert.Equal(1, backup.GapCount);
    }

    [Fact]
    [Spec("R-12")]
    public async Task Read_DamagedPlace_CostsOnlyWhatIsAroundIt()
    {
        var tree = new ModelTree();
        byte[] content = SampleBytes.Make(1_000_000);
        tree.Add("a", content);
        tree.Damaged[FilePath.FromText("a")] = new ByteRange(300_000, 10);
        var options = new FileTreeLayoutOptions { CellSize = 1 << 20 };
        using FileTreeLayout layout = await FileTreeLayout.CreateAsync(tree, null, options, CancellationToken.None);
        var data = new byte[layout.DataLength];
        await using (FileTreeDataReader reader = layout.OpenData())
        {
            await reader.ReadAsync(0, data);
        }

        FileTreeEntry entry = FileEntryCodec.Decode(layout.GetEntries().Last(), layout.DataLength, 0);

        FileGap gap = Assert.Single(entry.Gaps);
        Assert.Equal((FileGap.Data, 262_144L, 65_536L), (gap.What, gap.Offset, gap.Length));
        content.AsSpan(262_144, 65_536).Clear();
        Assert.True(content.AsSpan().SequenceEqual(data.AsSpan(0, content.Length)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Read_FaultThatPasses_EndsTheRun_AndIsNoGap(bool sparse)
    {
        // A sparse file is asked for its ranges while the layout is made, any other is opened when its content is read.
        var tree = new ModelTree();
        ModelFile file = tree.Add("a", SampleBytes.Make(200_000));
        if (sparse)
        {
            file.Truncate(400_000);
        }

        tree.Busy.Add(FilePath.FromText("a"));

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(() => ModelBackup.MakeAsync(tree, null, s_started));

        Assert.Equal((WaybillErrorCode.ProviderBusy, true), (error.Code, error.IsTransient));
    }

    [Fact]
    public async Task Read_PlaceThatIsBusy_EndsTheRun_AndIsNoGap()
    {
        var tree = new ModelTree();
        tree.Add("a", SampleBytes.Make(1_000_000));
        tree.Damaged[FilePath.FromText("a")] = new ByteRange(300_000, 10);
        tree.Damage = ModelTree.MakeBusy;

        await Assert.ThrowsAsync<ProviderException>(() => ModelBackup.MakeAsync(tree, null, s_started));
    }

    [Fact]
    [Spec("R-12")]
    public async Task Read_FilesThatChangeAfterTheyWereListed_AreMarked()
    {
        var tree = new ModelTree();
        foreach (string path in (string[])["gone", "rewritten", "same", "shrunk"])
        {
            tree.Add(path, SampleBytes.Make(5_000));
        }

        ModelBackup backup = await ModelBackup.MakeAsync(tree, null, s_started, _ =>
        {
            tree.Files.Remove(FilePath.FromText("gone"));
            tree["rewritten"].Modified = s_later;
            tree["shrunk"].Truncate(1_000);
        });

        string Gaps(string path) => string.Join(", ", backup[path].Gaps.Select(g => $"{g.What} {g.Offset}+{g.Length}"));
        Assert.Equal("data 0+5000", Gaps("gone"));
        Assert.Equal("stability 0+0", Gaps("rewritten"));
        Assert.Equal("", Gaps("same"));
        Assert.Equal("data 1000+4000, stability 0+0", Gaps("shrunk"));
        Assert.Equal(5_000, backup["shrunk"].Size);
    }

    [Fact]
    [Spec("R-10")]
    [Spec("R-12")]
    public async Task Read_GapOfALinkedFile_IsInAllItsNames()
    {
        var tree = new ModelTree();
        ModelFile file = tree.Add("a", SampleBytes.Make(5_000));
        tree.Files[FilePath.FromText("z")] = file;
        tree.Unreadable[FilePath.FromText("a")] = "Permission denied";

        ModelBackup backup = await ModelBackup.MakeAsync(tree, null, s_started);

        Assert.Single(backup["a"].Gaps);
        Assert.Equal(backup["a"], backup["z"] with { Path = FilePath.FromText("a") });
        Assert.Equal(2, backup.GapCount);
    }

    [Theory]
    [InlineData(97, false)]
    [InlineData(98, true)]
    [InlineData(100, true)]
    public async Task Create_FileTouchedJustBeforeTheParentBegan_IsReadAgain(int second, bool isRead)
    {
        // Within the clock's tick the content can change once more after it was read, and the times stay the same.
        var tree = new ModelTree { Now = new Timestamp(1_000_000 + second, 0) };
        tree.Add("a", SampleBytes.Make(1_000));
        ModelBackup parent = await ModelBackup.MakeAsync(tree, null, s_started);
        SampleBytes.Make(1_000, seed: 2).CopyTo(tree["a"].Content, 0);
        tree.Opened.Clear();

        ModelBackup backup = await ModelBackup.MakeAsync(tree, parent, s_later);

        Assert.Equal(isRead, tree.Opened.Count > 0);
        Assert.Equal(SampleBytes.Make(1_000, isRead ? 2 : 1), backup.GetContent(backup["a"]));
        Assert.Equal(parent["a"].Extents.ToArray(), backup["a"].Extents.ToArray());
    }

    [Fact]
    public async Task Create_FileWithAGapInTheParent_IsReadAgain()
    {
        var tree = new ModelTree();
        tree.Add("a", SampleBytes.Make(1_000));
        tree.Unreadable[FilePath.FromText("a")] = "Permission denied";
        ModelBackup parent = await ModelBackup.MakeAsync(tree, null, s_started);
        tree.Unreadable.Clear();

        ModelBackup backup = await ModelBackup.MakeAsync(tree, parent, s_later);

        Assert.Empty(backup["a"].Gaps);
        Assert.Equal(SampleBytes.Make(1_000), backup.GetContent(backup["a"]));
    }

    [Fact]
    public async Task Create_ParentGaveOneAddressToTwoFiles_SeparatesThem()
    {
        var tree = new ModelTree();
        tree.Add("a", SampleBytes.Make(1_000));
        tree.Add("b", SampleBytes.Make(1_000));
        ModelBackup parent = await ModelBackup.MakeAsync(tree, null, s_started);
        ImmutableArray<FileExtent> shared = parent["a"].Extents;
        parent = parent with { Entries = [.. parent.Entries.Select(e => e.Path == FilePath.FromText("b") ? e with { Extents = shared } : e)] };
        tree["b"].Write(0, SampleBytes.Make(1_000, seed: 2));
        tree["b"].Changed = tree["b"].Modified = s_later;

        ModelBackup backup = await ModelBackup.MakeAsync(tree, parent, s_later);

        backup.GetUnits();
        Assert.Equal(SampleBytes.Make(1_000), backup.GetContent(backup["a"]));
        Assert.Equal(SampleBytes.Make(1_000, seed: 2), backup.GetContent(backup["b"]));
    }

    [Fact]
    public async Task Create_ParentOfOddLength_NeverInheritsItsLastBlock()
    {
        var tree = new ModelTree();
        tree.Add("a", SampleBytes.Make(700));
        ModelBackup parent = await ModelBackup.MakeAsync(tree, null, s_started);
        parent = parent with { Data = parent.Data[..700] };

        ModelBackup backup = await ModelBackup.MakeAsync(tree, parent, s_later);

        Assert.Equal([new ByteRange(512, 512)], backup.ChangedRanges);
        Assert.Equal(1_024, backup.Data.Length);
        Assert.Equal(SampleBytes.Make(700), backup.GetContent(backup["a"]));
    }

    [Fact]
    public async Task Create_MoreHolesThanAnEntryShouldList_ClosesTheSmallest()
    {
        var tree = new ModelTree();
        ModelFile file = tree.Add("a", []);
        file.Truncate(512 * ((DataRangeList.MaxCount * 2) + 5_000));
        for (int i = 0; i <= DataRangeList.MaxCount; i++)
        {
            file.Units.Add(2 * i);
            file.Content[1_024 * i] = 1;
        }

        // A hole larger than the others, which must remain.
        file.Units.Add((file.Content.Length / 512) - 1);
        file.Content[^1] = 2;

        ModelBackup backup = await ModelBackup.MakeAsync(tree, null, s_started);

        Assert.InRange(backup["a"].Extents.Length, 2, DataRangeList.MaxCount);
        Assert.True(backup["a"].Extents[^1].FileOffset > backup["a"].Extents[^2].FileEnd);
        Assert.True(file.Content.AsSpan().SequenceEqual(backup.GetContent(backup["a"])));
    }

    [Fact]
    [Spec("D-11")]
    public async Task GetEntries_Reproducible_LeavesOutWhatDiffersBetweenCopies()
    {
        var tree = new ModelTree();
        tree.Add("a", SampleBytes.Make(10));

        ModelBackup backup = await ModelBackup.MakeAsync(tree, null, s_started, options: new FileTreeLayoutOptions { Reproducible = true });

        Assert.All(backup.Entries, e => Assert.Equal((null, null, null, 0ul), (e.Accessed, e.Born, e.Changed, e.Inode)));
        Assert.NotNull(backup["a"].Modified);
    }

    [Fact]
    public async Task Read_ManyFilesOverManyReads_KeepsFewOpen()
    {
        var tree = new ModelTree();
        for (int i = 0; i < 200; i++)
        {
            tree.Add($"f{i:D3}", SampleBytes.Make(3_000, i));
        }

        using FileTreeLayout layout = await FileTreeLayout.CreateAsync(tree, null, new FileTreeLayoutOptions(), CancellationToken.None);
        var data = new byte[layout.DataLength];
        await using (FileTreeDataReader reader = layout.OpenData())
        {
            for (int offset = 0; offset < data.Length; offset += 1_000)
            {
                await reader.ReadAsync(offset, data.AsMemory(offset, Math.Min(1_000, data.Length - offset)));
            }
        }

        Assert.InRange(tree.MostOpen, 2, 33);
        Assert.Equal(0, tree.OpenNow);
        Assert.True(tree.Opened.Count <= 200, $"{tree.Opened.Count} opens for 200 files");
        Assert.True(SampleBytes.Make(3_000, 199).AsSpan().SequenceEqual(data.AsSpan(199 * 3_072, 3_000)));
    }

    [Fact]
    public async Task Create_SourceOutOfOrder_IsRefused()
    {
        var source = new ListSource([Directory(""), Directory("b"), Directory("a")]);

        BundleFormatException error = await Assert.ThrowsAsync<BundleFormatException>(
            () => FileTreeLayout.CreateAsync(source, null, new FileTreeLayoutOptions(), CancellationToken.None));

        Assert.Equal(WaybillErrorCode.EntryInvalid, error.Code);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_500_000)]
    [InlineData(long.MaxValue)]
    public void EntrySpool_MemoryOrFile_GivesBackWhatItGot(long memory)
    {
        using var spool = new EntrySpool(memory);
        var positions = new List<long>();
        for (int i = 0; i < 2_000; i++)
        {
            positions.Add(spool.Append(SampleBytes.Make(i == 1_000 ? 3_000_000 : i, i)));
        }

        Assert.Equal(2_000, spool.Count);
        Assert.Equal(positions, spool.ReadAll().Select(e => e.Position));
        Assert.Equal(positions.Order(), positions);
        foreach (int i in (int[])[1_999, 0, 1_000, 1, 500, 1_001])
        {
            Assert.True(SampleBytes.Make(i == 1_000 ? 3_000_000 : i, i).AsSpan().SequenceEqual(spool.Read(positions[i])), $"entry {i} differs");
        }
    }

    private static FileTreeEntry Directory(string path) => new() { Path = FilePath.FromBytes(Encoding.UTF8.GetBytes(path)), Type = FileType.Directory };

    private sealed class ListSource(IReadOnlyList<FileTreeEntry> entries) : FileTreeSource
    {
        public override IAsyncEnumerable<FileTreeEntry> ListAsync(CancellationToken cancellationToken = default) => entries.ToAsyncEnumerable();

        public override ValueTask<FileContent> OpenAsync(FileTreeEntry entry, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }
}
