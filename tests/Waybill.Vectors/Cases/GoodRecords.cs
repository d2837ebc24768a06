using Google.Protobuf;
using Waybill.Bundles.Format;
using Waybill.Vectors.Images;
using Waybill.Vectors.Sketches;
using static Waybill.Vectors.Cases.Case;
using static Waybill.Vectors.Cases.Samples;
using Wire = Waybill.Bundles.Wire;

namespace Waybill.Vectors.Cases;

/// <summary>What a reader must pass over or carry along: unknown records, flags, features and fields.</summary>
internal static class GoodRecords
{
    public static Vector[] All { get; } =
    [
        Good("minor-7", "A minor version of the future.", ["F-06"], name => Sketch(name, default, minor: 7)),
        Good("compat-unknown", "Unknown bits in compat.", ["F-10", "F-28"], name => Sketch(name, new Features(0, 0, (1UL << 63) | (1UL << 17)))),
        Good("transform-compat-unknown", "An unknown bit in transform_compat: to be read and verified, not to be rewritten.", ["F-09", "F-28"], name => Sketch(name, new Features(0, 1UL << 5, 0))),
        Good("schema", "A SCHEMA record and its feature.", ["F-03", "F-28"], name => Sketch(name, new Features(0, 0, Features.Schema))),
        Good("schema-and-zstd", "SCHEMA and ZSTD are announced; no cell uses zstd.", ["F-28"], name => Sketch(name, new Features(Features.Zstd, 0, Features.Schema))),
        Changed("unknown-record", "Records of unknown types that are not critical, everywhere they may stand.", ["F-19"], image =>
        {
            image.InsertAfter(image.Find(RecordType.Prologue), new ImageRecord((RecordType)0x3F, [1, 2, 3]));
            image.InsertAfter(image.Find(RecordType.StreamBegin), new ImageRecord((RecordType)0x19, []));
            image.InsertBefore(image.Find(RecordType.Tile), new ImageRecord((RecordType)0x7F, new byte[40]));
            image.InsertBefore(image.Find(RecordType.Manifest), new ImageRecord(default, [0]));
        }),
        Changed("private-record", "A private record.", ["F-19"], image => image.InsertBefore(image.Find(RecordType.Chunk, 1), new ImageRecord((RecordType)0x80, "mine"u8.ToArray()))),
        Changed("flags-ignorable", "The flags 6 and 7 on every record.", ["F-18"], image => image.Records.ForEach(r => r.Flags |= RecordFlags.ReservedIgnorable)),
        Changed("critical-flag-missing", "Known records without their usual CRITICAL flag.", ["F-19"], image => image.Records.ForEach(r => r.Flags = RecordFlags.None)),
        Changed("signatures", "SIGNATURE records, reserved for later, after the manifest.", ["F-04"], image =>
        {
            image.Records.Add(new ImageRecord(RecordType.Signature, "not yet"u8.ToArray()));
            image.Records.Add(new ImageRecord(RecordType.Signature, []));
        }),
        Changed("pad-empty", "A PAD record without payload.", ["F-19"], image => image.Find(RecordType.Pad).Payload = []),
        Changed("pad-largest", "A PAD record with the largest payload a record can have.", ["F-12"], image => image.Find(RecordType.Pad).Payload = new byte[BundleFormat.MaxPayloadLength]),
        Changed("pad-every-length", "PAD records of 0 to 16 bytes, so that every length of padding occurs.", ["F-13", "F-17"], image =>
        {
            for (int length = 0; length <= 16; length++)
            {
                image.InsertBefore(image.Find(RecordType.StreamEnd), new ImageRecord(RecordType.Pad, Pattern.Fill(length, 0xEE)));
            }
        }),
        Changed("readme-empty", "An empty README.", ["F-03"], image => image.Find(RecordType.Readme).Payload = []),
        Changed("checkpoints", "Checkpoints between the records of a stream; the trailer names the last.", ["F-02"], image =>
        {
            var first = new ImageRecord(RecordType.Checkpoint, Checkpoint(0, Cell, 1));
            image.InsertAfter(image.Find(RecordType.Chunk), first);
            image.ToBytes();
            image.InsertAfter(image.Find(RecordType.Chunk, 1), new ImageRecord(RecordType.Checkpoint, Checkpoint((ulong)first.Offset, 4 * Cell, 3)));
        }),
        Changed("checkpoint-nonsense", "A checkpoint that says nothing true and is no message: it is an aid, never a reason to refuse.", ["F-02", "D-08"], image =>
            image.InsertAfter(image.Find(RecordType.Chunk), new ImageRecord(RecordType.Checkpoint, [0xFF, 0xFF, 0xFF]))),
        Changed("checkpoint-damaged", "A checkpoint with a flipped bit: it is an aid, its damage makes no bundle invalid.", ["F-02"], image =>
            image.InsertAfter(image.Find(RecordType.Chunk), new ImageRecord(RecordType.Checkpoint, Checkpoint(0, Cell, 1)) { Damage = r => r[RecordHeader.Size + 1] ^= 4 })),
        Good("sync-in-data", "Cells full of sync bytes, magics and a record header that looks real.", ["T-05", "F-11"], name =>
        {
            var bundle = new BundleSketch(name);
            byte[] cell = Pattern.Cell("sync", 3 * 64);
            BundleFormat.RecordSync.CopyTo(cell.AsSpan(8));
            BundleFormat.TrailerMagic.CopyTo(cell.AsSpan(16));
            BundleFormat.PreambleMagic.CopyTo(cell.AsSpan(24));
            new RecordHeader(RecordType.Manifest, RecordFlags.Critical, 8, 0, 3, 1000, 5).Write(cell.AsSpan(64));
            bundle.Volume("data", cell);
            return bundle.Finish();
        }),
        Good("nested", "A whole bundle in a volume, at the start of a cell and shifted by a byte.", ["T-05"], name =>
        {
            byte[] inner = new BundleSketch("smallest").Finish().Bytes;
            var bundle = new BundleSketch(name);
            bundle.Volume("data", [.. inner, .. new byte[Cell - inner.Length], 7, .. inner]);
            return bundle.Finish();
        }),
        Good("nested-chunk", "A volume that is a bundle which holds a volume.", ["T-05"], name =>
        {
            var bundle = new BundleSketch(name);
            bundle.Volume("data", Small("small").Bytes);
            return bundle.Finish();
        }),
        Changed("unknown-fields", "Unknown fields of every wire type in the messages, which a reader passes over.", ["D-08"], image =>
        {
            byte[] unknown = [0xA0, 0x06, 0x05, 0xA9, 0x06, 1, 2, 3, 4, 5, 6, 7, 8, 0xB2, 0x06, 0x03, 0xFF, 0xFE, 0xFD, 0xBD, 0x06, 1, 2, 3, 4];
            image.Find(RecordType.Prologue).Append(unknown);
            image.Find(RecordType.StreamBegin).Append(unknown);
            image.Find(RecordType.Manifest).Append(unknown);
        }),
        Changed("fields-reordered", "Fields in descending order: a writer must not, a reader must take it.", ["D-07", "D-09"], image =>
            image.Find(RecordType.StreamBegin).Edit = payload =>
            {
                Wire.StreamBegin begin = Wire.StreamBegin.Parser.ParseFrom(payload);
                return
                [
                    .. new Wire.StreamBegin { Created = begin.Created }.ToByteArray(), .. new Wire.StreamBegin { Application = begin.Application }.ToByteArray(),
                    .. new Wire.StreamBegin { BundleId = begin.BundleId }.ToByteArray(), .. new Wire.StreamBegin { Header = begin.Header }.ToByteArray(),
                ];
            }),
    ];

    private static Vector Changed(string name, string about, string[] spec, Action<BundleImage> change) =>
        new("v1", name, about, spec, () =>
        {
            BundleSketch sketch = Small(name);
            change(sketch.Image);
            return VectorBundle.From(sketch) with { Bytes = sketch.Image.ToBytes() };
        });

    private static byte[] Checkpoint(ulong previous, ulong position, ulong leaves) => new Wire.Checkpoint
    {
        PreviousOffset = previous,
        Streams = { new Wire.CheckpointStream { StreamNo = 0, Position = position, LeafCount = leaves, Frontier = { ByteString.CopyFrom(new byte[32]) } } },
    }.ToByteArray();
}
