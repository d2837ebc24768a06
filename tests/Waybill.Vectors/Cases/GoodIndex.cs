using Waybill.Bundles;
using Waybill.Bundles.Format;
using Waybill.Vectors.Sketches;
using static Waybill.Vectors.Cases.Case;
using static Waybill.Vectors.Cases.Samples;

namespace Waybill.Vectors.Cases;

/// <summary>Streams with several tiles, nodes and levels.</summary>
internal static class GoodIndex
{
    public static Vector[] All { get; } =
    [
        Leaves(255), Leaves(256), Leaves(257), Leaves(512), Leaves(513),
        Good("runs-4096-in-a-record", "One RUNS record with 4 096 leaves, then its 16 tiles.", ["M-16", "M-24"], name =>
        {
            var bundle = new BundleSketch(name, ZeroParent());
            bundle.Begin("data").Runs([.. Alternating(4096)]).End();
            return bundle.Finish();
        }, "zeros-parent"),
        Good("zeros-parent", "A volume of zeros that others build on.", ["M-12"], _ => ZeroParent()),
        Good("index-level-2", "65 793 leaves: 258 tiles below two nodes of level 1, the first written directly after tile 257, and a node of level 2.", ["M-23", "M-26", "M-27", "M-28"], name =>
        {
            var bundle = new BundleSketch(name, ZeroParent());
            bundle.Begin("data").Runs([.. Alternating(65_793)]).End();
            return bundle.Finish();
        }, "zeros-parent"),
        Good("index-two-streams", "Two streams with held-back nodes, ordered by level and stream.", ["M-27"], name =>
        {
            var bundle = new BundleSketch(name);
            AddCells(bundle.Begin("one"), 300).End();
            AddCells(bundle.Begin("two"), 257).End();
            bundle.Volume("three", Pattern.Cell("three"));
            return bundle.Finish();
        }),
        Good("interleaved", "Three streams whose records take turns, with cells of different sizes; a tile lies between records of another stream.", ["M-04", "M-05"], name =>
        {
            var bundle = new BundleSketch(name);
            StreamSketch one = bundle.Begin("one");
            StreamSketch two = bundle.Begin("two", StreamKind.Bytes, 4096, 131_072);
            one.Data(Pattern.Cell("1a"));
            two.Data(Pattern.Cell("2a", 131_072)).Zero(131_072);
            StreamSketch three = bundle.Begin("three", blockSize: 65_536, cellSize: 65_536);
            one.Zero(Cell);
            three.Data(Pattern.Cell("3a"));
            one.Data(Pattern.Cell("1b", 700)).End();
            two.Data(Pattern.Cell("2b", 99));
            three.Data(Pattern.Cell("3b"));
            two.End();
            three.Zero(Cell).End();
            return bundle.Finish();
        }),
        Good("nested-ends", "A stream that begins first and ends last, after the tile and end of the one inside it.", ["M-04"], name =>
        {
            var bundle = new BundleSketch(name);
            StreamSketch outer = bundle.Begin("outer").Data(Pattern.Cell("o"));
            bundle.Volume("inner", Pattern.Cell("i", 5_000));
            outer.Data(Pattern.Cell("p", 10)).End();
            return bundle.Finish();
        }),
    ];

    private static Vector Leaves(int count) =>
        Good($"leaves-{count}", $"{count} leaves of data, {(count + 255) / 256} tile(s).", ["M-23", "M-24", "M-26"], name =>
        {
            var bundle = new BundleSketch(name);
            AddCells(bundle.Begin("data"), count).End();
            return bundle.Finish();
        });

    public static StreamSketch AddCells(StreamSketch stream, int count)
    {
        for (int i = 0; i < count; i++)
        {
            Lz4Block block = Lz4Block.Fill($"c{i}");
            stream.Data(block.Decoded, BundleCodec.Lz4, block.Encoded);
        }

        return stream;
    }

    public static BundleSketch ZeroParent()
    {
        var bundle = new BundleSketch("zeros-parent");
        bundle.Begin("data").Zero(65_793L * Block).End();
        return bundle.Finish();
    }

    public static IEnumerable<(LeafState State, long Length)> Alternating(int count) =>
        Enumerable.Range(0, count).Select(i => (i % 2 == 0 ? LeafState.Inherit : LeafState.Zero, (long)Block));
}
