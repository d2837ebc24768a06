using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Waybill.Bundles.Format;

/// <summary>The 40 bytes before each payload, spec 2.2.</summary>
internal readonly record struct RecordHeader(
    RecordType Type, RecordFlags Flags, int PayloadLength, uint PayloadCrc, long Sequence, long Offset, uint BundleTag)
{
    public const int Size = 40;

    /// <summary>Gets the offset of the next record or the trailer.</summary>
    public long NextOffset => BundleFormat.Align(Offset + Size + PayloadLength);

    /// <summary>Gets whether the payload is encrypted.</summary>
    public bool IsSealed => (Flags & RecordFlags.Encrypted) != 0;

    /// <summary>Gets the number of zero bytes after the payload.</summary>
    public int PaddingLength => (int)(NextOffset - (Offset + Size + PayloadLength));

    /// <summary>Whether a record of this type is sealed in an encrypted bundle (E-10).</summary>
    public static bool MustBeSealed(RecordType type) => type is not
        (RecordType.Readme or RecordType.FeatureNames or RecordType.Envelope or RecordType.EnvelopeCopy or RecordType.Signature or RecordType.Pad);

    public static uint TagOf(BundleId id)
    {
        Span<byte> bytes = stackalloc byte[BundleId.Size];
        id.CopyTo(bytes);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return BinaryPrimitives.ReadUInt32LittleEndian(hash);
    }

    public void Write(Span<byte> destination)
    {
        BundleFormat.RecordSync.CopyTo(destination);
        destination[4] = (byte)Type;
        destination[5] = (byte)Flags;
        BinaryPrimitives.WriteUInt16LittleEndian(destination[6..], 0);
        BinaryPrimitives.WriteInt32LittleEndian(destination[8..], PayloadLength);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[12..], PayloadCrc);
        BinaryPrimitives.WriteInt64LittleEndian(destination[16..], Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(destination[24..], Offset);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[32..], BundleTag);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[36..], Crc32C.Compute(destination[..36]));
    }

    /// <summary>Whether these bytes are a header: sync, checksum. Says nothing about its place.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out RecordHeader header)
    {
        header = default;
        if (source.Length < Size
            || !source[..4].SequenceEqual(BundleFormat.RecordSync)
            || BinaryPrimitives.ReadUInt32LittleEndian(source[36..]) != Crc32C.Compute(source[..36])
            || BinaryPrimitives.ReadUInt16LittleEndian(source[6..]) != 0)
        {
            return false;
        }

        uint length = BinaryPrimitives.ReadUInt32LittleEndian(source[8..]);
        header = new RecordHeader(
            (RecordType)source[4],
            (RecordFlags)source[5],
            // A length that does not fit stays visible as negative and is refused by Check.
            length > int.MaxValue ? -1 : (int)length,
            BinaryPrimitives.ReadUInt32LittleEndian(source[12..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[24..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[32..]));
        return true;
    }

    /// <summary>Reads a header that must stand at a place and checks everything it says about itself.</summary>
    public static RecordHeader Read(ReadOnlySpan<byte> source, long offset, uint bundleTag, bool encrypted = false)
    {
        if (!TryRead(source, out RecordHeader header))
        {
            throw Invalid("There is no valid record header", offset);
        }

        header.Check(offset, bundleTag, encrypted);
        return header;
    }

    private void Check(long offset, uint bundleTag, bool encrypted = false)
    {
        if (PayloadLength is < 0 or > BundleFormat.MaxPayloadLength)
        {
            throw new BundleFormatException(WaybillErrorCode.LimitExceeded, "A record claims a payload above 16 MiB + 64 KiB") { Offset = offset + 8 };
        }

        if (Offset != offset)
        {
            throw Invalid($"A record says it stands at offset {Offset}", offset);
        }

        if (BundleTag != bundleTag)
        {
            throw Invalid("A record belongs to another bundle", offset);
        }

        if ((Flags & RecordFlags.ReservedBreaking) != 0)
        {
            throw Invalid("A record has flags this reader must not ignore", offset);
        }

        if (!encrypted && IsSealed)
        {
            throw Invalid("A record is marked as encrypted in a bundle that is not", offset);
        }

        if (encrypted && Enum.IsDefined(Type) && IsSealed != MustBeSealed(Type))
        {
            throw Invalid(IsSealed ? "A record is sealed that must not be" : "A record of an encrypted bundle is not sealed", offset);
        }
    }

    private static BundleFormatException Invalid(string message, long offset) =>
        new(WaybillErrorCode.FramingInvalid, message) { Offset = offset };
}
