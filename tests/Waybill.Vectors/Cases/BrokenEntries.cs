using System.Buffers.Binary;
using Google.Protobuf;
using Waybill.Bundles;
using Waybill.Vectors.Sketches;
using static Waybill.Vectors.Cases.Case;
using Wire = Waybill.Bundles.Wire;

namespace Waybill.Vectors.Cases;

/// <summary>Entries of resources and files that break a rule; their streams are in order.</summary>
internal static class BrokenEntries
{
    private const int MetaLength = 4;
    private const int BodyLength = 8;

    public static Vector[] All { get; } = [.. Headers(), .. Resources(), .. Trees(), .. Names(), .. Extents()];

    private static Vector[] Headers() =>
    [
        Entry("magic", "An entry without its magic.", "R-01", h => h[0] = 0),
        Entry("meta-length", "An entry with a meta length of 32 MiB and a byte.", "R-01", h => BinaryPrimitives.WriteUInt32LittleEndian(h.AsSpan(MetaLength), 33_554_433)) with { Or = ["limit_exceeded"] },
        Entry("meta-length-largest", "An entry with a meta length of 2^32 - 1.", "R-01", h => BinaryPrimitives.WriteUInt32LittleEndian(h.AsSpan(MetaLength), uint.MaxValue)) with { Or = ["limit_exceeded"] },
        Entry("body-length", "A resource of 16 MiB and a byte.", "R-01", h => BinaryPrimitives.WriteInt64LittleEndian(h.AsSpan(BodyLength), 16_777_217)) with { Or = ["limit_exceeded"] },
        Entry("body-length-largest", "A resource of 2^64 - 1 bytes.", "R-01", h => BinaryPrimitives.WriteInt64LittleEndian(h.AsSpan(BodyLength), -1)) with { Or = ["limit_exceeded"] },
        Entry("meta-crc", "The checksum of an entry's meta is wrong.", "R-01", h => h[16] ^= 1),
        Entry("body-beyond-end", "A body that reaches beyond the end of the stream.", "R-02", h => h[BodyLength]++),
        Content("entry-header-crc", "The checksum of an entry's header is wrong.", "R-01", StreamKind.Resources, 1, [.. Good()[..20], 0, 0, 0, 0, .. Good()[24..]]),
        Content("entry-bytes-left", "Bytes behind the last entry.", "R-02", StreamKind.Resources, 1, [.. Good(), 1]),
        Content("entry-zeros-left", "Zeros behind the last entry, whole cells of them.", "R-02", StreamKind.Resources, 1, [.. Good(), .. new byte[200_000]]),
        Content("entry-cut", "The stream ends inside an entry's header.", "R-02", StreamKind.Resources, 1, [.. Good(), .. "WBe1"u8]),
        Content("files-with-body", "An entry of FILE_META with a body.", "R-01", StreamKind.FileMeta, 1, EntryBytes.Of(GoodEntries.File("", Wire.FileType.Directory), [1])),
        Content("entry-count", "The manifest counts another number of entries.", "D-02", StreamKind.Resources, 2, Good()) with { Expect = "manifest_error", Or = ["entry_error"] },
        Content("gap-count", "The manifest counts a gap; there is none.", "R-12", StreamKind.FileMeta, 1, EntryBytes.Of(GoodEntries.File("", Wire.FileType.Directory)), gaps: 1)
            with { Expect = "manifest_error", Or = ["entry_error"] },
    ];

    private static Vector[] Resources() =>
    [
        Content("secret-among-resources", "A Secret in the RESOURCES stream.", "R-03", StreamKind.Resources, 1, EntryBytes.Of(new Wire.ResourceEntry { ApiVersion = "v1", Kind = "Secret", Name = "s" })),
        Content("resource-among-secrets", "A ConfigMap in the SECRETS stream.", "R-03", StreamKind.Secrets, 1, EntryBytes.Of(new Wire.ResourceEntry { ApiVersion = "v1", Kind = "ConfigMap", Name = "c" })),
        Content("ordinal-twice", "Two definitions with the same ordinal.", "R-03", StreamKind.Resources, 2, [.. Good(), .. Good()]),
        Broken("ordinal-twice-over-both", "A definition and a Secret with the same ordinal.", ["R-03"], "entry_error", n =>
        {
            var bundle = new BundleSketch(n);
            GoodEntries.AddResources(bundle, StreamKind.Resources, (new Wire.ResourceEntry { Ordinal = 4, ApiVersion = "v1", Kind = "ConfigMap", Name = "c" }, []));
            GoodEntries.AddResources(bundle, StreamKind.Secrets, (new Wire.ResourceEntry { Ordinal = 4, ApiVersion = "v1", Kind = "Secret", Name = "s" }, []));
            return bundle.Finish();
        }),
        Content("ordinal-above-limit", "An ordinal of 1 000 000.", "L-01", StreamKind.Resources, 1, EntryBytes.Of(new Wire.ResourceEntry { Ordinal = 1_000_000, ApiVersion = "v1", Kind = "ConfigMap", Name = "c" }))
            with { Or = ["limit_exceeded", "ok"] },
        Content("resource-field-twice", "A singular field occurs twice in an entry.", "D-08", StreamKind.Resources, 1,
            EntryBytes.Of([.. new Wire.ResourceEntry { ApiVersion = "v1", Kind = "ConfigMap", Name = "c" }.ToByteArray(), 0x2A, 0x01, 0x64], []))
            with { Expect = "encoding_error", Or = ["entry_error"] },
    ];

    private static Vector[] Trees() =>
    [
        Content("files-none", "A tree without entries, not even for its root.", "R-05", StreamKind.FileMeta, 0, []),
        Content("files-root-missing", "A tree that does not begin with its root.", "R-05", StreamKind.FileMeta, 1, EntryBytes.Of(GoodEntries.File("a", Wire.FileType.Regular))),
        Content("files-root-no-directory", "A root that is a file.", "R-05", StreamKind.FileMeta, 1, EntryBytes.Of(GoodEntries.File("", Wire.FileType.Regular))),
        Tree("files-unsorted", "Paths that are not in order.", "R-05", File("b"), File("a")),
        Tree("files-slash-order", "Paths ordered as if a slash were a byte like others.", "R-05", Directory("a"), File("a-b"), File("a/z")),
        Tree("files-path-twice", "A path twice.", "R-06", File("a"), File("a")),
        Tree("files-root-twice", "The root twice.", "R-06", Directory("")),
        Tree("files-directory-missing", "A file in a directory that has no entry.", "R-06", File("a/b")),
        Tree("files-in-a-file", "A file below a file.", "R-06", File("a"), File("a/b")),
        Tree("files-in-a-link", "A file below a symbolic link.", "R-06", GoodEntries.File("a", Wire.FileType.Symlink, f => f.LinkTarget = ByteString.CopyFromUtf8("/")), File("a/b")),
        Tree("files-directory-twice-removed", "A file two levels below the last directory.", "R-06", Directory("a"), File("a/b/c")),
        Tree("files-links-disagree", "Two names of one inode with other modes.", "R-10", Linked("a", f => f.Mode = 1), Linked("b", f => f.Mode = 2)),
        Tree("files-links-disagree-on-content", "Two names of one inode, one without the content.", "R-10", Linked("a", f => GoodEntries.Extent(f, 512, 0, 0, 512)), Linked("b", f => f.Size = 512)),
        Tree("files-nanos", "A time with 1 000 000 000 nanoseconds.", "D-10", GoodEntries.File("a", Wire.FileType.Regular, f => f.Modified = new Wire.Time { Nanos = 1_000_000_000 }))
            with { Or = ["manifest_error", "encoding_error"] },
    ];

    private static IEnumerable<Vector> Names()
    {
        foreach ((string name, string about, byte[] path) in ((string, string, byte[])[])
            [
                ("dot-dot", "The path '..'.", "..".ToBytes()), ("dot-dot-inside", "A path with the component '..'.", "a/../b".ToBytes()), ("dot", "The path '.'.", ".".ToBytes()),
                ("absolute", "A path that begins with a slash.", "/etc".ToBytes()), ("slash-at-end", "A path that ends with a slash.", "a/".ToBytes()),
                ("slashes", "A path with two slashes in a row.", "a//b".ToBytes()), ("nul", "A path with NUL.", "a\0b".ToBytes()),
                ("component-256", "A component of 256 bytes.", Pattern.Fill(256, (byte)'n')),
                ("path-65536", "A path of 65 536 bytes.", [.. Enumerable.Range(0, 256).SelectMany(_ => "/".ToBytes().Concat(Pattern.Fill(255, (byte)'d'))).Skip(1), (byte)'/']),
            ])
        {
            yield return Tree($"path-{name}", about, "R-07", GoodEntries.File("", Wire.FileType.Regular, f => f.Path = ByteString.CopyFrom(path))) with { Expect = "unsafe_name" };
        }
    }

    private static Vector[] Extents() =>
    [
        Tree("extents-overlap", "Two extents overlap in the file.", "R-09", Extents(1024, (0, 0, 512), (256, 512, 512))),
        Tree("extents-descend", "Extents in descending order.", "R-09", Extents(1024, (512, 0, 512), (0, 512, 512))),
        Tree("extent-beyond-size", "An extent that ends beyond the file.", "R-09", Extents(511, (0, 0, 512))),
        Tree("extent-beyond-data", "An extent that ends beyond the FILE_DATA stream.", "R-09", Extents(4096, (0, 512, 1024))),
        Tree("extent-off-grid", "An extent that does not begin at a multiple of 512.", "R-09", Extents(4096, (0, 100, 12))),
        Tree("extent-overflow", "An extent whose end does not fit 64 bits.", "R-09", Extents(4096, (0, 0, ulong.MaxValue))),
        Tree("extent-far", "An extent at 2^63 of the FILE_DATA stream.", "R-09", Extents(4096, (0, 1UL << 63, 1))),
    ];

    private static Wire.FileEntry File(string path) => GoodEntries.File(path, Wire.FileType.Regular);

    private static Wire.FileEntry Directory(string path) => GoodEntries.File(path, Wire.FileType.Directory);

    private static Wire.FileEntry Linked(string path, Action<Wire.FileEntry> change) => GoodEntries.File(path, Wire.FileType.Regular, f =>
    {
        f.LinkGroup = 3;
        change(f);
    });

    private static Wire.FileEntry Extents(ulong size, params (ulong File, ulong Data, ulong Length)[] extents) => GoodEntries.File("a", Wire.FileType.Regular, f =>
    {
        foreach ((ulong file, ulong data, ulong length) in extents)
        {
            GoodEntries.Extent(f, size, file, data, length);
        }
    });

    private static byte[] Good() => EntryBytes.Of(new Wire.ResourceEntry { ApiVersion = "v1", Kind = "ConfigMap", Name = "c" }, "body"u8.ToArray());

    private static Vector Entry(string name, string about, string id, Action<byte[]> edit) =>
        Content($"entry-{name}", about, id, StreamKind.Resources, 1,
            EntryBytes.Of(new Wire.ResourceEntry { ApiVersion = "v1", Kind = "ConfigMap", Name = "c" }.ToByteArray(), "body"u8.ToArray(), edit));

    private static Vector Tree(string name, string about, string id, params Wire.FileEntry[] entries) =>
        Broken(name, about, [id], "entry_error", n =>
        {
            var bundle = new BundleSketch(n);
            GoodEntries.AddTree(bundle, "tree", Pattern.Cell("data", 1024), entries);
            return bundle.Finish();
        });

    private static Vector Content(string name, string about, string id, StreamKind kind, int entries, byte[] content, int gaps = 0) =>
        Broken(name, about, [id], "entry_error", n =>
        {
            var bundle = new BundleSketch(n);
            StreamSketch stream = bundle.Volume("entries", content, kind);
            (stream.ManifestEntry.EntryCount, stream.ManifestEntry.GapCount) = ((ulong)entries, (ulong)gaps);
            if (kind == StreamKind.FileMeta)
            {
                bundle.Begin("entries", StreamKind.FileData).End();
            }

            return bundle.Finish();
        });

    private static byte[] ToBytes(this string text) => System.Text.Encoding.UTF8.GetBytes(text);
}
