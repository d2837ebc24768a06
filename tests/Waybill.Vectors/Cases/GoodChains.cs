using Waybill.Bundles;
using Waybill.Bundles.Format;
using Waybill.Vectors.Sketches;
using static Waybill.Vectors.Cases.Case;
using static Waybill.Vectors.Cases.Samples;

namespace Waybill.Vectors.Cases;

/// <summary>Incremental bundles.</summary>
internal static class GoodChains
{
    public static Vector[] All { get; } =
    [
        Good("chain-full", "A full bundle that others build on: data, zeros, data, a short last block.", ["I-01"], _ => Full()),
        Delta("delta-empty", "Nothing changed: one INHERIT run over the whole volume, its short last block included.", ["I-03", "M-08"], s => s.Inherit(FullLength)),
        Delta("delta-data", "A cell replaced, the rest inherited.", ["I-01", "I-02", "M-09"], s => s.Inherit(Cell).Data(Pattern.Cell("new")).Inherit(FullLength - (2 * Cell))),
        Delta("delta-masked", "Cells with inherited, new and zero blocks and the digest of the filled-in cell.", ["M-18", "M-19", "M-22"], s =>
            s.Masked("i d z i120 d5", Pattern.Cell("new", 6 * Block)).Inherit(Cell).Masked("z64 d1 i63", Pattern.Cell("x", Block)).Inherit(FullLength - (3 * Cell))),
        Delta("delta-masked-without-digest", "Masked cells as a list of changed ranges gives them: nobody knows the whole cell.", ["M-18", "I-04"], s =>
            s.Masked("i3 d2 i123", Pattern.Cell("listed", 2 * Block), withCellDigest: false).Inherit(FullLength - Cell)),
        Delta("delta-masked-lz4", "Masked blocks compressed.", ["M-14", "C-02"], s =>
        {
            Lz4Block block = Lz4Block.Fill("m", 20 * Block);
            s.Masked("i100 d20 i8", block.Decoded, codec: BundleCodec.Lz4, encoded: block.Encoded).Inherit(FullLength - Cell);
        }),
        Delta("delta-masked-one-block", "A masked cell with one block of data, and one with all blocks but one.", ["M-20"], s =>
            s.Masked("d1 i127", Pattern.Cell("y", Block)).Masked("d127 i1", Pattern.Cell("w", 127 * Block)).Inherit(FullLength - (2 * Cell))),
        Delta("delta-masked-last-cell", "The short last cell masked: its short last block is new.", ["M-18", "M-19"], s =>
            s.Inherit(FullLength - 1000).Masked("i1 d1", Pattern.Cell("end", 488), 1000)),
        Delta("delta-masked-last-block-inherited", "The short last cell masked: its short last block is inherited, as both have the same end.", ["I-03"], s =>
            s.Inherit(FullLength - 1000).Masked("d1 i1", Pattern.Cell("end", Block), 1000)),
        Delta("delta-discard", "Discarded ranges stated as ZERO on block boundaries, next to inherited ones.", ["I-06", "M-08", "M-12"], s =>
            s.Runs((LeafState.Inherit, 1024), (LeafState.Zero, 512), (LeafState.Inherit, Cell - 1536), (LeafState.Zero, Cell), (LeafState.Inherit, FullLength - (2 * Cell)))),
        Delta("delta-runs-in-one-cell", "A cell of ZERO and INHERIT blocks without data is written as runs.", ["M-20"], s =>
            s.Runs([.. Enumerable.Range(0, 128).Select(i => (i % 2 == 0 ? LeafState.Zero : LeafState.Inherit, (long)Block)), (LeafState.Zero, 512), (LeafState.Inherit, FullLength - Cell - 512)])),
        Delta("delta-grown", "The volume grew: new zeros and data behind the old end, the old short last block stored again.", ["I-03", "I-04"], s =>
            s.Inherit(6 * Cell).Data([.. Pattern.Cell("C", 1000), .. Pattern.Cell("grown", Cell - 1000)]).Zero(Cell).Data(Pattern.Cell("tail", 5_000))),
        Delta("delta-grown-by-zeros", "The volume grew by zeros only; the block that was short is masked.", ["I-03"], s =>
            s.Inherit(6 * Cell).Masked("i1 d1 z126", [.. Pattern.Cell("C", 488), .. new byte[24]])),
        Delta("delta-shrunk", "The volume shrank inside a block; that block is stored again.", ["I-03"], s =>
            s.Inherit(Cell).Masked("i1 d1", Pattern.Cell("B", 188), 700)),
        Delta("delta-shrunk-to-blocks", "The volume shrank to a whole number of blocks, all inherited.", ["I-03"], s => s.Inherit(Cell + (10 * Block))),
        Delta("delta-shrunk-to-nothing", "The volume shrank to no bytes.", ["M-03"], _ => { }),
        Delta("delta-full-again", "Every cell stored again although there is a parent.", ["I-01"], s => s.Content(Pattern.Cell("again", (int)FullLength))),
        Good("delta-stand-alone", "A stream stored in full in an incremental bundle: it names no parent root.", ["I-01", "M-10"], name =>
        {
            var bundle = new BundleSketch(name, Full());
            bundle.Begin("data", standAlone: true).Content(Pattern.Cell("alone", 70_000)).End();
            return bundle.Finish();
        }, "chain-full"),
        Good("delta-content-root", "The root the content would have in a full bundle is given.", ["M-30"], name =>
        {
            var bundle = new BundleSketch(name, Full());
            StreamSketch stream = bundle.Begin("data").Inherit(Cell).Data(Pattern.Cell("new")).Inherit(FullLength - (2 * Cell)).End();
            var full = new BundleSketch("the same in full");
            full.Volume("data", stream.Expected.ToBytes());
            stream.EndRecord.ContentRoot = new Digest(full.Finish().Streams[0].Result.StreamRoot.Span);
            return bundle.Finish();
        }, "chain-full"),
        Good("delta-new-stream", "A stream the parent does not have, beside one that builds on it.", ["I-01"], name =>
        {
            var bundle = new BundleSketch(name, Full());
            bundle.Begin("data").Inherit(FullLength).End();
            bundle.Volume("added", Pattern.Cell("added", 3_000));
            return bundle.Finish();
        }, "chain-full"),
        Good("delta-without-parents", "An incremental bundle alone: everything but inherited content can be checked.", ["I-02"], name => Second(name)),
        Good("chain-second", "The second of a chain of three.", ["I-01"], name => Second(name), "chain-full"),
        Good("chain-third", "The third of a chain: masked over masked, inherited through two bundles, a cell that comes back after it was ZERO.", ["I-02", "M-22", "I-08"], name =>
        {
            var bundle = new BundleSketch(name, Second("chain-second"));
            bundle.Begin("data").Masked("i1 d1 z1 i125", Pattern.Cell("third", Block)).Inherit(Cell).Masked("i64 d64", Pattern.Cell("back", 64 * Block)).Inherit(FullLength - (3 * Cell)).End();
            return bundle.Finish();
        }, "chain-second", "chain-full"),
    ];

    /// <summary>Gets the length of the volume of <see cref="Full"/>: six cells and 1 000 bytes.</summary>
    public const long FullLength = (6 * Cell) + 1000;

    public static BundleSketch Full()
    {
        var bundle = new BundleSketch("chain-full");
        bundle.Begin("data").Data(Pattern.Cell("A")).Data(Pattern.Cell("B")).Zero(2 * Cell).Data(Pattern.Cell("D")).Data(Pattern.Cell("E")).Data(Pattern.Cell("C", 1000)).End();
        return bundle.Finish();
    }

    public static BundleSketch Second(string name)
    {
        var bundle = new BundleSketch(name, Full());
        bundle.Begin("data").Masked("d2 i126", Pattern.Cell("second", 2 * Block)).Data(Pattern.Cell("whole")).Runs((LeafState.Zero, Cell), (LeafState.Inherit, Cell), (LeafState.Zero, Cell), (LeafState.Inherit, FullLength - (5 * Cell))).End();
        return bundle.Finish();
    }

    private static Vector Delta(string name, string about, string[] spec, Action<StreamSketch> fill) =>
        Good(name, about, spec, n =>
        {
            var bundle = new BundleSketch(n, Full());
            StreamSketch stream = bundle.Begin("data");
            fill(stream);
            stream.End();
            return bundle.Finish();
        }, "chain-full");
}
