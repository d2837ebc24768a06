using Google.Protobuf;
using Waybill.Bundles.Format;

namespace Waybill.Vectors.Sketches;

/// <summary>Entries of FILE_META, RESOURCES and SECRETS streams as bytes.</summary>
internal static class EntryBytes
{
    /// <summary>An entry with meta and body; the header can be changed before its checksum is made.</summary>
    public static byte[] Of(byte[] meta, byte[] body, Action<byte[]>? editHeader = null)
    {
        var header = new byte[EntryHeader.Size];
        new EntryHeader(meta.Length, body.Length, Crc32C.Compute(meta)).Write(header);
        if (editHeader is not null)
        {
            editHeader(header);
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(20), Crc32C.Compute(header.AsSpan(0, 20)));
        }

        return [.. header, .. meta, .. body];
    }

    public static byte[] Of(IMessage meta, byte[]? body = null) => Of(meta.ToByteArray(), body ?? []);
}
