using System.Buffers.Binary;
using Waybill.Bundles;
using Waybill.Bundles.Format;
using Waybill.Vectors.Sketches;
using static Waybill.Vectors.Cases.Case;
using static Waybill.Vectors.Cases.Samples;

namespace Waybill.Vectors.Cases;

/// <summary>Chunks that cannot be decoded, or not to what they claim.</summary>
internal static class BrokenCodecs
{
    private const int RawLength = 24;

    private static readonly Features s_zstd = new(Features.Zstd, 0, 0);

    public static Vector[] All { get; } = [.. Chunks(), .. Lz4(), .. Zstd()];

    private static Vector[] Chunks() =>
    [
        Fault("data-digest", "Data that does not match its digest; every checksum does.", ["M-14", "M-15"], "digest_mismatch", i => i.Find(RecordType.Chunk).Patch(p => p[1000] ^= 1)),
        Fault("chunk-digest", "A digest that does not match the data; leaf, tile and root agree with it.", ["M-14", "M-15"], "digest_mismatch", i => i.Find(RecordType.Chunk).Patch(p => p[32] ^= 1)),
        Fault("codec-unknown", "A codec that does not exist.", ["C-02"], "codec_error", i => i.Find(RecordType.Chunk).Patch(p => p[5] = 3)),
        Fault("codec-zstd-unannounced", "zstd without its feature.", ["C-02"], "codec_error", i => i.Find(RecordType.Chunk).Patch(p => p[5] = 2)),
        Fault("codec-none-short", "Codec none with a byte too few.", ["C-02"], "codec_error", i => i.Find(RecordType.Chunk, 2).Edit = p => p[..^1]),
        Fault("codec-none-long", "Codec none with a byte too many.", ["C-02"], "codec_error", i => i.Find(RecordType.Chunk, 2).Append(0)),
        Fault("codec-none-empty", "Codec none without data.", ["C-02"], "leaf_error", i => i.Find(RecordType.Chunk, 2).Edit = p => p[..64]) with { Or = ["codec_error"] },
        Fault("raw-length-above-cell", "A raw length above the cell size.", ["C-02", "L-01"], "leaf_error", i => i.Find(RecordType.Chunk).Patch(p => Set(p, RawLength, Cell + 1)))
            with { Or = ["limit_exceeded", "codec_error"] },
        Fault("raw-length-4-gib", "A raw length of 2^32 - 1.", ["C-02", "L-01"], "limit_exceeded", i => i.Find(RecordType.Chunk).Patch(p => Set(p, RawLength, -1))) with { Or = ["leaf_error", "codec_error"] },
        Fault("raw-length-0", "A raw length of 0.", ["C-02"], "leaf_error", i => i.Find(RecordType.Chunk).Patch(p => Set(p, RawLength, 0))) with { Or = ["codec_error"] },
    ];

    private static Vector[] Lz4() =>
    [
        Block("not-shorter", "Compressed data as long as the cell.", "C-01", "canonical_violation", new Lz4Block().Last(Pattern.Cell("literal", 100))),
        Block("ratio", "A block that claims to decode to more than 255 bytes for each of its own.", "C-02", "codec_error", Lz4Block.Fill("r"), b => b.Encoded[..100]),
        Block("truncated", "A block that ends inside its literals.", "C-03", "codec_error", Lz4Block.Fill("t"), b => b.Encoded[..^3]),
        Block("ends-after-match", "A block that ends with a match and no token for the literals after it.", "C-03", "codec_error", new Lz4Block().Sequence([1, 2, 3], 3, 1000), b => b.Encoded),
        Block("ends-in-offset", "A block that ends inside an offset.", "C-03", "codec_error", Lz4Block.Fill("o", 300), b => [.. b.Encoded[..4]]),
        Block("offset-0", "A match with offset 0.", "C-03", "codec_error", new Lz4Block().Sequence([1, 2, 3], 0, 60_000).Last([.. new byte[5]])),
        Block("offset-before-start", "A match that begins before the start of the output.", "C-03", "codec_error", new Lz4Block().Sequence([1, 2, 3], 4, 60_000).Last([.. new byte[5]])),
        Block("output-too-long", "A block that decodes to more than the raw length.", "C-03", "codec_error", Lz4Block.Fill("l"), rawLength: Cell - 1, cell: Pattern.Cell("l", Cell - 1)),
        Block("output-too-short", "A block that decodes to less than the raw length.", "C-03", "codec_error", Lz4Block.Fill("s", Cell - 1), rawLength: Cell, cell: Pattern.Cell("s")),
        Block("literals-overrun", "A literal length far beyond the end.", "C-03", "codec_error", Lz4Block.Fill("f"), _ => [0xF0, .. Pattern.Fill(300, 0xFF), 0]),
        Block("match-overrun", "A match length far beyond the end.", "C-03", "codec_error", Lz4Block.Fill("m"), _ => [0x1F, 7, 1, 0, .. Pattern.Fill(300, 0xFF), 0]),
        Block("bytes-left", "A byte behind the end of the block.", "C-03", "codec_error", Lz4Block.Fill("b"), b => [.. b.Encoded, 0x50]),
    ];

    private static Vector[] Zstd() =>
    [
        Frame("magic", "Data that is no zstd frame.", "C-03", f => [1, .. f[1..]]),
        Frame("truncated", "A frame that ends inside its last block.", "C-03", f => f[..^1]),
        Frame("bytes-left", "A byte behind the frame.", "C-03", f => [.. f, 0]),
        Frame("two-frames", "Two frames in a row.", "C-03", _ => [.. ZstdFrame.Windowed().Repeat(6, 30_000, last: true).Encoded, .. ZstdFrame.Windowed().Repeat(6, Cell - 30_000, last: true).Encoded]),
        Frame("skippable", "A skippable frame before the frame.", "C-03", f => [0x50, 0x2A, 0x4D, 0x18, 1, 0, 0, 0, 9, .. f]),
        Frame("dictionary", "A frame that names a dictionary.", "C-03", _ => ZstdFrame.Custom(0x01, 6 << 3, 0x07).Repeat(6, Cell, last: true).Encoded),
        Frame("window", "A window of 16 MiB.", "C-05", _ => ZstdFrame.Windowed(14).Repeat(6, Cell, last: true).Encoded),
        Frame("window-largest", "The largest window a frame can name.", "C-05", _ => ZstdFrame.Custom(0x00, 0xFF).Repeat(6, Cell, last: true).Encoded),
        Frame("content-size-more", "A frame whose content size is more than the raw length.", "C-03", _ => ZstdFrame.SingleSegment(Cell + 1).Repeat(6, Cell, last: true).Encoded),
        Frame("output-too-long", "A frame that decodes to more than the raw length.", "C-03", _ => ZstdFrame.Windowed().Repeat(6, Cell).Repeat(6, 1, last: true).Encoded),
        Frame("output-too-short", "A frame that decodes to less than the raw length.", "C-03", _ => ZstdFrame.Windowed().Repeat(6, Cell - 1, last: true).Encoded),
        Frame("block-type", "A block of the reserved type.", "C-03", _ => ZstdFrame.Windowed().Block(3, 10, new byte[10], last: true).Encoded),
        Frame("no-last-block", "A frame without a last block.", "C-03", _ => ZstdFrame.Windowed().Repeat(6, Cell).Encoded),
        Frame("reserved-bit", "The reserved bit of the frame header is set.", "C-03", _ => ZstdFrame.Custom(0x08, 6 << 3).Repeat(6, Cell, last: true).Encoded),
        Broken("zstd-not-shorter", "zstd data not shorter than the cell.", ["C-01"], "canonical_violation", n =>
        {
            byte[] cell = Pattern.Noise(100, 1);
            return Single(n, cell, BundleCodec.Zstd, ZstdFrame.Windowed().Raw(cell, last: true).Encoded, s_zstd);
        }),
    ];

    private static Vector Block(string name, string about, string id, string expect, Lz4Block block, Func<Lz4Block, byte[]>? encoded = null, int? rawLength = null, byte[]? cell = null) =>
        Broken($"lz4-{name}", about, [id], expect, n =>
            Single(n, (cell ?? block.Decoded)[..(rawLength ?? block.Decoded.Length)], BundleCodec.Lz4, encoded?.Invoke(block) ?? block.Encoded, default));

    private static Vector Frame(string name, string about, string id, Func<byte[], byte[]> change) =>
        Broken($"zstd-{name}", about, [id], "codec_error", n =>
            Single(n, Pattern.Fill(Cell, 6), BundleCodec.Zstd, change(ZstdFrame.Windowed().Repeat(6, Cell, last: true).Encoded), s_zstd));

    private static BundleSketch Single(string name, byte[] cell, BundleCodec codec, byte[] encoded, Features features)
    {
        var bundle = new BundleSketch(name, features: features);
        bundle.Begin("data").Data(cell, codec, encoded).End();
        return bundle.Finish();
    }

    private static void Set(byte[] payload, int at, int value) => BinaryPrimitives.WriteInt32LittleEndian(payload.AsSpan(at), value);
}
