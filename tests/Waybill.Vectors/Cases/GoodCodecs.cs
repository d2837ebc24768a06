using Waybill.Bundles;
using Waybill.Bundles.Format;
using Waybill.Vectors.Sketches;
using static Waybill.Vectors.Cases.Case;
using static Waybill.Vectors.Cases.Samples;
using CellCodec = Waybill.Bundles.Codecs.CellCodec;

namespace Waybill.Vectors.Cases;

/// <summary>Chunks in every codec: some by hand, some as an encoder made them once.</summary>
internal static class GoodCodecs
{
    private static readonly Features s_zstd = new(Features.Zstd, 0, 0);

    public static Vector[] All { get; } =
    [
        Cells("codec-none", "Cells without compression; noise would not become shorter.", ["C-01"], default, s => s.Data(Pattern.Noise(Cell, 1)).Data(Pattern.Noise(300, 2))),
        Cells("lz4-lengths", "LZ4 by hand: literal and match lengths around the limits of token and extension bytes.", ["C-03"], default, s =>
        {
            foreach (int length in (int[])[14, 15, 16, 269, 270, 271, 524, 525, 526])
            {
                byte[] literals = Pattern.Noise(length, (ulong)length);
                Lz4Block block = new Lz4Block().Sequence(literals, length, length + 3).Sequence([], 1, length + 4).Sequence(literals, 7, length + 5);
                AddBlock(s, block.Sequence([1], 1, Samples.Cell - block.Decoded.Length - 6).Last([1, 2, 3, 4, 5]));
            }
        }),
        Cells("lz4-offsets", "LZ4 by hand: offsets 1, 2, 3 and 65 535, which overlap or reach to the start.", ["C-03"], default, s =>
            AddBlock(s, new Lz4Block().Sequence([9, 8, 7], 1, 4).Sequence([6], 2, 9).Sequence([5], 3, 65_518).Sequence([], 65_535, 65_530).Last([1, 2, 3, 4, 5, 6]), 131_072), cellSize: 131_072),
        Cells("lz4-largest-ratio", "LZ4 by hand: 8 MiB of one byte.", ["C-02"], default, s => AddBlock(s, Lz4Block.Fill("r", 1 << 23)), cellSize: 1 << 23),
        Cells("lz4-literals-with-extension", "LZ4 by hand: a match, then literals up to the end.", ["C-03"], default, s =>
            AddBlock(s, new Lz4Block().Sequence([1, 2, 3, 4, 5, 6, 7, 8], 8, 60_000).Last(Pattern.Noise(5_528, 3)))),
        Cells("lz4-small-cell", "LZ4 by hand: a cell of 30 bytes.", ["C-01"], default, s => AddBlock(s, Lz4Block.Fill("s", 30))),
        Encoded("lz4-encoder", "Cells as an LZ4 encoder made them: text, mixed, noise that stays raw, a short cell.", ["C-01", "C-03"], BundleCodec.Lz4, 1),
        Encoded("zstd-encoder", "Cells as a zstd encoder made them at level 1.", ["C-01", "C-03"], BundleCodec.Zstd, 1),
        Encoded("zstd-encoder-19", "Cells as a zstd encoder made them at level 19.", ["C-01", "C-03"], BundleCodec.Zstd, 19),
        Cells("zstd-raw-and-repeat", "zstd by hand: a frame of raw and repeated blocks, without content size.", ["C-03", "F-28"], s_zstd, s =>
            s.Data([.. Pattern.Noise(100, 4), .. Pattern.Fill(Samples.Cell - 100, 6)], BundleCodec.Zstd, ZstdFrame.Windowed().Raw(Pattern.Noise(100, 4)).Repeat(6, Samples.Cell - 100, last: true).Encoded)),
        Cells("zstd-single-segment", "zstd by hand: a single segment with content size and an empty last block.", ["C-03"], s_zstd, s =>
            s.Data(Pattern.Fill(Samples.Cell, 6), BundleCodec.Zstd, ZstdFrame.SingleSegment(Samples.Cell).Repeat(6, Samples.Cell).Raw([], last: true).Encoded)),
        Cells("zstd-window-8-mib", "zstd by hand: a window of 8 MiB, the largest allowed.", ["C-05"], s_zstd, s =>
            s.Data(Pattern.Fill(Samples.Cell, 6), BundleCodec.Zstd, ZstdFrame.Windowed(13).Repeat(6, Samples.Cell, last: true).Encoded)),
        Cells("codecs-mixed", "Cells of one stream in all three codecs.", ["C-01", "C-02"], s_zstd, s =>
        {
            s.Data(Pattern.Cell("raw"));
            AddBlock(s, Lz4Block.Fill("lz4"));
            s.Data(Pattern.Fill(70, 6), BundleCodec.Zstd, ZstdFrame.Windowed().Repeat(6, 70, last: true).Encoded);
        }),
    ];

    private static Vector Cells(string name, string about, string[] spec, Features features, Action<StreamSketch> fill, int cellSize = Samples.Cell) =>
        Good(name, about, spec, n =>
        {
            var bundle = new BundleSketch(n, features: features);
            StreamSketch stream = bundle.Begin("data", cellSize: cellSize);
            fill(stream);
            stream.End();
            return bundle.Finish();
        });

    private static Vector Encoded(string name, string about, string[] spec, BundleCodec codec, int level) =>
        Cells(name, about, spec, codec == BundleCodec.Zstd ? s_zstd : default, s =>
        {
            using var encoder = new CellCodec();
            byte[][] cells =
            [
                Pattern.Text(Samples.Cell, "encoded"),
                [.. Pattern.Text(20_000, "mixed"), .. Pattern.Noise(1_000, 5), .. new byte[30_000], .. Pattern.Text(14_536, "again")],
                Pattern.Noise(Samples.Cell, 6),
                Pattern.Text(1_500, "short"),
            ];
            foreach (byte[] cell in cells)
            {
                var target = new byte[CellCodec.MaxEncodedLength(codec, cell.Length)];
                int length = encoder.TryEncode(codec, level, cell, target);
                s.Data(cell, length < 0 ? BundleCodec.None : codec, length < 0 ? cell : target[..length]);
            }
        }) with { IsEncoded = true };

    private static void AddBlock(StreamSketch stream, Lz4Block block, int? length = null)
    {
        if (length is { } wanted && wanted != block.Decoded.Length)
        {
            throw new InvalidOperationException($"The block decodes to {block.Decoded.Length} bytes.");
        }

        stream.Data(block.Decoded, BundleCodec.Lz4, block.Encoded);
    }
}
