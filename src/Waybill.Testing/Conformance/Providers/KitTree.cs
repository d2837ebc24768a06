using System.Collections.Immutable;

namespace Waybill.Testing;

/// <summary>A tree of files that the kit restores: some of each kind that a tree can have without special rights.</summary>
internal sealed class KitTree
{
    private const ulong Linked = 7;
    private const int HoleyLength = 300_000;

    private static readonly Timestamp s_modified = new(1_700_000_000, 0);

    private KitTree(ImmutableArray<(FileTreeEntry Entry, byte[] Content)> files) => Files = files;

    /// <summary>Gets a file with a hole at its beginning and one at its end.</summary>
    public static FilePath Holey { get; } = FilePath.FromText("a/holey");

    /// <summary>Gets the part of it that is no hole.</summary>
    public static ByteRange HoleyData { get; } = new(100_001, 50_000);

    /// <summary>Gets two names of one file.</summary>
    public static (FilePath First, FilePath Second) LinkedNames { get; } = (FilePath.FromText("b.txt"), FilePath.FromText("c/d/again.txt"));

    /// <summary>Gets the entries in the order of their paths, each with its content.</summary>
    public ImmutableArray<(FileTreeEntry Entry, byte[] Content)> Files { get; }

    public static KitTree Make(ProviderScope scope)
    {
        var holey = new byte[HoleyLength];
        scope.RandomBytes((int)HoleyData.Length).CopyTo(holey.AsSpan((int)HoleyData.Offset));
        byte[] linked = scope.RandomBytes(70_001);
        (FileTreeEntry, byte[])[] files =
        [
            (Directory(FilePath.Root), []),
            (Directory(FilePath.FromText("a")), []),
            (Regular(FilePath.FromText("a/empty"), 0), []),
            (Regular(Holey, holey.Length) with { AllocatedSize = HoleyData.Length }, holey),
            (new FileTreeEntry { Path = FilePath.FromText("a/link"), Type = FileType.SymbolicLink, Mode = 0x1FF, Modified = s_modified, LinkTarget = [.. "../b.txt"u8] }, []),
            (Regular(LinkedNames.First, linked.Length) with { LinkGroup = Linked }, linked),
            (Directory(FilePath.FromText("c")), []),
            (Directory(FilePath.FromText("c/d")), []),
            (Regular(LinkedNames.Second, linked.Length) with { LinkGroup = Linked }, linked),
            (Regular(FilePath.FromText("c/d/small.bin"), 3) with { Mode = 0x100 }, [1, 0, 2]),
            // Names are bytes: these are no UTF-8.
            (Regular(FilePath.FromBytes([0x66, 0xFF, 0xFE]), 5), [5, 4, 3, 2, 1]),
        ];
        return new KitTree([.. files.OrderBy(file => file.Item1.Path)]);
    }

    /// <summary>Writes it to an empty volume.</summary>
    /// <returns>What the target says it could not restore.</returns>
    public async Task<IReadOnlyList<FileRestoreProblem>> WriteAsync(FileTreeTarget target, CancellationToken cancellationToken)
    {
        foreach ((FileTreeEntry entry, byte[] content) in Files)
        {
            if (await target.BeginAsync(entry, cancellationToken).ConfigureAwait(false))
            {
                ByteRange data = entry.Path == Holey ? HoleyData : new ByteRange(0, content.Length);
                if (!data.IsEmpty)
                {
                    await target.WriteAsync(data.Offset, content.AsMemory((int)data.Offset, (int)data.Length), cancellationToken).ConfigureAwait(false);
                }
            }
        }

        await target.CompleteAsync(cancellationToken).ConfigureAwait(false);
        return [.. target.Problems];
    }

    private static FileTreeEntry Directory(FilePath path) => new() { Path = path, Type = FileType.Directory, Mode = 0x1ED, Modified = s_modified };

    private static FileTreeEntry Regular(FilePath path, long size) => new() { Path = path, Type = FileType.Regular, Mode = 0x1A0, Modified = s_modified, Size = size };
}
