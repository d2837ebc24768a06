namespace Waybill.Bundles.Format;

/// <summary>Record types, spec 2.2.</summary>
internal enum RecordType : byte
{
    Readme = 0x01,
    FeatureNames = 0x02,
    Envelope = 0x03,
    Schema = 0x05,
    Prologue = 0x06,
    StreamBegin = 0x10,
    Chunk = 0x11,
    Runs = 0x12,
    Tile = 0x13,
    StreamEnd = 0x14,
    IndexNode = 0x15,
    Layout = 0x16,
    Checkpoint = 0x18,
    Manifest = 0x20,
    Signature = 0x21,
    EnvelopeCopy = 0x22,
    Pad = 0x30,
}
