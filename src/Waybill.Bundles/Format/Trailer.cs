using System.Buffers.Binary;
using Waybill.Bundles.Sealing;

namespace Waybill.Bundles.Format;

/// <summary>The last 256 bytes of a complete bundle, spec 2.3. Writing it is the commit.</summary>
internal readonly record struct Trailer(
    BundleId BundleId,
    Features Features,
    long TotalLength,
    long RecordCount,
    long ManifestOffset,
    int ManifestLength,
    long TailOffset,
    long CheckpointOffset,
    Digest ManifestDigest,
    long LayoutOffset,
    int LayoutLength,
    Digest StoredRoot = default,
    Digest Mac = default)
{
    public const int Size = 256;

    private const uint HasStoredRoot = 1;

    /// <summary>Writes the trailer, with its MAC if <paramref name="keys"/> are given.</summary>
    public void Write(Span<byte> destination, BundleKeys? keys = null)
    {
        destination[..Size].Clear();
        BundleFormat.TrailerMagic.CopyTo(destination);
        BundleId.CopyTo(destination.Slice(8, 16));
        BinaryPrimitives.WriteUInt64LittleEndian(destination[24..], Features.Incompat);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[32..], Features.TransformCompat);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[40..], Features.Compat);
        BinaryPrimitives.WriteInt64LittleEndian(destination[48..], TotalLength);
        BinaryPrimitives.WriteInt64LittleEndian(destination[56..], RecordCount);
        BinaryPrimitives.WriteInt64LittleEndian(destination[64..], ManifestOffset);
        BinaryPrimitives.WriteInt32LittleEndian(destination[72..], ManifestLength);
        BinaryPrimitives.WriteInt64LittleEndian(destination[80..], TailOffset);
        BinaryPrimitives.WriteInt64LittleEndian(destination[88..], CheckpointOffset);
        ManifestDigest.CopyTo(destination.Slice(96, 32));
        BinaryPrimitives.WriteInt64LittleEndian(destination[192..], LayoutOffset);
        BinaryPrimitives.WriteInt32LittleEndian(destination[200..], LayoutLength);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[76..], StoredRoot.IsDefault ? 0 : HasStoredRoot);
        StoredRoot.CopyTo(destination.Slice(128, 32));
        (keys?.TrailerMac(destination[..Size]) ?? Mac).CopyTo(destination.Slice(160, 32));
        BinaryPrimitives.WriteUInt32LittleEndian(destination[252..], Crc32C.Compute(destination[..252]));
    }

    public static bool HasMagic(ReadOnlySpan<byte> source) => source.Length >= 8 && source[..8].SequenceEqual(BundleFormat.TrailerMagic);

    /// <summary>Reads a trailer and checks it against its own place.</summary>
    public static Trailer Read(ReadOnlySpan<byte> source, long offset)
    {
        if (source.Length < Size || !HasMagic(source))
        {
            throw new BundleFormatException(WaybillErrorCode.Incomplete, "The bundle has no trailer: it was never finished, or its end is missing")
            {
                Offset = offset,
                Hint = "Make the backup again, or recover what is there with salvage.",
            };
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(source[252..]) != Crc32C.Compute(source[..252]))
        {
            throw Invalid("The trailer does not match its checksum", offset);
        }

        var trailer = new Trailer(
            new BundleId(source.Slice(8, 16)),
            new Features(
                BinaryPrimitives.ReadUInt64LittleEndian(source[24..]),
                BinaryPrimitives.ReadUInt64LittleEndian(source[32..]),
                BinaryPrimitives.ReadUInt64LittleEndian(source[40..])),
            BinaryPrimitives.ReadInt64LittleEndian(source[48..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[56..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[64..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[72..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[80..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[88..]),
            new Digest(source.Slice(96, 32)),
            BinaryPrimitives.ReadInt64LittleEndian(source[192..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[200..]),
            new Digest(source.Slice(128, 32)),
            new Digest(source.Slice(160, 32)));

        if (trailer.TotalLength != offset + Size)
        {
            throw Invalid($"The trailer states a total length of {trailer.TotalLength}", offset);
        }

        // F-21 and F-26. A root of zeros does not occur. A missing MAC is found where MACs are checked (E-12).
        if (BinaryPrimitives.ReadUInt32LittleEndian(source[76..]) != (trailer.StoredRoot.IsDefault ? 0 : HasStoredRoot)
            || (!trailer.Features.IsEncrypted && !trailer.Mac.IsDefault)
            || source[204..252].ContainsAnyExcept((byte)0))
        {
            throw Invalid("A field of the trailer is not zero though it should be, or the other way round", offset);
        }

        if (trailer.ManifestLength < 0 || trailer.ManifestLength > BundleFormat.MaxManifestLength + (trailer.Features.IsEncrypted ? SealPrefix.Overhead : 0))
        {
            throw new BundleFormatException(WaybillErrorCode.LimitExceeded, "The manifest is larger than 16 MiB") { Offset = offset + 72 };
        }

        if (trailer.LayoutLength is < 0 or > BundleFormat.MaxPayloadLength)
        {
            throw new BundleFormatException(WaybillErrorCode.LimitExceeded, "The layout is larger than a record can be") { Offset = offset + 200 };
        }

        long afterManifest = trailer.ManifestOffset + RecordHeader.Size + trailer.ManifestLength;
        if (trailer.ManifestOffset < Preamble.Size || afterManifest > offset || trailer.TailOffset < Preamble.Size
            || trailer.TailOffset > trailer.LayoutOffset || trailer.LayoutOffset > trailer.ManifestOffset - RecordHeader.Size - trailer.LayoutLength || trailer.CheckpointOffset < 0 || trailer.CheckpointOffset > trailer.ManifestOffset
            || trailer.RecordCount < 0)
        {
            throw Invalid("The trailer points outside the bundle", offset);
        }

        return trailer;
    }

    /// <summary>Whether the trailer is what the writer made (E-12).</summary>
    public bool IsAuthentic(BundleKeys keys)
    {
        Span<byte> bytes = stackalloc byte[Size];
        Write(bytes);
        return keys.TrailerMac(bytes) == Mac;
    }

    /// <summary>Refuses a trailer that is not what the writer made.</summary>
    public void CheckMac(BundleKeys keys, long offset)
    {
        if (!IsAuthentic(keys))
        {
            throw new BundleFormatException(WaybillErrorCode.HeaderNotAuthentic, "The trailer is not what its writer made") { Offset = offset };
        }
    }

    /// <summary>Checks that the trailer ends the bundle that the preamble began (F-22).</summary>
    public void CheckPreamble(Preamble preamble, long offset)
    {
        if (BundleId != preamble.BundleId || Features != preamble.Features)
        {
            throw Invalid("The trailer belongs to another bundle or names other features than the preamble", offset);
        }
    }

    private static BundleFormatException Invalid(string message, long offset) =>
        new(WaybillErrorCode.FramingInvalid, message) { Offset = offset };
}
