using FsCheck;
using FsCheck.Fluent;
using Waybill.Tests.Shared;

namespace Waybill.Bundles.Tests.Files;

public class FileTreeLayoutPropertyTests
{
    private static readonly string[] s_paths = ["a", "b", "d", "d/x", "d/y", "d.z", "e", "e/x", "f"];
    private static readonly string[] s_directories = ["d", "e"];

    public enum EditKind
    {
        Create,
        CreateSparse,
        Write,
        WriteFar,
        Append,
        Truncate,
        Delete,
        Rename,
        Link,
        Replace,
    }

    public sealed record Edit(EditKind Kind, int Target, int Other, int Place, int Length, int Seed);

    [Fact]
    [Spec("R-09")]
    [Spec("R-10")]
    public void AnyHistory_KeepsAddressesAndContent()
    {
        Gen<Edit> edit =
            from kind in Gen.Elements(Enum.GetValues<EditKind>())
            from target in Gen.Choose(0, s_paths.Length - 1)
            from other in Gen.Choose(0, s_paths.Length - 1)
            from place in Gen.OneOf(Gen.Choose(0, 2_000), Gen.Choose(0, 150_000))
            from length in Gen.OneOf(Gen.Choose(0, 1_500), Gen.Choose(1, 100_000), Gen.Elements(511, 512, 513, 65_535, 65_536, 65_537))
            from seed in Gen.Choose(1, 1_000)
            select new Edit(kind, target, other, place, length, seed);
        Gen<Edit[][]> histories = Gen.ArrayOf(Gen.ArrayOf(edit));
        Prop.ForAll(Arb.From(histories, Shrink), CheckHistoryAsync).Check(Config.QuickThrowOnFailure.WithMaxTest(150).WithEndSize(12));
    }

    private static IEnumerable<Edit[][]> Shrink(Edit[][] history)
    {
        for (int i = 0; i < history.Length; i++)
        {
            yield return [.. history[..i], .. history[(i + 1)..]];
            for (int j = 0; j < history[i].Length; j++)
            {
                yield return [.. history[..i], [.. history[i][..j], .. history[i][(j + 1)..]], .. history[(i + 1)..]];
            }
        }
    }

    private static async Task CheckHistoryAsync(Edit[][] history)
    {
        var tree = new ModelTree();
        ModelBackup? parent = null;
        foreach (Edit[] edits in history)
        {
            tree.Now = tree.Now with { Seconds = tree.Now.Seconds + 100 };
            foreach (Edit edit in edits)
            {
                Apply(tree, edit);
            }

            tree.Opened.Clear();
            Timestamp started = tree.Now with { Seconds = tree.Now.Seconds + 50 };
            ModelBackup backup = await ModelBackup.MakeAsync(tree, parent, started);
            CheckContent(tree, backup);
            CheckNotOpened(tree, backup, parent);
            CheckAddresses(backup, parent);
            await CheckAgainstFullReadAsync(tree, backup, parent);
            parent = backup;
        }
    }

    private static void Apply(ModelTree tree, Edit edit)
    {
        string path = s_paths[edit.Target];
        string other = s_paths[edit.Other];
        byte[] bytes = new byte[edit.Length];
        new Random(edit.Seed).NextBytes(bytes);
        tree.Files.TryGetValue(FilePath.FromText(path), out ModelFile? file);
        if (edit.Kind is EditKind.Create or EditKind.CreateSparse or EditKind.Replace)
        {
            Remove(tree, path);
            MakeParent(tree, path);
            file = tree.Add(path, edit.Kind == EditKind.CreateSparse ? [] : bytes);
            if (edit.Kind == EditKind.CreateSparse)
            {
                file.Truncate(edit.Place + (2 * edit.Length));
                file.Write(edit.Place, bytes);
            }

            return;
        }

        if (file is not { Type: FileType.Regular })
        {
            return;
        }

        file.Modified = file.Changed = tree.Now;
        switch (edit.Kind)
        {
            case EditKind.Write:
                file.Write(Math.Min(edit.Place, file.Content.Length), bytes);
                break;
            case EditKind.WriteFar:
                file.Write(file.Content.Length + edit.Place, bytes);
                break;
            case EditKind.Append:
                file.Write(file.Content.Length, bytes);
                break;
            case EditKind.Truncate:
                file.Truncate(edit.Place);
                break;
            case EditKind.Delete:
                Remove(tree, path);
                break;
            case EditKind.Rename or EditKind.Link when path != other && !other.StartsWith(path + "/", StringComparison.Ordinal):
                Remove(tree, other);
                MakeParent(tree, other);
                tree.Files[FilePath.FromText(other)] = file;
                if (edit.Kind == EditKind.Rename)
                {
                    Remove(tree, path);
                }

                break;
        }
    }

    private static void Remove(ModelTree tree, string path)
    {
        FilePath removed = FilePath.FromText(path);
        foreach (FilePath p in tree.Files.Keys.Where(p => p == removed || p.IsBelow(removed)).ToList())
        {
            tree.Files.Remove(p);
        }
    }

    private static void MakeParent(ModelTree tree, string path)
    {
        string? parent = s_directories.FirstOrDefault(d => path.StartsWith(d + "/", StringComparison.Ordinal));
        if (parent is not null && tree.Files.GetValueOrDefault(FilePath.FromText(parent))?.Type != FileType.Directory)
        {
            Remove(tree, parent);
            tree.Add(parent, type: FileType.Directory);
        }
    }

    private static void CheckContent(ModelTree tree, ModelBackup backup)
    {
        Assert.Equal(tree.Files.Keys, backup.Entries.Select(e => e.Path));
        var rules = new FileTreeRules();
        foreach (FileTreeEntry entry in backup.Entries)
        {
            rules.Add(entry);
            Assert.Empty(entry.Gaps);
            ModelFile file = tree.Files[entry.Path];
            Assert.True(file.Content.AsSpan().SequenceEqual(backup.GetContent(entry)), $"{entry.Path} has other content in the backup");
        }

        Assert.Equal(0, tree.OpenNow);
    }

    private static void CheckNotOpened(ModelTree tree, ModelBackup backup, ModelBackup? parent)
    {
        foreach (FilePath path in tree.Opened)
        {
            FileTreeEntry now = backup.Entries.Single(e => e.Path == path);
            FileTreeEntry? before = parent?.Entries.SingleOrDefault(e => e.Path == path);

            // A file that lost a name may have lost its addresses to that name.
            if (before is { LinkGroup: 0 } && now.LinkGroup == 0 && before.Inode == now.Inode)
            {
                Assert.True(before.Changed != now.Changed, $"{path} was read although nothing about it changed");
            }
        }
    }

    private static void CheckAddresses(ModelBackup backup, ModelBackup? parent)
    {
        Dictionary<long, (ulong Inode, long FileUnit)> units = backup.GetUnits();
        Dictionary<long, (ulong Inode, long FileUnit)> before = parent?.GetUnits() ?? [];
        long parentUnits = (parent?.Data.Length ?? 0) / 512;
        Assert.All(units.Keys, u => Assert.True(u >= parentUnits || before.ContainsKey(u), $"the freed address {u * 512} is in use again"));
        Assert.True(backup.Data.Length >= (parent?.Data.Length ?? 0));
        foreach (FileTreeEntry entry in backup.Entries.Where(e => !e.Extents.IsEmpty))
        {
            FileTreeEntry? old = parent?.Entries.SingleOrDefault(e => e.Path == entry.Path);
            bool isNew = old is null || old.Extents.IsEmpty;
            if (isNew && entry.LinkGroup == 0)
            {
                int alignment = entry.Size >= ModelBackup.CellSize ? ModelBackup.CellSize : 512;
                Assert.True(entry.Extents[0].DataOffset % alignment == 0, $"{entry.Path} does not start at a multiple of {alignment}");
            }

            if (old is { LinkGroup: 0 } && entry.LinkGroup == 0)
            {
                CheckKept(entry, old);
            }
        }
    }

    private static void CheckKept(FileTreeEntry entry, FileTreeEntry old)
    {
        Dictionary<long, long> before = PlaceUnits(old);
        foreach ((long unit, long address) in PlaceUnits(entry))
        {
            Assert.True(!before.TryGetValue(unit, out long kept) || kept == address, $"{entry.Path} moved from {kept * 512L} to {address * 512L} at {unit * 512}");
        }
    }

    private static Dictionary<long, long> PlaceUnits(FileTreeEntry entry) =>
        entry.Extents.SelectMany(e => Enumerable.Range(0, (int)((e.Length + 511) / 512)).Select(i => (File: (e.FileOffset / 512) + i, Data: (e.DataOffset / 512) + i))).ToDictionary(p => p.File, p => p.Data);

    // Whoever reads everything must get what inheriting and reading the changed ranges gave: nothing changed outside of them.
    private static async Task CheckAgainstFullReadAsync(ModelTree tree, ModelBackup backup, ModelBackup? parent)
    {
        FileTreeParent? previous = parent is null ? null : new FileTreeParent(parent.Entries.ToAsyncEnumerable(), parent.Data.Length, parent.Started);
        using FileTreeLayout layout = await FileTreeLayout.CreateAsync(tree, previous, new FileTreeLayoutOptions { CellSize = ModelBackup.CellSize }, CancellationToken.None);
        await using FileTreeDataReader reader = layout.OpenData();
        byte[] all = Enumerable.Repeat((byte)0xAA, backup.Data.Length).ToArray();
        Assert.Equal(all.Length, await reader.ReadAsync(0, all));
        Assert.True(all.AsSpan().SequenceEqual(backup.Data), $"the parent's content differs from the files at {all.AsSpan().CommonPrefixLength(backup.Data)}");

        long end = 0;
        foreach (ByteRange range in backup.ChangedRanges)
        {
            Assert.True(range.Offset >= end && range.Length > 0 && range.End <= backup.Data.Length, $"{range} does not ascend");
            end = range.End;
        }

        var outside = (byte[])all.Clone();
        await foreach (ByteRange range in reader.GetDataRangesAsync())
        {
            outside.AsSpan((int)range.Offset, (int)range.Length).Clear();
        }

        Assert.True(outside.AsSpan().IndexOfAnyExcept((byte)0) < 0, "there is data outside of the data ranges");
    }
}
