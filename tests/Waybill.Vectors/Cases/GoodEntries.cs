using Google.Protobuf;
using Waybill.Bundles;
using Waybill.Vectors.Sketches;
using static Waybill.Vectors.Cases.Case;
using static Waybill.Vectors.Cases.Samples;
using Wire = Waybill.Bundles.Wire;

namespace Waybill.Vectors.Cases;

/// <summary>Resources and file trees.</summary>
internal static class GoodEntries
{
    public static Vector[] All { get; } =
    [
        Good("resources", "Definitions with owners, and Secrets in a stream of their own; bodies are any bytes.", ["R-01", "R-02", "R-03", "R-04"], Resources),
        Good("resources-empty-body", "A definition without bytes.", ["R-01"], name =>
        {
            var bundle = new BundleSketch(name);
            AddResources(bundle, StreamKind.Resources, (new Wire.ResourceEntry { ApiVersion = "v1", Kind = "Empty", Name = "e" }, []));
            return bundle.Finish();
        }),
        Good("secret-of-another-group", "A Secret of another API group is no Secret.", ["R-03"], name =>
        {
            var bundle = new BundleSketch(name);
            AddResources(bundle, StreamKind.Resources, (new Wire.ResourceEntry { ApiVersion = "vault.example/v1", Kind = "Secret", Name = "s" }, "x"u8.ToArray()));
            return bundle.Finish();
        }),
        Good("entries-across-cells", "Entries that begin in one cell and end in another.", ["R-02"], name =>
        {
            var bundle = new BundleSketch(name);
            AddResources(bundle, StreamKind.Resources, [.. Enumerable.Range(0, 5).Select(i => (
                new Wire.ResourceEntry { Ordinal = (uint)i, ApiVersion = "v1", Kind = "ConfigMap", Namespace = "shop", Name = $"c{i}" }, Pattern.Cell($"body {i}", 30_000 + (i * 1000))))]);
            return bundle.Finish();
        }),
        Tree("files-types", "A file of every type.", ["R-05", "R-06"], [Pattern.Cell("content", 600)],
            File("block", Wire.FileType.BlockDevice, f => (f.DeviceMajor, f.DeviceMinor) = (8, 1)),
            File("char", Wire.FileType.CharacterDevice, f => (f.DeviceMajor, f.DeviceMinor) = (1, 3)),
            File("dir", Wire.FileType.Directory),
            File("dir/inside", Wire.FileType.Regular, f => f.Mode = 0x9A4),
            File("fifo", Wire.FileType.Fifo),
            File("file", Wire.FileType.Regular, f => Extent(f, 600, 0, 0, 600)),
            File("link", Wire.FileType.Symlink, f => f.LinkTarget = ByteString.CopyFromUtf8("/etc/../dir")),
            File("socket", Wire.FileType.Socket)),
        Tree("files-empty", "A tree that is only its root, with an empty FILE_DATA stream.", ["R-05"], []),
        Tree("files-order", "Paths in order: a slash comes before every other byte.", ["R-05"], [],
            File("a", Wire.FileType.Directory), File("a/z", Wire.FileType.Regular), File("a\t", Wire.FileType.Regular), File("a!", Wire.FileType.Directory),
            File("a!/b", Wire.FileType.Regular), File("a-b", Wire.FileType.Regular), File("aa", Wire.FileType.Regular)),
        Tree("files-links", "Hard links over directories: each name carries the whole inode.", ["R-10"], [Pattern.Cell("linked", 512)],
            File("a", Wire.FileType.Regular, Linked), File("b", Wire.FileType.Directory), File("b/c", Wire.FileType.Regular, Linked),
            File("d", Wire.FileType.Symlink, f => (f.LinkGroup, f.LinkTarget) = (9, ByteString.CopyFromUtf8("a"))),
            File("e", Wire.FileType.Symlink, f => (f.LinkGroup, f.LinkTarget) = (9, ByteString.CopyFromUtf8("a")))),
        Tree("files-names", "Names as bytes: invalid UTF-8, control characters, 255 bytes, names that trouble other systems.", ["R-07", "R-08"], [], OddNames()),
        Tree("files-deep", "A path of 65 535 bytes.", ["R-07"], [], Deep()),
        Tree("files-metadata", "Modes, owners, times, attributes and ACLs.", ["R-01", "D-10"], [],
            File("all", Wire.FileType.Regular, f =>
            {
                f.Mode = 0xFFF;
                (f.Uid, f.Gid) = (uint.MaxValue, 65_534);
                (f.Owner, f.Group) = (ByteString.CopyFromUtf8("alice"), ByteString.CopyFrom(0xE9));
                f.Modified = new Wire.Time { Seconds = -5, Nanos = 999_999_999 };
                f.Accessed = new Wire.Time { Seconds = 1 };
                f.Born = new Wire.Time { Seconds = 2 };
                f.Changed = new Wire.Time { Seconds = 3 };
                f.Inode = ulong.MaxValue;
                f.Xattrs.Add(new Wire.Xattr { Name = ByteString.CopyFromUtf8("security.capability"), Value = ByteString.CopyFrom(1, 0, 0, 2) });
                f.Xattrs.Add(new Wire.Xattr { Name = ByteString.CopyFromUtf8("system.posix_acl_access"), Value = ByteString.CopyFrom([2, 0, 0, 0, .. Pattern.Fill(8, 1)]) });
                f.Xattrs.Add(new Wire.Xattr { Name = ByteString.CopyFromUtf8("user.empty") });
            })),
        Tree("files-sparse", "Files with holes at the start, in the middle and at the end, and one that is all hole.", ["R-09"], [Pattern.Cell("one", 512), new byte[512], Pattern.Cell("two", 100)],
            File("holes", Wire.FileType.Regular, f => Extent(Extent(f, 1UL << 40, 4096, 0, 512), 1UL << 40, 1UL << 33, 1024, 100)),
            File("nothing", Wire.FileType.Regular, f => f.Size = 1UL << 62),
            File("shared", Wire.FileType.Regular, f => Extent(f, 10, 0, 0, 10))),
        Tree("files-gaps", "Parts that could not be read.", ["R-12"], [],
            File("dir", Wire.FileType.Directory, f => f.Gaps.Add(new Wire.Gap { What = "list", Reason = "permission denied" })),
            File("file", Wire.FileType.Regular, f =>
            {
                f.Size = 5000;
                f.Gaps.Add([new Wire.Gap { What = "data", Offset = 4096, Length = 904, Reason = "input/output error" }, new Wire.Gap { What = "xattrs", Reason = "not supported" }]);
            })),
        Good("files-two-trees", "Two trees and a volume of the same names.", ["D-03"], name =>
        {
            var bundle = new BundleSketch(name);
            AddTree(bundle, "one", [1, 2, 3], [File("a", Wire.FileType.Regular, f => Extent(f, 3, 0, 0, 3))]);
            AddTree(bundle, "two", [4, 5], [File("b", Wire.FileType.Regular, f => Extent(f, 2, 0, 0, 2))]);
            bundle.Volume("one", [9]);
            return bundle.Finish();
        }),
        Good("files-incremental", "A tree against its parent: unchanged content inherited, a removed file ZERO, a new one behind the parent's end.", ["R-09", "I-01"], name =>
        {
            var bundle = new BundleSketch(name, FilesFull());
            AddEntries(bundle, "tree", [File("kept", Wire.FileType.Regular, f => Extent(f, 700, 0, 0, 700)), File("new", Wire.FileType.Regular, f => Extent(f, 50, 0, 1536, 50))]);
            bundle.Begin("tree", StreamKind.FileData).Masked("i2 z1 d1", Pattern.Cell("fresh", 50), (3 * Block) + 50).End();
            return bundle.Finish();
        }, "files-full"),
        Good("files-full", "The tree that files-incremental builds on.", ["R-09"], _ => FilesFull()),
    ];

    public static Wire.FileEntry File(string path, Wire.FileType type, Action<Wire.FileEntry>? change = null) => File(ByteString.CopyFromUtf8(path), type, change);

    public static Wire.FileEntry Extent(Wire.FileEntry file, ulong size, ulong fileOffset, ulong dataOffset, ulong length)
    {
        file.Size = size;
        file.Extents.Add(new Wire.FileExtent { FileOffset = fileOffset, DataOffset = dataOffset, Length = length });
        return file;
    }

    /// <summary>Adds a tree: its entries after the root, and its data.</summary>
    public static void AddTree(BundleSketch bundle, string name, byte[] data, IEnumerable<Wire.FileEntry> entries)
    {
        AddEntries(bundle, name, entries);
        bundle.Volume(name, data, StreamKind.FileData);
    }

    public static void AddResources(BundleSketch bundle, StreamKind kind, params (Wire.ResourceEntry Entry, byte[] Body)[] resources)
    {
        byte[] content = [.. resources.SelectMany(r => EntryBytes.Of(r.Entry, r.Body))];
        StreamSketch stream = bundle.Volume(kind == StreamKind.Secrets ? "secrets" : "resources", content, kind);
        stream.ManifestEntry.EntryCount = (ulong)resources.Length;
    }

    public static BundleSketch Resources(string name)
    {
        var bundle = new BundleSketch(name);
        AddResources(
            bundle,
            StreamKind.Resources,
            (new Wire.ResourceEntry { Ordinal = 0, ApiVersion = "v1", Kind = "Namespace", Name = "shop", MediaType = "application/yaml", OriginName = ByteString.CopyFromUtf8("a/ns.yaml") }, "kind: Namespace\n# exact bytes\r\n"u8.ToArray()),
            (new Wire.ResourceEntry
            {
                Ordinal = 2, ApiVersion = "apps/v1", Kind = "ReplicaSet", Namespace = "shop", Name = "web-1", Uid = "0c1d", ResourceVersion = "42", MediaType = "application/json",
                Owners = { new Wire.OwnerReference { ApiVersion = "apps/v1", Kind = "Deployment", Name = "web", Uid = "aa", Controller = true } },
            }, [0x7B, 0x22, 0xFF, 0x00, 0x22, 0x7D]));
        AddResources(bundle, StreamKind.Secrets, (new Wire.ResourceEntry { Ordinal = 1, ApiVersion = "v1", Kind = "Secret", Namespace = "shop", Name = "db" }, "c2VjcmV0"u8.ToArray()));
        return bundle.Finish();
    }

    private static Wire.FileEntry File(ByteString path, Wire.FileType type, Action<Wire.FileEntry>? change = null)
    {
        var file = new Wire.FileEntry { Path = path, Type = type, Mode = 0x1A4, Modified = new Wire.Time { Seconds = 1_767_000_000 } };
        change?.Invoke(file);
        return file;
    }

    private static void AddEntries(BundleSketch bundle, string name, IEnumerable<Wire.FileEntry> entries)
    {
        List<Wire.FileEntry> all = [File("", Wire.FileType.Directory), .. entries];
        StreamSketch meta = bundle.Volume(name, [.. all.SelectMany(e => EntryBytes.Of(e))], StreamKind.FileMeta);
        meta.ManifestEntry.EntryCount = (ulong)all.Count;
        meta.ManifestEntry.GapCount = (ulong)all.Sum(e => e.Gaps.Count);
    }

    private static Vector Tree(string name, string about, string[] spec, byte[][] data, params Wire.FileEntry[] entries) =>
        Good(name, about, spec, n =>
        {
            var bundle = new BundleSketch(n);
            AddTree(bundle, "tree", [.. data.SelectMany(d => d)], entries);
            return bundle.Finish();
        });

    private static BundleSketch FilesFull()
    {
        var bundle = new BundleSketch("files-full");
        AddTree(bundle, "tree", [.. Pattern.Cell("kept", 700), .. new byte[324], .. Pattern.Cell("gone", 512)],
            [File("gone", Wire.FileType.Regular, f => Extent(f, 512, 0, 1024, 512)), File("kept", Wire.FileType.Regular, f => Extent(f, 700, 0, 0, 700))]);
        return bundle.Finish();
    }

    private static void Linked(Wire.FileEntry file)
    {
        file.LinkGroup = 7;
        Extent(file, 512, 0, 0, 512);
    }

    private static Wire.FileEntry[] OddNames()
    {
        byte[][] names =
        [
            [0x01], " "u8.ToArray(), "\"quoted\""u8.ToArray(), "*?"u8.ToArray(), "..."u8.ToArray(), "CON"u8.ToArray(), "\\back\\slash"u8.ToArray(), "dot."u8.ToArray(),
            "e\u0301"u8.ToArray(), "line\nbreak"u8.ToArray(), Pattern.Fill(255, (byte)'n'), "\u00E9"u8.ToArray(), "\u202Egpj"u8.ToArray(), [0xE9], [0xFF, 0xFE],
        ];
        return [.. names.OrderBy(Convert.ToHexString, StringComparer.Ordinal).Select(n => File(ByteString.CopyFrom(n), Wire.FileType.Regular))];
    }

    // Directories of 255 bytes each, and a file whose path has exactly the largest length.
    private static Wire.FileEntry[] Deep()
    {
        string component = new('d', 255);
        List<Wire.FileEntry> entries = [];
        string path = component;
        while (path.Length + 256 <= 65_535)
        {
            entries.Add(File(path, Wire.FileType.Directory));
            path += "/" + component;
        }

        return [.. entries, File(path, path.Length == 65_535 ? Wire.FileType.Regular : Wire.FileType.Directory)];
    }
}
