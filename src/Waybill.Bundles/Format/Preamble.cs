using System.Buffers.Binary;

namespace Waybill.Bundles.Format;

/// <summary>The first 64 bytes of a bundle, spec 2.1.</summary>
internal readonly record struct Preamble(ushort Minor, Features Features, BundleId BundleId)
{
    public const int Size = 64;

    public void Write(Span<byte> destination)
    {
        destination[..Size].Clear();
        BundleFormat.PreambleMagic.CopyTo(destination);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[8..], BundleFormat.Major);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[10..], Minor);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[12..], Size);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[16..], Features.Incompat);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[24..], Features.TransformCompat);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[32..], Features.Compat);
        BundleId.CopyTo(destination.Slice(40, 16));
        BinaryPrimitives.WriteUInt32LittleEndian(destination[60..], Crc32C.Compute(destination[..60]));
    }

    /// <summary>Reads and checks a preamble. Unknown features are the caller's to refuse: it may want to name them first.</summary>
    public static Preamble Read(ReadOnlySpan<byte> source)
    {
        int seen = Math.Min(source.Length, BundleFormat.PreambleMagic.Length);
        if (!source[..seen].SequenceEqual(BundleFormat.PreambleMagic[..seen]))
        {
            throw new BundleFormatException(WaybillErrorCode.NotABundle, "This is not a Waybill bundle")
            {
                Offset = 0,
                Hint = LooksDamagedByTextTransfer(source)
                    ? "The first bytes look like a bundle that went through a text-mode transfer; copy it again in binary mode."
                    : "A bundle begins with the bytes 89 57 42 4C 0D 0A 1A 0A.",
            };
        }

        if (source.Length < Size)
        {
            throw new BundleFormatException(WaybillErrorCode.Incomplete, "The bundle ends inside its preamble") { Offset = source.Length };
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(source[60..]) != Crc32C.Compute(source[..60]))
        {
            throw Invalid("The preamble does not match its checksum", 60);
        }

        ushort major = BinaryPrimitives.ReadUInt16LittleEndian(source[8..]);
        if (major != BundleFormat.Major)
        {
            throw new BundleFormatException(WaybillErrorCode.UnsupportedVersion, $"The bundle has format version {major}; this reader knows version 1")
            {
                Offset = 8,
                Hint = "Use a newer version of this software.",
            };
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(source[12..]) != Size)
        {
            throw Invalid("The preamble states a length other than 64", 12);
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(source[56..]) != 0)
        {
            throw Invalid("A reserved field of the preamble is not zero", 56);
        }

        var features = new Features(
            BinaryPrimitives.ReadUInt64LittleEndian(source[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[24..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[32..]));
        return new Preamble(BinaryPrimitives.ReadUInt16LittleEndian(source[10..]), features, new BundleId(source.Slice(40, 16)));
    }

    private static bool LooksDamagedByTextTransfer(ReadOnlySpan<byte> source) =>
        source.Length >= 4 && (source[..4].SequenceEqual(BundleFormat.PreambleMagic[..4]) || source[1..4].SequenceEqual("WBL"u8));

    private static BundleFormatException Invalid(string message, long offset) =>
        new(WaybillErrorCode.FramingInvalid, message) { Offset = offset };
}
