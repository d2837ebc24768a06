using System.Buffers.Binary;

namespace Waybill.Bundles.Format;

/// <summary>The 24 bytes before each entry of a FILE_META, RESOURCES or SECRETS stream, spec 8.1.</summary>
internal readonly record struct EntryHeader(int MetaLength, long BodyLength, uint MetaCrc)
{
    public const int Size = 24;

    public void Write(Span<byte> destination)
    {
        BundleFormat.EntryMagic.CopyTo(destination);
        BinaryPrimitives.WriteInt32LittleEndian(destination[4..], MetaLength);
        BinaryPrimitives.WriteInt64LittleEndian(destination[8..], BodyLength);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[16..], MetaCrc);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[20..], Crc32C.Compute(destination[..20]));
    }

    public static EntryHeader Read(ReadOnlySpan<byte> source, long maxBodyLength, long place)
    {
        if (source.Length < Size || !source[..4].SequenceEqual(BundleFormat.EntryMagic)
            || BinaryPrimitives.ReadUInt32LittleEndian(source[20..]) != Crc32C.Compute(source[..20]))
        {
            throw new BundleFormatException(WaybillErrorCode.EntryInvalid, "There is no valid entry header in a stream of entries") { Offset = place };
        }

        var header = new EntryHeader(
            BinaryPrimitives.ReadInt32LittleEndian(source[4..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[16..]));
        if (header.MetaLength is < 0 or > BundleFormat.MaxEntryMetaLength || header.BodyLength < 0 || header.BodyLength > maxBodyLength)
        {
            throw new BundleFormatException(WaybillErrorCode.EntryInvalid, "An entry is longer than an entry of this stream may be") { Offset = place };
        }

        return header;
    }
}
