using System.Buffers.Binary;
using System.Security.Cryptography;
using Waybill.Bundles;
using Waybill.Bundles.Format;
using Waybill.Vectors.Images;
using Waybill.Vectors.Sketches;
using static Waybill.Vectors.Cases.Case;
using static Waybill.Vectors.Cases.Samples;
using Wire = Waybill.Bundles.Wire;

namespace Waybill.Vectors.Cases;

/// <summary>Leaves that break a rule while everything that is derived from them agrees.</summary>
internal static class BrokenLeaves
{
    // Places in a RUNS payload with one leaf.
    private const int State = 8;
    private const int Reserved = 9;
    private const int Offset = 16;
    private const int Length = 24;
    private const int ContentLength = 32;
    private const int Digest = 40;

    public static Vector[] All { get; } = [.. Sizes(), .. Tiling(), .. States(), .. Canonical(), .. Masks()];

    private static IEnumerable<Vector> Sizes()
    {
        foreach ((string name, uint block, uint cell) in ((string, uint, uint)[])
            [("block-256", 256, Cell), ("block-513", 513, Cell), ("block-128k", 131_072, 131_072), ("block-0", 0, Cell), ("cell-32k", Block, 32_768), ("cell-16m", Block, 1 << 24), ("cell-not-power", Block, 3 * Cell)])
        {
            yield return Broken($"size-{name}", $"A stream with blocks of {block} and cells of {cell} bytes.", ["M-01"], "manifest_error", n => Header(n, h => (h.BlockSize, h.CellSize) = (block, cell)));
        }
    }

    private static Vector[] Tiling() =>
    [
        Leaf("leaf-gap", "A gap between two leaves.", "M-03", i => i.Find(RecordType.Runs).Patch(p => Set(p, Length, Cell))),
        Leaf("leaf-overlap", "Two leaves overlap.", "M-03", i => i.Find(RecordType.Runs).Patch(p => Set(p, Length, 3 * Cell))),
        Leaf("leaf-first-not-at-0", "The first leaf does not start at 0.", "M-03", i => i.Records.Remove(i.Find(RecordType.Chunk))),
        Leaf("leaf-empty", "A run of no bytes.", "M-03", i => i.Find(RecordType.Runs).Patch(p => Set(p, Length, 0))),
        Leaf("leaf-beyond-2-63", "A run that ends beyond 2^63 - 1.", "M-02", i => i.Find(RecordType.Runs).Patch(p => Set(p, Length, long.MaxValue)), "limit_exceeded"),
        Leaf("leaf-length-negative", "A run of 2^64 - 512 bytes, which a signed number shows as negative.", "M-02", i => i.Find(RecordType.Runs).Patch(p => Set(p, Length, -512)), "limit_exceeded"),
        Leaf("leaf-end-before", "The virtual length is more than the leaves cover.", "M-03", i => i.Find(RecordType.StreamEnd).VirtualLength = (4 * Cell) + 1512),
        Leaf("leaf-end-beyond", "The virtual length is less than the leaves cover.", "M-03", i => i.Find(RecordType.StreamEnd).VirtualLength = (4 * Cell) + 100),
        Fault("virtual-length-2-63", "A virtual length of 2^63.", ["M-02", "L-01"], "limit_exceeded", i => i.Find(RecordType.StreamEnd).PatchMessage(Wire.StreamResult.Parser, r => r.VirtualLength = 1UL << 63)),
        Leaf("chunks-descending", "Two chunks in descending order.", "M-05", i => i.Move(i.Find(RecordType.Chunk, 1), i.Find(RecordType.Chunk))),
        Leaf("runs-after-next-chunk", "Runs after the chunk that follows them in the stream.", "M-17", i => i.Move(i.Find(RecordType.Runs), i.Find(RecordType.Chunk, 2))),
        Leaf("chunk-repeated", "The same chunk twice.", "M-05", i => i.InsertAfter(i.Find(RecordType.Chunk), new ImageRecord(RecordType.Chunk, i.Find(RecordType.Chunk).Payload))) with { Or = ["order_error"] },
        Leaf("data-off-grid", "A cell of data that does not start at a multiple of the cell size.", "M-07", n =>
            n.Begin("data").Zero(Block).Data(Pattern.Cell("off")).End()) with { Or = ["canonical_violation"] },
        Filled("data-two-cells", "A chunk that holds two cells.", "M-07", "limit_exceeded", n => n.Begin("data").Data(Pattern.Cell("long", 2 * Cell)).End(), false) with { Or = ["leaf_error"] },
        Leaf("data-short-in-the-middle", "A short cell that is not the last.", "M-07", n => n.Begin("data").Data(Pattern.Cell("short", Block)).Data(Pattern.Cell("next")).End()),
        Leaf("data-short-before-zero", "A short cell, then zeros.", "M-07", n => n.Begin("data").Data(Pattern.Cell("short", Block)).Zero(Cell).End()),
        Leaf("zero-ends-in-block", "A run in the middle that ends inside a block.", "M-08", n => n.Begin("data").Inherit(100).Zero(412).Inherit(GoodChains.FullLength - 512).End(), withParent: true),
        Leaf("runs-count-0", "A RUNS record without leaves.", "M-16", i => i.Find(RecordType.Runs).Payload = new byte[8]),
        Leaf("runs-count-more", "A RUNS record that counts more leaves than it has.", "M-16", i => i.Find(RecordType.Runs).Patch(p => p[4] = 2)),
        Leaf("runs-bytes-left", "A RUNS record with bytes behind its leaves.", "M-16", i => i.Find(RecordType.Runs).Append(0)),
        Leaf("runs-count-4097", "A RUNS record with 4 097 leaves.", "M-16", n =>
        {
            StreamSketch stream = n.Begin("data");
            n.Add(RecordType.Runs, Runs4097());
            stream.End();
        }, withParent: true),
    ];

    private static Vector[] States() =>
    [
        Leaf("leaf-reserved", "A reserved byte of a leaf is not zero.", "M-06", i => i.Find(RecordType.Runs).Patch(p => p[Reserved] = 1)),
        Leaf("leaf-reserved-last", "The last reserved byte of a leaf is not zero.", "M-06", i => i.Find(RecordType.Runs).Patch(p => p[Reserved + 6] = 0x80)),
        Leaf("leaf-state-0", "A leaf of state 0.", "M-06", i => i.Find(RecordType.Runs).Patch(p => p[State] = 0)),
        Leaf("leaf-state-5", "A leaf of state 5.", "M-06", i => i.Find(RecordType.Runs).Patch(p => p[State] = 5)),
        Leaf("runs-with-data", "A RUNS record with a leaf of data.", "M-06", i => i.Find(RecordType.Runs).Patch(p => p[State] = 1)),
        Leaf("zero-with-content-length", "A ZERO leaf with a content length.", "M-06", i => i.Find(RecordType.Runs).Patch(p => p[ContentLength] = 1)),
        Leaf("zero-with-digest", "A ZERO leaf with a digest.", "M-06", i => i.Find(RecordType.Runs).Patch(p => p[Digest] = 1)),
        Leaf("inherit-without-parent", "INHERIT in a stream without parent.", "M-10", i => i.Find(RecordType.Runs).Patch(p => p[State] = 4)),
        Leaf("masked-without-parent", "MASKED in a stream without parent.", "M-10", n => n.Begin("data").Masked("d1 z127", Pattern.Cell("m", Block)).End()),
        Leaf("chunk-state-zero", "A chunk of state ZERO.", "M-13", i => i.Find(RecordType.Chunk).Patch(p => p[4] = 3)),
        Leaf("chunk-state-unknown", "A chunk of state 7.", "M-13", i => i.Find(RecordType.Chunk).Patch(p => p[4] = 7)),
        Leaf("data-with-flags", "A DATA chunk with the flag for a cell digest.", "M-13", i => i.Find(RecordType.Chunk, 2).Patch(p => p[28] = 1)),
        Leaf("data-with-mask", "A DATA chunk with a mask.", "M-13", i => i.Find(RecordType.Chunk, 2).Patch(p => p[6] = 4)),
        Leaf("chunk-shorter-than-header", "A chunk of 63 bytes.", "M-13", i => i.Find(RecordType.Chunk, 2).Edit = p => p[..63]),
    ];

    private static Vector[] Canonical() =>
    [
        Rule("zero-adjacent", "Two ZERO runs next to each other.", "M-09", n => n.Begin("data").Runs((LeafState.Zero, Cell), (LeafState.Zero, Cell)).End()),
        Rule("zero-adjacent-in-two-records", "Two ZERO runs next to each other in two records.", "M-09", n => n.Begin("data").Zero(Cell).Zero(Cell).End()),
        Rule("inherit-adjacent", "Two INHERIT runs next to each other.", "M-09", n => n.Begin("data").Runs((LeafState.Inherit, Cell), (LeafState.Inherit, GoodChains.FullLength - Cell)).End(), withParent: true),
        Rule("zero-as-data", "A cell of zeros stored as data.", "M-11", n => n.Begin("data").Data(new byte[Cell]).End()),
        Rule("zero-as-short-data", "A short last cell of zeros stored as data.", "M-11", n => n.Begin("data").Data(Pattern.Cell("x")).Data(new byte[77]).End()),
        Rule("zero-as-lz4", "A cell of zeros stored as compressed data.", "M-11", n =>
        {
            Lz4Block zeros = new Lz4Block().Sequence([0], 1, Cell - 6).Last(new byte[5]);
            n.Begin("data").Data(zeros.Decoded, BundleCodec.Lz4, zeros.Encoded).End();
        }),
        Leaf("zero-off-cell", "A ZERO run that ends inside a cell of a stream without parent.", "M-12", n => n.Begin("data").Zero(Cell + Block).Data(Pattern.Cell("x")).End()) with { Or = ["canonical_violation"] },
    ];

    private static Vector[] Masks() =>
    [
        Mask("mask-value-3", "A mask with the value 11.", "M-18", "leaf_error", "i1 d1 i126", c => c.Mask[20] |= 0xC0),
        Mask("mask-beyond-end", "A mask that says something of a block beyond the last.", "M-18", "leaf_error", "i1 d1", c => c.Mask[0] |= 0x10, 1000),
        Mask("mask-short", "A mask that is too short.", "M-18", "leaf_error", "i1 d1 i126", c => c.Mask = c.Mask[..31]),
        Mask("mask-long", "A mask that is too long.", "M-18", "leaf_error", "i1 d1 i126", c => c.Mask = [.. c.Mask, 0]),
        Mask("mask-raw-length-less", "Fewer bytes than the mask says.", "M-19", "leaf_error", "i1 d2 i125", c => c.Data = c.Data[..512]),
        Mask("mask-raw-length-more", "More bytes than the mask says.", "M-19", "leaf_error", "i1 d1 i126", c => c.Data = [.. c.Data, .. c.Data]),
        Mask("mask-flags", "An unknown flag in a MASKED chunk.", "M-13", "leaf_error", "i1 d1 i126", c => c.Flags |= 2),
        Mask("mask-no-data", "A masked cell of inherited and zero blocks only.", "M-20", "canonical_violation", "i1 z127", c => c.Data = []),
        Mask("mask-only-data", "A masked cell of which every block is data.", "M-20", "canonical_violation", "d128", _ => { }),
        Mask("mask-zero-block", "A block of zeros stored as data.", "M-21", "canonical_violation", "i1 d2 i125", c => c.Data.AsSpan(512).Clear()),
        Mask("mask-digest", "A masked leaf whose digest is that of the data alone.", "M-14", "digest_mismatch", "i1 d1 i126", c => c.Digest = SHA256.HashData(c.Data)),
        Mask("mask-cell-digest", "A digest of the whole cell that the filled-in cell does not have.", "M-22", "digest_mismatch", "i1 d1 i126", c => c.CellDigest = SHA256.HashData("other"u8), parentAtHand: true),
        Leaf("masked-off-grid", "A masked cell that does not start at a multiple of the cell size.", "M-07", n =>
            n.Begin("data").Inherit(Block).Masked("d1 i127", Pattern.Cell("m", Block)).Inherit(GoodChains.FullLength - Cell - Block).End(), withParent: true),
    ];

    private static Vector Leaf(string name, string about, string id, Action<BundleImage> change, string expect = "leaf_error") => Fault(name, about, [id], expect, change);

    private static Vector Leaf(string name, string about, string id, Action<BundleSketch> fill, bool withParent = false) => Filled(name, about, id, "leaf_error", fill, withParent);

    private static Vector Rule(string name, string about, string id, Action<BundleSketch> fill, bool withParent = false) => Filled(name, about, id, "canonical_violation", fill, withParent);

    private static Vector Filled(string name, string about, string id, string expect, Action<BundleSketch> fill, bool withParent) =>
        Broken(name, about, [id], expect, n =>
        {
            var bundle = new BundleSketch(n, withParent ? GoodChains.Full() : null);
            fill(bundle);
            return bundle.Finish();
        });

    private static Vector Mask(string name, string about, string id, string expect, string mask, Action<MaskedChunk> change, int length = Cell, bool parentAtHand = false) =>
        Broken(name, about, [id], expect, n =>
        {
            var bundle = new BundleSketch(n, GoodChains.Full());
            StreamSketch stream = bundle.Begin("data").Inherit(GoodChains.FullLength - (length == Cell ? Cell + 1000 : length));
            int blocks = mask.Split(' ').Where(p => p[0] == 'd').Sum(p => int.Parse(p[1..], System.Globalization.CultureInfo.InvariantCulture));
            stream.Masked(mask, Pattern.Cell("masked", Math.Min(blocks * Block, length == Cell ? Cell : length - Block)), length);
            if (length == Cell)
            {
                stream.Inherit(1000);
            }

            stream.End();
            return bundle.Finish();
        }, i => MaskedChunk.Change(i.Find(RecordType.Chunk), change), parentAtHand ? ["parent"] : []);

    private static BundleSketch Header(string name, Action<Wire.StreamHeader> change)
    {
        var bundle = new BundleSketch(name);
        StreamSketch stream = bundle.Begin("data");
        change(stream.Header);
        bundle.Image.Find(RecordType.StreamBegin).PatchMessage(Wire.StreamBegin.Parser, b => b.Header = stream.Header);
        stream.End();
        return bundle.Finish();
    }

    private static byte[] Runs4097()
    {
        var payload = new byte[RunsPayload.SizeFor(4097)];
        RunsPayload.Write(payload, 0, [.. Enumerable.Range(0, 4097).Select(i => Bundles.Format.Leaf.Run(i % 2 == 0 ? LeafState.Zero : LeafState.Inherit, i * Block, Block))]);
        return payload;
    }

    private static void Set(byte[] payload, int at, long value) => BinaryPrimitives.WriteInt64LittleEndian(payload.AsSpan(at), value);
}
