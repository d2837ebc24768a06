using Waybill.Bundles.Format;
using Waybill.Vectors.Images;
using Waybill.Vectors.Sketches;
using static Waybill.Vectors.Cases.Case;
using Wire = Waybill.Bundles.Wire;

namespace Waybill.Vectors.Cases;

/// <summary>LAYOUT records that stand in the wrong place or do not say where things are.</summary>
internal static class BrokenLayout
{
    public static Vector[] All { get; } =
    [
        Layout("index-offset", "The layout says the index stands elsewhere.", l => l.Streams[0].IndexOffset += 8) with { Or = ["leaf_error"] },
        Layout("index-length", "The layout states another length of the index.", l => l.Streams[0].IndexLength++) with { Or = ["leaf_error"] },
        Layout("index-level", "The layout states another level of the index.", l => l.Streams[0].IndexLevel++),
        Layout("index-missing", "The layout does not say where the index is.", l => (l.Streams[0].IndexOffset, l.Streams[0].IndexLength) = (0, 0)),
        Layout("stored-bytes", "The layout counts other stored bytes than there are.", l => l.Streams[0].StoredBytes++),
        Layout("stored-bytes-huge", "The layout counts 2^63 stored bytes.", l => l.Streams[0].StoredBytes = 1UL << 63) with { Expect = "limit_exceeded", Or = ["manifest_error"] },
        Layout("stream-missing", "The layout does not list the stream.", l => l.Streams.Clear()),
        Layout("stream-twice", "The layout lists the stream twice.", l => l.Streams.Add(l.Streams[0].Clone())),
        Layout("stream-number", "The layout names another stream.", l => l.Streams[0].StreamNo = 7),
        Fault("layout-field-twice", "A singular field occurs twice in the place of a stream.", ["D-08"], "encoding_error", i => i.Find(RecordType.Layout).Edit = p => [.. p[..1], (byte)(p[1] + 2), .. p[2..], 0x28, 0x05]),
        Broken("layout-index-of-empty-stream", "The layout places the index of a stream without leaves.", ["M-31"], "manifest_error", n =>
        {
            var bundle = new BundleSketch(n);
            bundle.Begin("data").End();
            return bundle.Finish();
        }, i => i.Find(RecordType.Layout).PatchMessage(Wire.Layout.Parser, l => l.Streams[0].IndexOffset = 64)),
        Order("layout-missing", "There is no LAYOUT.", i => i.Records.Remove(i.Find(RecordType.Layout))),
        Order("layout-twice", "Two LAYOUT records.", i => i.InsertBefore(i.Find(RecordType.Manifest), new ImageRecord(RecordType.Layout, []))),
        Order("layout-after-manifest", "LAYOUT stands behind MANIFEST.", i => i.Move(i.Find(RecordType.Manifest), i.Find(RecordType.Layout))),
        Order("layout-before-stream-end", "LAYOUT stands before the end of a stream.", i => i.Move(i.Find(RecordType.Layout), i.Find(RecordType.StreamEnd))),
    ];

    private static Vector Layout(string name, string about, Action<Wire.Layout> change) =>
        Fault($"layout-{name}", about, ["M-31"], "manifest_error", i => i.Find(RecordType.Layout).PatchMessage(Wire.Layout.Parser, change));

    private static Vector Order(string name, string about, Action<BundleImage> change) =>
        Fault(name, about, ["F-04", "M-31"], "order_error", change) with { Or = ["framing_error", "manifest_error"] };
}
