using System.Buffers.Binary;

namespace Waybill.Bundles.Format;

/// <summary>What an index node says about one child, spec 5.2.</summary>
internal readonly record struct IndexEntry(long FirstOffset, long LeafCount, long RecordOffset, int PayloadLength, Digest Hash)
{
    public const int Size = 64;

    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteInt64LittleEndian(destination, FirstOffset);
        BinaryPrimitives.WriteInt64LittleEndian(destination[8..], LeafCount);
        BinaryPrimitives.WriteInt64LittleEndian(destination[16..], RecordOffset);
        BinaryPrimitives.WriteInt32LittleEndian(destination[24..], PayloadLength);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[28..], 0);
        Hash.CopyTo(destination.Slice(32, 32));
    }

    public static IndexEntry Read(ReadOnlySpan<byte> source, long place)
    {
        var entry = new IndexEntry(
            BinaryPrimitives.ReadInt64LittleEndian(source),
            BinaryPrimitives.ReadInt64LittleEndian(source[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[16..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[24..]),
            new Digest(source.Slice(32, 32)));
        if (entry.FirstOffset < 0 || entry.LeafCount is <= 0 or > BundleFormat.MaxLeaves || entry.RecordOffset < Preamble.Size
            || entry.PayloadLength is <= 0 or > BundleFormat.MaxPayloadLength || BinaryPrimitives.ReadUInt32LittleEndian(source[28..]) != 0)
        {
            throw new BundleFormatException(WaybillErrorCode.LeavesInvalid, "An index entry is not valid") { Offset = place };
        }

        return entry;
    }
}
