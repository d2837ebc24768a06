using Waybill.Bundles;
using Waybill.Bundles.Format;
using Waybill.Vectors.Sketches;
using static Waybill.Vectors.Cases.Case;
using static Waybill.Vectors.Cases.Samples;

namespace Waybill.Vectors.Cases;

/// <summary>Full volumes of every shape.</summary>
internal static class GoodVolumes
{
    public static Vector[] All { get; } =
    [
        Good("smallest", "A bundle without streams.", ["F-01", "F-02", "F-03", "F-05", "F-07", "F-21", "F-23", "F-24"], name => new BundleSketch(name).Finish()),
        Good("small", "One volume with data, zeros and a short last cell, and a PAD record.", ["F-04", "F-11", "F-13", "F-14", "F-15", "F-16", "M-03", "M-24", "M-29"], Small),
        Volume("empty", "A volume of no bytes: no leaves, no tile, no index.", ["M-03"], []),
        Volume("one-byte", "A volume of one byte.", ["M-07"], [7]),
        Volume("one-block", "A volume of one block.", ["M-07"], Pattern.Cell("block", Block)),
        Volume("one-cell", "A volume of one cell.", ["M-07"], Pattern.Cell("cell")),
        Volume("cell-less-a-byte", "A volume of one cell less a byte.", ["M-07"], Pattern.Cell("short", Cell - 1)),
        Volume("cell-and-a-byte", "A volume of one cell and a byte: the last cell has one byte.", ["M-07"], [.. Pattern.Cell("cell"), 9]),
        Volume("cell-less-a-block", "A volume of one cell less a block.", ["M-07"], Pattern.Cell("short", Cell - Block)),
        Volume("cell-and-a-block", "A volume of one cell and a block.", ["M-07"], [.. Pattern.Cell("cell"), .. Pattern.Cell("block", Block)]),
        Volume("short-last-block", "A volume that ends inside a block.", ["M-07", "M-08"], [.. Pattern.Cell("cell"), .. Pattern.Cell("rest", 1_234)]),
        Volume("zero-end", "Data, then zeros up to an end inside a block.", ["M-08", "M-12"], [.. Pattern.Cell("cell"), .. new byte[3 * Cell + 77]]),
        Volume("all-zero", "A volume of zeros that ends inside a cell.", ["M-11", "M-12"], new byte[2 * Cell + 1000]),
        Good("all-zero-pebibyte", "A pebibyte of zeros in one run of 64 bytes.", ["M-02", "L-02"], name =>
        {
            var bundle = new BundleSketch(name);
            bundle.Begin("data", blockSize: 4096, cellSize: 1 << 20).Zero(1L << 50).End();
            return bundle.Finish();
        }),
        Good("longest", "A volume of 2^63 - 1 bytes of zeros, the most a stream can have.", ["M-02"], name =>
        {
            var bundle = new BundleSketch(name);
            bundle.Begin("data", blockSize: 4096, cellSize: 1 << 20).Zero(long.MaxValue).End();
            return bundle.Finish();
        }),
        Good("data-behind-exbibytes", "Data, exbibytes of zeros, data.", ["M-02", "M-03"], name =>
        {
            var bundle = new BundleSketch(name);
            bundle.Begin("data").Data(Pattern.Cell("first")).Zero((1L << 62) - Cell).Data(Pattern.Cell("last", 5)).End();
            return bundle.Finish();
        }),
        Good("largest-cells", "Blocks of 64 KiB in cells of 8 MiB.", ["M-01"], name =>
        {
            var bundle = new BundleSketch(name);
            bundle.Volume("data", [.. Pattern.Cell("big", 1 << 23), .. Pattern.Cell("more", 70_000)], blockSize: 65_536, cellSize: 1 << 23);
            return bundle.Finish();
        }),
        Good("block-as-large-as-cell", "A cell of a single block.", ["M-01"], name =>
        {
            var bundle = new BundleSketch(name);
            bundle.Volume("data", [.. Pattern.Cell("a"), .. Pattern.Cell("b", 3)], blockSize: 65_536, cellSize: 65_536);
            return bundle.Finish();
        }),
    ];

    private static Vector Volume(string name, string about, string[] spec, byte[] content) =>
        Good($"volume-{name}", about, spec, n =>
        {
            var bundle = new BundleSketch(n);
            bundle.Volume("data", content);
            return bundle.Finish();
        });
}
