using System.Buffers.Binary;
using Google.Protobuf;
using Waybill.Bundles;
using Waybill.Bundles.Format;
using Waybill.Vectors.Sketches;
using static Waybill.Vectors.Cases.Case;
using static Waybill.Vectors.Cases.Samples;
using Wire = Waybill.Bundles.Wire;

namespace Waybill.Vectors.Cases;

/// <summary>Numbers above their limits (section 13).</summary>
internal static class BrokenLimits
{
    public static Vector[] All { get; } =
    [
        Fault("manifest-above-16-mib", "A manifest of more than 16 MiB.", ["L-01"], "limit_exceeded", i => i.Find(RecordType.Manifest).Edit = p => Padded(p, 16_777_217)),
        Fault("prologue-above-16-mib", "A prologue of more than 16 MiB.", ["L-01"], "limit_exceeded", i => i.Find(RecordType.Prologue).Edit = p => Padded(p, 16_777_217)),
        Fault("payload-above-limit", "A record whose payload really has a byte more than allowed.", ["F-12"], "limit_exceeded", i => i.Find(RecordType.Pad).Payload = new byte[BundleFormat.MaxPayloadLength + 1]),
        Fault("trailer-manifest-length-largest", "The trailer claims a manifest of 2^32 - 1 bytes.", ["L-01"], "limit_exceeded", i => i.EditTrailer = t => BinaryPrimitives.WriteUInt32LittleEndian(t.AsSpan(72), uint.MaxValue))
            with { Or = ["framing_error"] },
        Broken("tags-65537", "65 537 tags.", ["L-01"], "limit_exceeded", n =>
        {
            var bundle = new BundleSketch(n);
            bundle.Image.Manifest.Tags.Add(Enumerable.Range(0, 65_537).Select(t => new Wire.Tag { Key = $"{t:D5}", Boolean = true, Source = (Wire.TagSource)1 }));
            return bundle.Finish();
        }),
        Broken("tag-key-513", "A tag with a key of 513 bytes.", ["L-01"], "limit_exceeded", n => Tag(n, new string('k', 513), "v")),
        Broken("tag-value-above-64-kib", "A tag with a text of 64 KiB and a byte.", ["L-01"], "limit_exceeded", n => Tag(n, "k", new string('v', 65_537))),
        Fault("leaf-count-above-2-40", "A stream that claims 2^40 + 1 leaves.", ["L-01"], "limit_exceeded", i => i.Find(RecordType.StreamEnd).PatchMessage(Wire.StreamResult.Parser, r => r.LeafCount = (1UL << 40) + 1))
            with { Or = ["leaf_error", "digest_mismatch"] },
        Fault("stream-number-65535", "A stream with the number 65 535.", ["L-01"], "limit_exceeded", i => i.Find(RecordType.StreamBegin).PatchMessage(Wire.StreamBegin.Parser, b => b.Header.StreamNo = 65_535))
            with { Or = ["order_error"] },
        Broken("xattr-above-16-mib", "An extended attribute of 16 MiB and a byte.", ["L-01"], "entry_error", n => File(n, f =>
            f.Xattrs.Add(new Wire.Xattr { Name = ByteString.CopyFromUtf8("user.large"), Value = ByteString.CopyFrom(new byte[16_777_217]) })))
            with { Or = ["limit_exceeded"] },
    ];

    private static BundleSketch Tag(string name, string key, string value) =>
        new BundleSketch(name).Describe(p => p.Tags.Add(new Wire.Tag { Key = key, Text = value, Source = (Wire.TagSource)1 })).Finish();

    private static BundleSketch File(string name, Action<Wire.FileEntry> change)
    {
        var bundle = new BundleSketch(name);
        byte[] content = [.. EntryBytes.Of(GoodEntries.File("", Wire.FileType.Directory)), .. EntryBytes.Of(GoodEntries.File("a", Wire.FileType.Regular, change))];
        StreamSketch stream = bundle.Volume("tree", content, StreamKind.FileMeta, cellSize: 1 << 23);
        stream.ManifestEntry.EntryCount = 2;
        bundle.Begin("tree", StreamKind.FileData).End();
        return bundle.Finish();
    }

    // An unknown field that fills a message up to a length.
    private static byte[] Padded(byte[] message, int length)
    {
        int content = length - message.Length - 6;
        byte[] head = [0xB2, 0x06, (byte)(content | 0x80), (byte)((content >> 7) | 0x80), (byte)((content >> 14) | 0x80), (byte)(content >> 21)];
        return [.. message, .. head, .. new byte[content]];
    }
}
