using Google.Protobuf;
using Waybill.Bundles;
using Waybill.Bundles.Format;
using Waybill.Vectors.Sketches;
using static Waybill.Vectors.Cases.Case;
using static Waybill.Vectors.Cases.Samples;
using Wire = Waybill.Bundles.Wire;

namespace Waybill.Vectors.Cases;

/// <summary>Manifests, prologues and stream records that contradict each other or break a rule.</summary>
internal static class BrokenManifest
{
    public static Vector[] All { get; } = [.. Agreement(), .. Streams(), .. Values(), .. Encoding()];

    private static Vector[] Agreement() =>
    [
        Manifest("bundle-id", "The manifest of another bundle.", "D-01", m => m.BundleId = Bytes16(9)),
        Fault("prologue-bundle-id", "The prologue of another bundle.", ["D-01"], "manifest_error", i => i.Find(RecordType.Prologue).PatchMessage(Wire.Prologue.Parser, p => p.BundleId = Bytes16(9))),
        Manifest("prologue-digest", "The manifest states another digest of the prologue.", "D-01", m => m.PrologueDigest = Bytes32(9)),
        Manifest("created", "Manifest and prologue state other times.", "D-01", m => m.Created.Seconds++),
        Manifest("created-nanos", "Manifest and prologue state times a nanosecond apart.", "D-01", m => m.Created.Nanos++),
        Manifest("writer", "Manifest and prologue name other writers.", "D-01", m => m.Writer.Product = "other"),
        Manifest("application", "Manifest and prologue name other applications.", "D-01", m => m.Application.Name = "other"),
        Manifest("application-origin", "Manifest and prologue name other origins.", "D-01", m => m.Application.Origin.Host = "other"),
        Manifest("lineage", "Manifest and prologue name other lineages.", "D-01", m => m.Lineage.Id = Bytes16(9)),
        Broken("manifest-parent", "Manifest and prologue name other parents.", ["D-01"], "manifest_error", n =>
        {
            var bundle = new BundleSketch(n, GoodChains.Full());
            bundle.Begin("data").Inherit(GoodChains.FullLength).End();
            return bundle.Finish();
        }, i => i.Find(RecordType.Manifest).PatchMessage(Wire.Manifest.Parser, m => m.Parent.ManifestDigest = Bytes32(9))),
        Broken("manifest-tag-missing", "A tag of the prologue is not in the manifest.", ["D-01"], "manifest_error", Tagged, i => i.Find(RecordType.Manifest).PatchMessage(Wire.Manifest.Parser, m => m.Tags.RemoveAt(0))),
        Broken("manifest-tag-changed", "A tag has another value in the manifest.", ["D-01"], "manifest_error", Tagged, i => i.Find(RecordType.Manifest).PatchMessage(Wire.Manifest.Parser, m => m.Tags[0].Text = "other")),
    ];

    private static Vector[] Streams() =>
    [
        Manifest("stream-missing", "The manifest does not list the stream.", "D-02", m => m.Streams.Clear()),
        Manifest("stream-invented", "The manifest lists a stream that does not exist.", "D-02", m =>
        {
            m.Streams.Add(m.Streams[0].Clone());
            (m.Streams[1].Header.StreamNo, m.Streams[1].Header.Name, m.Streams[1].Result.StreamNo) = (1, "invented", 1);
        }),
        Manifest("stream-name", "The manifest calls the stream otherwise.", "D-02", m => m.Streams[0].Header.Name = "other"),
        Manifest("stream-id", "The manifest states another stream id.", "D-02", m => m.Streams[0].Header.StreamId = Bytes16(9)),
        Manifest("stream-kind", "The manifest states another kind of stream.", "D-02", m => m.Streams[0].Header.Kind = Wire.StreamKind.Bytes),
        Manifest("stream-root", "The manifest states another root than STREAM_END.", "D-02", m => m.Streams[0].Result.StreamRoot = Bytes32(9)),
        Manifest("stream-length", "The manifest states another length than STREAM_END.", "D-02", m => m.Streams[0].Result.VirtualLength--),
        Manifest("stream-data-bytes", "The manifest states another number of bytes than STREAM_END.", "D-02", m => m.Streams[0].Result.DataBytes--),
        Manifest("stream-without-result", "A stream of the manifest has no result.", "D-02", m => m.Streams[0].Result = null),
        Manifest("stream-without-header", "A stream of the manifest has no header.", "D-02", m => m.Streams[0].Header = null),
        Broken("manifest-streams-swapped", "The manifest lists the streams in another order.", ["D-02"], "manifest_error", n =>
        {
            var bundle = new BundleSketch(n);
            bundle.Volume("one", [1]);
            bundle.Volume("two", [2]);
            return bundle.Finish();
        }, i => i.Find(RecordType.Manifest).PatchMessage(Wire.Manifest.Parser, m => (m.Streams[0], m.Streams[1]) = (m.Streams[1], m.Streams[0]))),
        Fault("end-data-bytes", "STREAM_END and the manifest count other bytes of data than there are.", ["D-02"], "manifest_error", i => i.Find(RecordType.StreamEnd).PatchMessage(Wire.StreamResult.Parser, r => r.DataBytes++))
            with { Or = ["leaf_error"] },
        Begin("begin-bundle-id", "STREAM_BEGIN names another bundle.", b => b.BundleId = Bytes16(9)),
        Begin("begin-application", "STREAM_BEGIN names another application.", b => b.Application.Id = Bytes16(9)),
        Begin("begin-created", "STREAM_BEGIN states another time.", b => b.Created.Seconds++),
        Begin("begin-without-header", "STREAM_BEGIN without a header.", b => b.Header = null),
        Begin("begin-kind-0", "A stream of no kind.", b => b.Header.Kind = 0),
        Begin("begin-id-short", "A stream id of 15 bytes.", b => b.Header.StreamId = ByteString.CopyFrom(new byte[15])) with { Or = ["encoding_error"] },
        Twice("names-twice", "Two streams of one kind with the same name.", StreamKind.BlockVolume, "data"),
        Twice("stream-ids-twice", "Two streams with the same id.", StreamKind.BlockVolume, "more", sameId: true),
        Twice("resources-twice", "Two RESOURCES streams.", StreamKind.Resources, "more"),
        Twice("secrets-twice", "Two SECRETS streams.", StreamKind.Secrets, "more"),
    ];

    private static Vector[] Values() =>
    [
        Fault("salt-short", "A blinding salt of 31 bytes.", ["D-01"], "manifest_error", i => i.Find(RecordType.Manifest).PatchMessage(Wire.Manifest.Parser, m => m.BlindingSalt = ByteString.CopyFrom(new byte[31])))
            with { Or = ["encoding_error"] },
        Tags("tags-unsorted", "Tags that are not in order.", "D-04", [("b", 1, ""), ("a", 1, "")]),
        Tags("tags-twice", "The same tag twice.", "D-04", [("a", 1, "x"), ("a", 1, "x")]),
        Tags("tags-unsorted-source", "Tags whose sources are not in order.", "D-04", [("a", 2, ""), ("a", 1, "")]),
        Tags("tags-unsorted-reference", "Tags whose references are not in order.", "D-04", [("a", 1, "y"), ("a", 1, "x")]),
        Tags("tags-utf16-order", "Tags in the order of UTF-16, not of UTF-8.", "D-04", [("\U0001F600", 1, ""), ("\uFFFD", 1, "")]),
        Fault("group-without-hook", "Application consistency without a hook.", ["D-05"], "manifest_error", i => i.Find(RecordType.Manifest).PatchMessage(Wire.Manifest.Parser, m =>
            m.Groups.Add(new Wire.ConsistencyGroup { Level = Wire.ConsistencyLevel.Application }))),
        Fault("group-with-failed-hook", "Application consistency with a hook that failed.", ["D-05"], "manifest_error", i => i.Find(RecordType.Manifest).PatchMessage(Wire.Manifest.Parser, m =>
            m.Groups.Add(new Wire.ConsistencyGroup { Level = Wire.ConsistencyLevel.Application, Hooks = { new Wire.HookResult { Name = "freeze", ExitCode = 1 } } }))),
        Fault("group-of-unknown-stream", "A group with a stream that does not exist.", ["D-05"], "manifest_error", i => i.Find(RecordType.Manifest).PatchMessage(Wire.Manifest.Parser, m =>
            m.Groups.Add(new Wire.ConsistencyGroup { Level = Wire.ConsistencyLevel.Crash, StreamNumbers = { 0, 99 } }))),
        Fault("group-with-stream-twice", "A group that names a stream twice.", ["D-05"], "manifest_error", i => i.Find(RecordType.Manifest).PatchMessage(Wire.Manifest.Parser, m =>
            m.Groups.Add(new Wire.ConsistencyGroup { Level = Wire.ConsistencyLevel.Crash, StreamNumbers = { 0, 0 } }))),
        Broken("nanos", "A time with 1 000 000 000 nanoseconds.", ["D-10"], "manifest_error", n => new BundleSketch(n).Describe(p => p.Created.Nanos = 1_000_000_000).Finish()) with { Or = ["encoding_error"] },
        Broken("nanos-in-tag", "A tag with a time of 2^32 - 1 nanoseconds.", ["D-10"], "manifest_error", n =>
            new BundleSketch(n).Describe(p => p.Tags.Add(new Wire.Tag { Key = "t", Time = new Wire.Time { Nanos = uint.MaxValue } })).Finish()) with { Or = ["encoding_error"] },
        Broken("name-slash", "A stream name with a slash.", ["R-13"], "unsafe_name", n => Named(n, "a/b")),
        Broken("name-backslash", "A stream name with a backslash.", ["R-13"], "unsafe_name", n => Named(n, "a\\b")),
        Broken("name-dot", "The stream name '.'.", ["R-13"], "unsafe_name", n => Named(n, ".")),
        Broken("name-dot-dot", "The stream name '..'.", ["R-13"], "unsafe_name", n => Named(n, "..")),
        Broken("name-empty", "A stream without a name.", ["R-13"], "unsafe_name", n => Named(n, "")),
        Broken("name-too-long", "A stream name of 256 bytes in 128 characters.", ["R-13"], "unsafe_name", n => Named(n, new string('ä', 128))),
        Broken("name-nul", "A stream name with NUL.", ["R-13"], "unsafe_name", n => Named(n, "a\0b")),
        Broken("name-control", "A stream name with a control character beyond ASCII.", ["R-13"], "unsafe_name", n => Named(n, "a\u0085b")),
    ];

    private static Vector[] Encoding() =>
    [
        Message("message-field-twice", "A singular field occurs twice.", p => [.. p, 0x12, 0x00]),
        Message("message-field-0", "A field with the number 0.", p => [.. p, 0x00, 0x00]),
        Message("message-field-too-large", "A field number above 2^29 - 1.", p => [.. p, 0x80, 0x80, 0x80, 0x80, 0x10, 0x00]),
        Message("message-group", "A group.", p => [.. p, 0xA3, 0x06, 0xA4, 0x06]),
        Message("message-wire-type-6", "A wire type that does not exist.", p => [.. p, 0xA6, 0x06]),
        Message("message-wrong-wire-type", "A number where a message must be.", p => [.. p, 0x38, 0x05]),
        Broken("tag-with-two-values", "A tag with a text and a number.", ["D-08"], "encoding_error", n => new BundleSketch(n).Describe(p => p.Tags.Add(new Wire.Tag { Key = "k", Text = "XX" })).Finish(), i =>
            i.Find(RecordType.Prologue).Patch(p => ((ReadOnlySpan<byte>)[0x18, 0x02, 0x20, 0x01]).CopyTo(p.AsSpan(p.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x12, 0x02, 0x58, 0x58]))))),
        Message("message-ends-in-tag", "A message that ends inside a field number.", p => [.. p, 0x80]),
        Message("message-ends-in-length", "A field that reaches beyond its message.", p => [.. p, 0xB2, 0x06, 0x05, 0x01]),
        Message("message-ends-in-fixed", "A message that ends inside a fixed number.", p => [.. p, 0xA9, 0x06, 0x01]),
        Message("message-varint-of-11-bytes", "A number of eleven bytes.", p => [.. p, 0xA0, 0x06, .. Pattern.Fill(10, 0x80), 0x00]),
        Message("message-varint-of-65-bits", "A number of more than 64 bits.", p => [.. p, 0xA0, 0x06, .. Pattern.Fill(9, 0xFF), 0x02]),
        Broken("message-not-utf-8", "A text that is not UTF-8.", ["D-08"], "encoding_error", n => new BundleSketch(n).Describe(p => p.Writer.Product = "XX").Finish(), i =>
            i.Find(RecordType.Prologue).Patch(p => p.AsSpan(p.AsSpan().IndexOf("XX"u8), 2).Fill(0xFF))),
        Broken("message-surrogate", "A text with a surrogate in UTF-8.", ["D-08"], "encoding_error", n => new BundleSketch(n).Describe(p => p.Writer.Product = "XXX").Finish(), i =>
            i.Find(RecordType.Prologue).Patch(p => ((ReadOnlySpan<byte>)[0xED, 0xA0, 0x80]).CopyTo(p.AsSpan(p.AsSpan().IndexOf("XXX"u8))))),
        Fault("manifest-field-twice", "A singular field occurs twice in the manifest.", ["D-08"], "encoding_error", i => i.Find(RecordType.Manifest).Append(0x1A, 0x00)),
        Fault("begin-field-twice", "A singular field occurs twice in STREAM_BEGIN.", ["D-08"], "encoding_error", i => i.Find(RecordType.StreamBegin).Append(0x22, 0x00)),
        Fault("end-field-twice", "A singular field occurs twice in STREAM_END.", ["D-08"], "encoding_error", i => i.Find(RecordType.StreamEnd).Append(0x10, 0x05)),
    ];

    private static Vector Manifest(string name, string about, string id, Action<Wire.Manifest> change) =>
        Fault($"manifest-{name}", about, [id], "manifest_error", i => i.Find(RecordType.Manifest).PatchMessage(Wire.Manifest.Parser, change));

    private static Vector Begin(string name, string about, Action<Wire.StreamBegin> change) =>
        Fault(name, about, ["D-06"], "manifest_error", i => i.Find(RecordType.StreamBegin).PatchMessage(Wire.StreamBegin.Parser, change));

    private static Vector Message(string name, string about, Func<byte[], byte[]> change) =>
        Fault(name, about, ["D-08"], "encoding_error", i => i.Find(RecordType.Prologue).Edit = change);

    private static Vector Tags(string name, string about, string id, (string Key, int Source, string Reference)[] tags) =>
        Broken(name, about, [id], "manifest_error", n => new BundleSketch(n).Describe(p =>
            p.Tags.Add(tags.Select(t => new Wire.Tag { Key = t.Key, Text = "v", Source = (Wire.TagSource)t.Source, SourceRef = t.Reference }))).Finish());

    private static Vector Twice(string name, string about, StreamKind kind, string second, bool sameId = false) =>
        Broken(name, about, ["D-03"], "manifest_error", n =>
        {
            var bundle = new BundleSketch(n);
            bundle.Begin("data", kind).End();
            StreamSketch again = bundle.Begin(second, kind);
            bundle.Image.Find(RecordType.StreamBegin, 1).PatchMessage(Wire.StreamBegin.Parser, b => b.Header.StreamId = sameId ? bundle.Streams[0].Header.StreamId : Bytes16(9));
            again.End();
            return bundle.Finish();
        });

    private static BundleSketch Tagged(string name) =>
        new BundleSketch(name).Describe(p => p.Tags.Add(new Wire.Tag { Key = "k", Text = "v", Source = (Wire.TagSource)1 })).Finish();

    private static BundleSketch Named(string name, string stream)
    {
        var bundle = new BundleSketch(name);
        bundle.Volume(stream, [1]);
        return bundle.Finish();
    }

    private static ByteString Bytes16(byte value) => ByteString.CopyFrom(Pattern.Fill(16, value));

    private static ByteString Bytes32(byte value) => ByteString.CopyFrom(Pattern.Fill(32, value));
}
