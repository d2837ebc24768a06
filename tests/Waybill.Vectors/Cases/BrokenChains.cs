using Google.Protobuf;
using Waybill.Bundles;
using Waybill.Bundles.Format;
using Waybill.Vectors.Sketches;
using static Waybill.Vectors.Cases.Case;
using static Waybill.Vectors.Cases.Samples;
using Wire = Waybill.Bundles.Wire;

namespace Waybill.Vectors.Cases;

/// <summary>Incremental bundles that do not fit their parents, and parents that are not there.</summary>
internal static class BrokenChains
{
    public static Vector[] All { get; } =
    [
        new("broken", "parent", "A full bundle, itself good, that broken ones build on.", ["I-01"], () => VectorBundle.From(GoodChains.Full())),
        new("broken", "parent-sibling", "A full bundle, itself good, with the id of another one: a parent is known by its digest, not by its id alone.", ["I-02"], () => VectorBundle.From(Sibling())),
        new("broken", "parent-second", "The second of a chain, itself good.", ["I-01"], () => VectorBundle.From(GoodChains.Second("chain-second"))) { Parents = ["parent"] },
        Fault("parent-damaged", "A parent that cannot be used: it was cut.", ["T-03"], "incomplete", _ => { }) with { Make = () => new VectorBundle(GoodChains.Full().Bytes[..^100]) },
        Broken("parent-not-there", "The parent is not among the bundles at hand.", ["I-02"], "parent_missing", GoodChains.Second, "small-good"),
        new("broken", "small-good", "A good bundle that is nobody's parent.", ["F-01"], () => VectorBundle.From(Small("small"))),
        Broken("parent-other-digest", "A bundle with the parent's id, but another manifest.", ["I-02"], "parent_mismatch", GoodChains.Second, "parent-sibling"),
        Broken("parent-cut", "The parent is there but incomplete.", ["I-05", "F-02"], "incomplete", GoodChains.Second, "parent-damaged")
            with { Or = ["parent_missing", "parent_mismatch"] },
        Broken("parent-in-the-middle-missing", "The parent is there, the parent's parent is not.", ["I-02"], "parent_missing", Third, "parent-second"),
        Link("parent-root-wrong", "A stream names another root than the parent's stream has.", "I-01", h => h.ParentRoot = Bytes32(9)),
        Link("parent-length-wrong", "A stream names another length than the parent's stream has.", "I-01", h => h.ParentLength += 512),
        Link("parent-stream-unknown", "A stream builds on one the parent does not have.", "I-01", h => h.StreamId = ByteString.CopyFrom(Pattern.Fill(16, 9))),
        Link("parent-block-size", "A stream has other blocks than its parent.", "M-01", h => h.BlockSize = 1024) with { Expect = "manifest_error", Or = ["parent_mismatch", "chain_error"] },
        Link("parent-cell-size", "A stream has other cells than its parent.", "M-01", h => h.CellSize = 131_072) with { Expect = "manifest_error", Or = ["parent_mismatch", "chain_error"] },
        Broken("parent-root-in-full", "A stream names a parent root in a bundle without parent.", ["I-01"], "manifest_error", n =>
        {
            var bundle = new BundleSketch(n);
            StreamSketch stream = bundle.Begin("data");
            bundle.Image.Find(RecordType.StreamBegin).PatchMessage(Wire.StreamBegin.Parser, b => (b.Header.ParentRoot, b.Header.ParentLength) = (Bytes32(9), 512));
            stream.Inherit(512).End();
            return bundle.Finish();
        }),
        OfEntries("parent-of-resources", "A RESOURCES stream that names a parent root.", StreamKind.Resources),
        OfEntries("parent-of-files", "A FILE_META stream that names a parent root.", StreamKind.FileMeta),
        Broken("own-parent", "A bundle that names itself as its parent.", ["I-07"], "chain_error", n =>
            new BundleSketch(n).Describe(p =>
            {
                p.Parent = new Wire.ParentRef { BundleId = p.BundleId, ManifestDigest = Bytes32(9) };
                p.Lineage.Generation = 1;
            }).Finish(), "small-good"),
        Delta("inherit-beyond-parent", "An INHERIT run that reaches beyond the parent's end.", s => s.Inherit(7 * Cell)),
        Delta("inherit-block-short-in-parent", "A block that is short in the parent is inherited as a whole one.", s => s.Runs((LeafState.Inherit, (6 * Cell) + 1024), (LeafState.Zero, Cell - 1024))),
        Delta("inherit-block-short-in-child", "A block that is whole in the parent is inherited as a short one.", s => s.Inherit((6 * Cell) + 100)),
        Delta("inherit-block-short-in-both", "A block that is short in both, but not by as much.", s => s.Inherit((6 * Cell) + 900)),
        Delta("masked-inherit-beyond-parent", "A 00 block beyond the parent's end.", s => s.Inherit(6 * Cell).Masked("i3 d125", Pattern.Cell("m", 125 * Block))),
        Delta("masked-inherit-short-block", "A 00 block that is short in the parent and whole in the child.", s => s.Inherit(6 * Cell).Masked("i2 d126", Pattern.Cell("m", 126 * Block))),
        Delta("masked-inherit-short-in-child", "A 00 block that is whole in the parent and short in the child.", s => s.Inherit(Cell).Masked("d1 i1", Pattern.Cell("m", Block), 700)),
    ];

    private static Vector Link(string name, string about, string id, Action<Wire.StreamHeader> change) =>
        Broken(name, about, [id], "parent_mismatch", n =>
        {
            var bundle = new BundleSketch(n, GoodChains.Full());
            StreamSketch stream = bundle.Begin("data");
            bundle.Image.Find(RecordType.StreamBegin).PatchMessage(Wire.StreamBegin.Parser, b => change(b.Header));
            stream.Inherit(2 * Cell).Zero(2 * Cell).End();
            return bundle.Finish();
        }, "parent");

    private static Vector OfEntries(string name, string about, StreamKind kind) =>
        Broken(name, about, ["M-10"], "manifest_error", n =>
        {
            var bundle = new BundleSketch(n, GoodChains.Full());
            StreamSketch stream = bundle.Begin("e", kind);
            bundle.Image.Find(RecordType.StreamBegin).PatchMessage(Wire.StreamBegin.Parser, b => (b.Header.ParentRoot, b.Header.ParentLength) = (Bytes32(9), 512));
            stream.End();
            return bundle.Finish();
        });

    private static Vector Delta(string name, string about, Action<StreamSketch> fill) =>
        Broken(name, about, ["I-03"], "leaf_error", n =>
        {
            var bundle = new BundleSketch(n, GoodChains.Full());
            StreamSketch stream = bundle.Begin("data");
            fill(stream);
            stream.End();
            return bundle.Finish();
        });

    /// <summary>Another bundle that claims the id of the parent.</summary>
    private static BundleSketch Sibling()
    {
        BundleSketch parent = GoodChains.Full();
        var sibling = new BundleSketch("chain-full").Describe(p => p.Application.Name = "sibling");
        return parent.Image.Id == sibling.Image.Id ? sibling.Finish() : throw new InvalidOperationException("The sibling has another id.");
    }

    private static BundleSketch Third(string name)
    {
        var bundle = new BundleSketch(name, GoodChains.Second("chain-second"));
        bundle.Begin("data").Inherit(GoodChains.FullLength).End();
        return bundle.Finish();
    }

    private static ByteString Bytes32(byte value) => ByteString.CopyFrom(Pattern.Fill(32, value));
}
