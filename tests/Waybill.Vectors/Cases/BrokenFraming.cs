using System.Buffers.Binary;
using Waybill.Bundles.Format;
using Waybill.Vectors.Images;
using static Waybill.Vectors.Cases.Case;
using static Waybill.Vectors.Cases.Samples;

namespace Waybill.Vectors.Cases;

/// <summary>Damaged or wrong preambles, record headers and trailers.</summary>
internal static class BrokenFraming
{
    public static Vector[] All { get; } =
    [
        .. Preambles(), .. Records(), .. Trailers(), .. Cuts(),
    ];

    private static Vector[] Preambles() =>
    [
        Bytes("magic-first-byte", "The first byte lost its high bit.", ["F-05"], "not_a_bundle", () => With(0, 0x09)),
        Bytes("magic-crlf-to-lf", "A text-mode transfer made LF of CR LF.", ["F-05"], "not_a_bundle", () => [.. Good().Where((_, i) => i != 4)]),
        Bytes("magic-lf-to-crlf", "A text-mode transfer made CR LF of LF.", ["F-05"], "not_a_bundle", () => [.. Good()[..7], 0x0D, .. Good()[7..]]),
        Bytes("magic-seven-bits", "A transfer dropped the highest bit of every byte.", ["F-05"], "not_a_bundle", () => [.. Good().Select(b => (byte)(b & 0x7F))]),
        Bytes("leading-byte", "One byte stands before the bundle.", ["F-05"], "not_a_bundle", () => [0, .. Good()]),
        Bytes("text-file", "A text file.", ["F-05"], "not_a_bundle", () => [.. "This is not a bundle, however long it may be. It goes on and on and on, and never begins with the magic."u8]),
        Fault("major-2", "Major version 2.", ["F-06"], "unsupported_version", i => i.EditPreamble = p => p[8] = 2),
        Fault("major-0", "Major version 0.", ["F-06"], "unsupported_version", i => i.EditPreamble = p => p[8] = 0),
        Fault("preamble-length", "A preamble length of 72.", ["F-07"], "framing_error", i => i.EditPreamble = p => p[12] = 72),
        Fault("preamble-reserved", "The reserved field of the preamble is not zero.", ["F-07"], "framing_error", i => i.EditPreamble = p => p[56] = 1),
        Fault("preamble-crc", "A flipped bit in the preamble.", ["F-07"], "framing_error", i => i.EditBytes = b => Flip(b, 45)),
        Unknown("incompat-bit-63", "An unknown bit in incompat.", new Features(1UL << 63, 0, 0)),
        Unknown("incompat-external-chunks", "The reserved bit EXTERNAL_CHUNKS.", new Features(Features.ExternalChunks, 0, 0)),
        Unknown("incompat-segmented", "The reserved bit SEGMENTED.", new Features(Features.Segmented, 0, 0)),
        Fault("incompat-unnamed", "An unknown bit in incompat and no FEATURE_NAMES to explain it.", ["F-08"], "unsupported_feature", i => i.EditPreamble = p => p[17] = 1),
    ];

    private static Vector[] Records() =>
    [
        Header("record-sync", "A record without its sync bytes.", "F-11", h => h[0] = 0),
        Header("record-reserved", "The reserved field of a record header is not zero.", "F-11", h => h[6] = 1),
        Fault("record-header-crc", "A flipped bit in a record header.", ["F-11"], "framing_error", i => i.Find(RecordType.Pad).Damage = r => r[33] ^= 1),
        Limit("payload-length-above", "A payload length one above the limit.", 16_842_753),
        Limit("payload-length-largest", "A payload length of 2^32 - 1.", uint.MaxValue),
        Fault("payload-length-beyond-end", "An allowed payload length that reaches beyond the end.", ["F-12", "T-03"], "incomplete", i =>
            i.Find(RecordType.Pad).EditHeader = h => BinaryPrimitives.WriteUInt32LittleEndian(h.AsSpan(8), 1 << 20)),
        Damage("payload-chunk", "A flipped bit in the data of a chunk.", RecordType.Chunk, 150),
        Damage("payload-prologue", "A flipped bit in the prologue.", RecordType.Prologue, 10),
        Damage("payload-tile", "A flipped bit in a tile.", RecordType.Tile, 30),
        Damage("payload-manifest", "A flipped bit in the manifest.", RecordType.Manifest, 30),
        Damage("payload-pad", "A flipped bit in a PAD record: its bytes mean nothing, but damage is damage.", RecordType.Pad, 1),
        Header("sequence-gap", "A sequence number is left out.", "F-14", h => h[16]++),
        Header("sequence-repeated", "A sequence number occurs twice.", "F-14", h => h[16]--),
        Header("sequence-first", "Sequence numbers begin with 1.", "F-14", h => h[16]++, RecordType.Readme),
        Header("offset-wrong", "A record claims to stand elsewhere.", "F-15", h => h[24] += 8),
        Header("bundle-tag", "A record of another bundle.", "F-16", h => h[32] ^= 1),
        Fault("padding", "A padding byte that is not zero.", ["F-17"], "framing_error", i => i.Find(RecordType.Pad).Damage = r => r[^1] = 1),
        .. Enumerable.Range(2, 4).Select(bit => Fault(
            $"flag-{bit}", $"A record with the reserved flag {bit}.", ["F-18"], "framing_error", i => i.Find(RecordType.Pad).Flags |= (RecordFlags)(1 << bit))),
        Fault("flag-encrypted", "An encrypted record in a bundle without encryption.", ["F-20"], "framing_error", i => i.Find(RecordType.Pad).Flags |= RecordFlags.Encrypted),
    ];

    private static Vector[] Trailers() =>
    [
        Trailer("magic", "The trailer has another magic.", "F-21", 0),
        Fault("trailer-crc", "A flipped bit in the trailer.", ["F-21"], "framing_error", i => i.EditBytes = b => Flip(b, b.Length - 60)),
        Trailer("reserved", "A reserved byte of the trailer is not zero.", "F-21", 251),
        Trailer("bundle-id", "The trailer of another bundle.", "F-22", 8),
        Trailer("incompat", "The trailer has the bit ZSTD, the preamble has not.", "F-22", 24, 2),
        Trailer("transform-compat", "The trailer has a bit in transform_compat, the preamble has not.", "F-22", 32),
        Trailer("compat", "The trailer has a bit in compat, the preamble has not.", "F-22", 40),
        Trailer("total-length", "The trailer states another length.", "F-23", 48, 8),
        Trailer("record-count", "The trailer counts another number of records.", "F-23", 56),
        Trailer("manifest-offset", "The trailer says the manifest stands 8 bytes further on.", "F-23", 64, 8),
        Trailer("manifest-length", "The trailer states another length of the manifest.", "F-23", 72),
        Trailer("tail-offset", "The trailer's tail begins 8 bytes too early or too late.", "F-02", 80, 8),
        Trailer("checkpoint-offset", "The trailer names a checkpoint; there is none.", "F-02", 88, 64),
        Fault("trailer-manifest-digest", "The trailer states another digest of the manifest.", ["F-24"], "digest_mismatch", i => i.EditTrailer = t => t[96] ^= 1),
        Trailer("layout-offset", "The trailer says the layout stands 8 bytes further back.", "F-23", 192, 8),
        Trailer("layout-length", "The trailer states another length of the layout.", "F-23", 200),
        Trailer("flags", "The trailer's flags are not zero.", "F-26", 76),
        Trailer("stored-root", "The trailer's stored_root is not zero.", "F-26", 140),
        Trailer("mac", "The trailer's mac is not zero.", "F-26", 170),
        Fault("trailing-byte", "One byte follows the trailer.", ["F-25"], "framing_error", i => i.EditBytes = b => [.. b, 0]),
        Fault("two-bundles", "Another bundle follows the trailer.", ["F-25"], "framing_error", i => i.EditBytes = b => [.. b, .. b]),
    ];

    private static IEnumerable<Vector> Cuts()
    {
        yield return Bytes("empty-file", "A file of no bytes, which a cut may have left.", ["F-05", "T-03"], "incomplete", () => []);
        yield return Cut("in-magic", "inside the magic", _ => 5);
        yield return Cut("after-magic", "after the magic", _ => 8);
        yield return Cut("in-preamble", "before the last byte of the preamble", _ => 63);
        yield return Cut("after-preamble", "after the preamble", _ => 64);
        yield return Cut("in-header", "inside a record header", i => (int)i.Find(RecordType.Chunk).Offset + 39);
        yield return Cut("after-header", "after a record header", i => (int)i.Find(RecordType.Chunk).Offset + 40);
        yield return Cut("in-payload", "inside the data of a chunk", i => (int)i.Find(RecordType.Chunk).Offset + 5000);
        yield return Cut("in-padding", "inside the padding of a record", i => (int)i.Find(RecordType.Manifest).Offset - 2);
        yield return Cut("before-manifest", "before the manifest", i => (int)i.Find(RecordType.Manifest).Offset);
        yield return Cut("before-trailer", "before the trailer", i => i.ToBytes().Length - 256);
        yield return Cut("in-trailer-magic", "inside the magic of the trailer", i => i.ToBytes().Length - 251);
        yield return Cut("in-trailer", "before the last byte of the trailer", i => i.ToBytes().Length - 1);
    }

    private static Vector Cut(string name, string where, Func<BundleImage, int> length) =>
        Fault($"cut-{name}", $"The bundle is cut {where}.", ["T-03", "F-02"], "incomplete", i =>
        {
            int keep = length(i);
            i.EditBytes = b => b[..keep];
        });

    private static Vector Unknown(string name, string about, Features features) =>
        Broken(name, about, ["F-08"], "unsupported_feature", n => Sketch(n, features));

    private static Vector Header(string name, string about, string id, Action<byte[]> edit, RecordType type = RecordType.Pad) =>
        Fault(name, about, [id], "framing_error", i => i.Find(type).EditHeader = edit);

    private static Vector Limit(string name, string about, uint length) =>
        Fault(name, about, ["F-12", "L-01"], "limit_exceeded", i => i.Find(RecordType.Pad).EditHeader = h => BinaryPrimitives.WriteUInt32LittleEndian(h.AsSpan(8), length));

    private static Vector Damage(string name, string about, RecordType type, int at) =>
        Fault(name, about, ["F-13"], "damaged", i => i.Find(type).Damage = r => r[RecordHeader.Size + at] ^= 0x10);

    private static Vector Trailer(string name, string about, string id, int at, byte flip = 1) =>
        Fault($"trailer-{name}", about, [id], "framing_error", i => i.EditTrailer = t => t[at] ^= flip);

    private static byte[] Good() => Small("small").Bytes;

    private static byte[] With(int at, byte value) => [.. Good()[..at], value, .. Good()[(at + 1)..]];

    private static byte[] Flip(byte[] bytes, int at)
    {
        bytes[at] ^= 1;
        return bytes;
    }
}
