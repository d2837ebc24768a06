using Waybill.Bundles;
using Waybill.Bundles.Format;
using Waybill.Vectors.Images;
using Waybill.Vectors.Sketches;
using static Waybill.Vectors.Cases.Case;
using static Waybill.Vectors.Cases.Samples;

namespace Waybill.Vectors.Cases;

/// <summary>Records that are missing, double, unknown or out of place.</summary>
internal static class BrokenOrder
{
    public static Vector[] All { get; } =
    [
        Order("readme-missing", "There is no README.", "F-03", i => i.Records.RemoveAt(0)),
        Order("readme-twice", "README twice.", "F-03", i => i.Records.Insert(1, new ImageRecord(RecordType.Readme, [0x41]))),
        Order("readme-late", "README in the body.", "F-03", i => i.InsertBefore(i.Find(RecordType.Pad), new ImageRecord(RecordType.Readme, [0x41]))),
        Order("prologue-missing", "There is no PROLOGUE.", "F-03", i => i.Records.Remove(i.Find(RecordType.Prologue))),
        Order("prologue-twice", "PROLOGUE twice.", "F-03", i => i.InsertAfter(i.Find(RecordType.Prologue), new ImageRecord(RecordType.Prologue, i.Find(RecordType.Prologue).Payload))),
        Order("pad-before-prologue", "PAD before PROLOGUE.", "F-03", i => i.Move(i.Find(RecordType.Pad), i.Find(RecordType.Prologue))),
        Order("unknown-before-prologue", "A record of an unknown type before PROLOGUE.", "F-03", i => i.InsertBefore(i.Find(RecordType.Prologue), new ImageRecord((RecordType)0x3F, []))),
        Featured("schema-after-prologue", "SCHEMA after PROLOGUE.", ["F-03"], "order_error", i => i.Move(i.Find(RecordType.Schema), i.Find(RecordType.StreamBegin))),
        Featured("schema-before-feature-names", "SCHEMA before FEATURE_NAMES.", ["F-03"], "order_error", i => i.Move(i.Find(RecordType.Schema), i.Find(RecordType.FeatureNames))),
        Featured("schema-twice", "SCHEMA twice.", ["F-03"], "order_error", i => i.InsertAfter(i.Find(RecordType.Schema), new ImageRecord(RecordType.Schema, [0x41]))),
        Featured("feature-names-missing", "Features without FEATURE_NAMES.", ["F-03", "F-28"], "order_error", i => i.Records.Remove(i.Find(RecordType.FeatureNames))) with { Or = ["manifest_error"] },
        Featured("feature-names-twice", "FEATURE_NAMES twice.", ["F-03"], "order_error", i => i.InsertAfter(i.Find(RecordType.FeatureNames), new ImageRecord(RecordType.FeatureNames, i.Find(RecordType.FeatureNames).Payload))),
        Featured("feature-unnamed", "FEATURE_NAMES does not name the feature.", ["F-28"], "manifest_error", i => i.Find(RecordType.FeatureNames).Payload = []),
        Order("schema-unannounced", "SCHEMA without its feature.", "F-29", i => i.InsertBefore(i.Find(RecordType.Prologue), new ImageRecord(RecordType.Schema, [0x41]))),
        Order("feature-names-needless", "FEATURE_NAMES although no feature is used.", "F-29", i => i.InsertBefore(i.Find(RecordType.Prologue), new ImageRecord(RecordType.FeatureNames, []))),
        Order("manifest-missing", "No MANIFEST before the trailer.", "F-04", i => i.Records.Remove(i.Find(RecordType.Manifest))) with { Expect = "framing_error", Or = ["order_error"] },
        Order("manifest-early", "MANIFEST before the end of a stream.", "F-04", i => i.Move(i.Find(RecordType.Manifest), i.Find(RecordType.StreamEnd))),
        Order("pad-after-manifest", "PAD after MANIFEST.", "F-04", i => i.Records.Add(new ImageRecord(RecordType.Pad, [1]))),
        Order("unknown-after-manifest", "A record of an unknown type after MANIFEST.", "F-04", i => i.Records.Add(new ImageRecord((RecordType)0x90, [1]))),
        Order("manifest-twice", "MANIFEST twice.", "F-04", i => i.InsertBefore(i.Find(RecordType.Manifest), new ImageRecord(RecordType.Manifest, []))),
        Order("signature-before-manifest", "SIGNATURE before MANIFEST.", "F-04", i => i.InsertBefore(i.Find(RecordType.Manifest), new ImageRecord(RecordType.Signature, [1]))),
        Fault("critical-unknown", "A record of an unknown type that must not be ignored.", ["F-19"], "unsupported_feature", i => i.InsertBefore(i.Find(RecordType.Pad), Critical(0x3F))),
        Fault("critical-private", "A private record that must not be ignored.", ["F-19"], "unsupported_feature", i => i.InsertBefore(i.Find(RecordType.Pad), Critical(0x81))),
        Fault("envelope", "An ENVELOPE record in a bundle that is not encrypted.", ["E-01"], "order_error", i => i.InsertBefore(i.Find(RecordType.Prologue), new ImageRecord(RecordType.Envelope, [1]))),
        Order("stream-number-gap", "The first stream has the number 1.", "M-04", i => i.Find(RecordType.StreamBegin).PatchMessage(Bundles.Wire.StreamBegin.Parser, b => b.Header.StreamNo = 1)),
        Order("stream-number-repeated", "Two streams have the number 0.", "M-04", i => i.InsertAfter(i.Find(RecordType.StreamEnd), new ImageRecord(RecordType.StreamBegin, i.Find(RecordType.StreamBegin).Payload))),
        Order("chunk-before-begin", "A chunk before the beginning of its stream.", "M-04", i => i.Move(i.Find(RecordType.Chunk), i.Find(RecordType.StreamBegin))),
        Order("chunk-of-no-stream", "A chunk of a stream that does not exist.", "M-04", i => i.Find(RecordType.Chunk).Patch(p => p[0] = 9)),
        Order("chunk-after-end", "A chunk after the end of its stream.", "M-04", i => i.Move(i.Find(RecordType.Chunk, 2), i.Find(RecordType.Pad))),
        Broken("runs-after-end", "Runs after the end of their stream.", ["M-04"], "order_error", n =>
        {
            var bundle = new BundleSketch(n);
            bundle.Volume("data", [.. Pattern.Cell("x"), .. new byte[Cell]]);
            return bundle.Finish();
        }, i => i.Move(i.Find(RecordType.Runs), i.Find(RecordType.Manifest))),
        Order("tile-after-end", "A second tile after the end of its stream.", "M-04", i => i.InsertAfter(i.Find(RecordType.StreamEnd), new ImageRecord(RecordType.Tile, TileBytes(i)) { IsDerived = false })),
        Order("tile-missing", "A stream ends without its tile.", "M-24", i => i.Records.Remove(i.Find(RecordType.Tile))) with { Or = ["leaf_error"] },
        Order("end-twice", "STREAM_END twice.", "M-04", i => i.InsertAfter(i.Find(RecordType.StreamEnd), new ImageRecord(RecordType.StreamEnd, []) { Stream = 0 })),
        Order("end-missing", "A stream does not end before MANIFEST.", "F-04", i => i.Records.Remove(i.Find(RecordType.StreamEnd))),
    ];

    private static Vector Order(string name, string about, string id, Action<BundleImage> change) => Fault(name, about, [id], "order_error", change);

    private static Vector Featured(string name, string about, string[] spec, string expect, Action<BundleImage> change) =>
        Broken(name, about, spec, expect, n => Sketch(n, new Features(0, 0, Features.Schema)), change);

    private static ImageRecord Critical(byte type) => new((RecordType)type, [1]) { Flags = RecordFlags.Critical };

    private static byte[] TileBytes(BundleImage image)
    {
        byte[] bytes = image.ToBytes();
        int at = (int)image.Find(RecordType.Tile).Offset;
        RecordHeader.TryRead(bytes.AsSpan(at), out RecordHeader header);
        return bytes.AsSpan(at + RecordHeader.Size, header.PayloadLength).ToArray();
    }
}
