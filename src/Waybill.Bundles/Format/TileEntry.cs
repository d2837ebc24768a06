using System.Buffers.Binary;

namespace Waybill.Bundles.Format;

/// <summary>A leaf and where its chunk lies, spec 5.1. The place is zero for runs.</summary>
internal readonly record struct TileEntry(Leaf Leaf, long RecordOffset, int PayloadLength, BundleCodec Codec)
{
    public const int Size = 80;

    public void Write(Span<byte> destination)
    {
        Leaf.Write(destination);
        BinaryPrimitives.WriteInt64LittleEndian(destination[64..], RecordOffset);
        BinaryPrimitives.WriteInt32LittleEndian(destination[72..], PayloadLength);
        destination[76] = (byte)Codec;
        destination[77..80].Clear();
    }

    public static TileEntry Read(ReadOnlySpan<byte> source, long place)
    {
        var entry = new TileEntry(
            Leaf.Read(source, place),
            BinaryPrimitives.ReadInt64LittleEndian(source[64..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[72..]),
            (BundleCodec)source[76]);
        bool placeFits = entry.Leaf.HasChunk
            ? entry.RecordOffset >= Preamble.Size && entry.PayloadLength is > ChunkHeader.Size and <= BundleFormat.MaxPayloadLength
            : entry is { RecordOffset: 0, PayloadLength: 0, Codec: BundleCodec.None };
        if (!placeFits || source[77..80].ContainsAnyExcept((byte)0))
        {
            throw new BundleFormatException(WaybillErrorCode.LeavesInvalid, "A tile entry has an impossible place") { Offset = place };
        }

        return entry;
    }
}
