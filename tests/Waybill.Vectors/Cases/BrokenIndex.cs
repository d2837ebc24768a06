using Waybill.Bundles.Format;
using Waybill.Vectors.Images;
using Waybill.Vectors.Sketches;
using static Waybill.Vectors.Cases.Case;
using static Waybill.Vectors.Cases.Samples;
using Wire = Waybill.Bundles.Wire;

namespace Waybill.Vectors.Cases;

/// <summary>Tiles, nodes and roots that do not say what the leaves say.</summary>
internal static class BrokenIndex
{
    private const int Entry = Bundles.Format.Tile.HeaderSize;

    public static Vector[] All { get; } = [.. Tiles(), .. Nodes(), .. Roots()];

    private static Vector[] Tiles() =>
    [
        Tile("first-leaf-off-grid", "A tile's first_leaf is not a multiple of 256.", "M-23", p => p[8] = 1),
        Tile("first-leaf-wrong", "A tile's first_leaf is that of another tile.", "M-23", p => p[9] = 1),
        Tile("reserved", "A reserved byte of a tile entry is not zero.", "M-23", p => p[Entry + 79] = 1),
        Tile("count-0", "A tile that counts no leaves.", "M-23", p => p[4] = 0),
        Tile("count-more", "A tile that counts more leaves than it has.", "M-23", p => p[4]++),
        Fault("tile-bytes-left", "A tile with bytes behind its entries.", ["M-23"], "leaf_error", i => i.Find(RecordType.Tile).Append(0)),
        Tile("leaf-state", "A tile calls a cell of data ZERO.", "M-24", p =>
        {
            p[Entry] = 3;
            p.AsSpan(Entry + 24, 56).Clear();
        }),
        Tile("leaf-digest", "A tile states another digest than the chunk.", "M-24", p => p[Entry + 32] ^= 1),
        Tile("leaf-length", "A tile states another length than the run.", "M-24", p => p[Entry + 80 + 18]++),
        Tile("place-offset", "A tile says a chunk stands elsewhere.", "M-24", p => p[Entry + 64] += 8),
        Tile("place-of-another-chunk", "A tile gives a leaf the place of another chunk, itself intact.", "M-25", p => p.AsSpan(Entry + (2 * 80) + 64, 13).CopyTo(p.AsSpan(Entry + 64))),
        Tile("place-length", "A tile states another payload length than the chunk has.", "M-24", p => p[Entry + 72]++),
        Tile("place-codec", "A tile states another codec than the chunk.", "M-24", p => p[Entry + 76] = 1),
        Tile("place-of-run", "A tile gives a run a place.", "M-24", p => p[Entry + 80 + 64] = 64),
        Fault("tile-early", "A tile before its 256 leaves exist, though the stream goes on.", ["M-23", "M-24"], "leaf_error", i => i.InsertAfter(i.Find(RecordType.Chunk), new ImageRecord(RecordType.Tile, []) { Stream = 0 })),
        Broken("tile-late", "A tile of 256 leaves only after the leaf behind them.", ["M-24"], "order_error", n => Cells(n, 257), i => i.Move(i.Find(RecordType.Tile), i.Find(RecordType.Tile, 1)))
            with { Or = ["leaf_error"] },
        Broken("tile-not-full", "A tile of 255 leaves that is not the last.", ["M-23"], "leaf_error", n => Cells(n, 257), i => i.Move(i.Find(RecordType.Tile), i.Find(RecordType.Chunk, 255))),
        Fault("tile-of-another-stream", "A tile of a stream that does not exist.", ["M-04"], "order_error", i => i.Find(RecordType.Tile).Patch(p => p[0] = 5)),
    ];

    private static Vector[] Nodes() =>
    [
        Node("stream", "A node of a stream that does not exist.", "M-27", p => p[0] = 7) with { Expect = "order_error" },
        Node("reserved", "The reserved field of a node is not zero.", "M-26", p => p[20] = 1),
        Node("entry-reserved", "A reserved field of a node's entry is not zero.", "M-26", p => p[24 + 28] = 1),
        Node("level-2", "A node that claims level 2 stands on tiles.", "M-26", p => p[16] = 2) with { Or = ["order_error"] },
        Node("level-0", "A node of level 0.", "M-26", p => p[16] = 0),
        Node("count-less", "A node that counts fewer children than it has.", "M-26", p => p[4] = 1),
        Node("first-leaf", "A node's first_leaf is that of another node.", "M-27", p => p[10] = 1) with { Or = ["order_error"] },
        Node("child-hash", "A node states another hash than its tile has.", "M-28", p => p[24 + 32] ^= 1) with { Or = ["digest_mismatch"] },
        Node("child-leaf-count", "A node states another leaf count than its last tile has.", "M-28", p => p[24 + 64 + 8]++),
        Node("child-first-offset", "A node states another first offset than its second tile has.", "M-28", p => p[24 + 64 + 2]++),
        Node("child-place", "A node says a tile stands elsewhere.", "M-28", p => p[24 + 16] += 8),
        Node("child-payload-length", "A node states another length than its tile has.", "M-28", p => p[24 + 64 + 24]++),
        Broken("node-missing", "There is no node above two tiles.", ["M-27"], "manifest_error", n => Cells(n, 257), i => i.Records.Remove(i.Find(RecordType.IndexNode)))
            with { Or = ["leaf_error"] },
        Broken("node-early", "A node stands before STREAM_END though it is to be held back.", ["M-27"], "order_error", n => Cells(n, 257), i => i.Move(i.Find(RecordType.IndexNode), i.Find(RecordType.StreamEnd))),
        Broken("node-twice", "The same node twice.", ["M-27"], "leaf_error", n => Cells(n, 257), i => i.InsertAfter(i.Find(RecordType.IndexNode), new ImageRecord(RecordType.IndexNode, []) { Stream = 0, Level = 1 }))
            with { Or = ["order_error"] },
        Broken("node-above-one-tile", "A node above a single tile.", ["M-26", "M-27"], "manifest_error", Small, i => i.InsertBefore(i.Find(RecordType.Layout), new ImageRecord(RecordType.IndexNode, []) { Stream = 0, Level = 1 }))
            with { Or = ["leaf_error", "order_error"] },
        Broken("nodes-out-of-order", "The held-back nodes of two streams in the wrong order.", ["M-27"], "order_error", n =>
        {
            var bundle = new BundleSketch(n);
            GoodIndex.AddCells(bundle.Begin("one"), 257).End();
            GoodIndex.AddCells(bundle.Begin("two"), 257).End();
            return bundle.Finish();
        }, i => i.Move(i.Find(RecordType.IndexNode, 1), i.Find(RecordType.IndexNode))),
        Broken("record-between-nodes", "A stream begins after the first held-back node.", ["M-27"], "order_error", n => Cells(n, 257), i =>
        {
            Wire.StreamBegin begin = Wire.StreamBegin.Parser.ParseFrom(i.Find(RecordType.StreamBegin).Payload);
            (begin.Header.StreamNo, begin.Header.Name) = (1, "late");
            i.InsertBefore(i.Find(RecordType.Manifest), new ImageRecord(RecordType.StreamBegin, Google.Protobuf.MessageExtensions.ToByteArray(begin)));
        }),
        Large("node-due-missing", "The full node of level 1 is not written after the tile that follows it, but held back.", "M-27", i => i.Move(i.Find(RecordType.IndexNode), i.Find(RecordType.IndexNode, 1))),
        Large("node-due-early", "The full node of level 1 is written before the tile that must come first.", "M-27", i => i.Move(i.Find(RecordType.IndexNode), i.Find(RecordType.Tile, 256))),
    ];

    private static Vector[] Roots() =>
    [
        Fault("root", "STREAM_END and the manifest state another root than the leaves have.", ["M-29"], "digest_mismatch", i => i.Find(RecordType.StreamEnd).PatchMessage(Wire.StreamResult.Parser, r => r.StreamRoot = Flip(r.StreamRoot))),
        Fault("root-leaf-count", "STREAM_END and the manifest state another number of leaves.", ["M-29"], "digest_mismatch", i => i.Find(RecordType.StreamEnd).PatchMessage(Wire.StreamResult.Parser, r => r.LeafCount++))
            with { Or = ["leaf_error", "manifest_error"] },
        Fault("root-of-other-sizes", "A root that was made for another cell size.", ["M-29"], "digest_mismatch", i => i.Find(RecordType.StreamEnd).PatchMessage(Wire.StreamResult.Parser, r =>
            r.StreamRoot = Google.Protobuf.ByteString.CopyFrom(MerkleTree.StreamRoot(Block, 2 * Cell, (long)r.VirtualLength, (long)r.LeafCount, MerkleTree.Empty).ToByteArray()))),
        Fault("content-root-of-full", "A full stream states a content root that is not its own root.", ["M-30"], "digest_mismatch", i => i.Find(RecordType.StreamEnd).ContentRoot = Digest.Of("other"u8)),
        Broken("content-root-of-delta", "A content root that the content, resolved through the parent, does not have.", ["M-30"], "digest_mismatch", n =>
        {
            var bundle = new BundleSketch(n, GoodChains.Full());
            bundle.Begin("data").Inherit(GoodChains.FullLength).End().EndRecord.ContentRoot = Digest.Of("other"u8);
            return bundle.Finish();
        }, "parent"),
    ];

    private static Vector Tile(string name, string about, string id, Action<byte[]> patch) =>
        Fault($"tile-{name}", about, [id], "leaf_error", i => i.Find(RecordType.Tile).Patch(patch));

    private static Vector Node(string name, string about, string id, Action<byte[]> patch) =>
        Broken($"node-{name}", about, [id], "leaf_error", n => Cells(n, 257), i => i.Find(RecordType.IndexNode).Patch(patch));

    private static Vector Large(string name, string about, string id, Action<BundleImage> change) =>
        Broken(name, about, [id], "order_error", n =>
        {
            var bundle = new BundleSketch(n, GoodIndex.ZeroParent());
            bundle.Begin("data").Runs([.. GoodIndex.Alternating(65_793)]).End();
            return bundle.Finish();
        }, change) with { Or = ["leaf_error"] };

    private static BundleSketch Cells(string name, int count)
    {
        var bundle = new BundleSketch(name);
        GoodIndex.AddCells(bundle.Begin("data"), count).End();
        return bundle.Finish();
    }

    private static Google.Protobuf.ByteString Flip(Google.Protobuf.ByteString digest)
    {
        byte[] bytes = digest.ToByteArray();
        bytes[0] ^= 1;
        return Google.Protobuf.ByteString.CopyFrom(bytes);
    }
}
