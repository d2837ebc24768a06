namespace Waybill.Bundles.Writing;

/// <summary>The first record of every bundle, for whoever finds the file without this software.</summary>
internal static class ReadmeText
{
    public static ReadOnlySpan<byte> Bytes => """
        This is a Waybill bundle, format version 1: the backup of one application at one
        point in time. Layout: a 64-byte preamble, then records, then a 256-byte trailer.
        A record is a 40-byte header (sync 9D5742B1, type, flags, payload length, CRC-32C
        of the payload, sequence number, own offset, tag, CRC-32C of the header), the
        payload, and zeros up to a multiple of 8. All numbers are little-endian.
        Type 06 is the prologue and type 20 the manifest (protobuf; the SCHEMA record of
        type 05 has the schema as text). Type 11 is a chunk: 64 bytes (stream, state,
        codec, mask length, offset, length, raw length, flags, SHA-256), then data;
        codec 0 is plain, 1 is an LZ4 block, 2 is a zstd frame. Write each chunk at its
        offset in its stream and check the SHA-256 of what it decodes to.
        The full text is "The Waybill bundle format, version 1".

        """u8;
}
