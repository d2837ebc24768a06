using System.Buffers.Binary;
using System.Security.Cryptography;
using Waybill.Bundles.Format;
using Waybill.Vectors.Images;

namespace Waybill.Vectors.Cases;

/// <summary>The parts of a MASKED chunk, put together again with a digest that fits unless one is given.</summary>
internal sealed class MaskedChunk
{
    public required byte[] CellDigest { get; set; }

    public required byte[] Mask { get; set; }

    public required byte[] Data { get; set; }

    public uint Flags { get; set; } = 1;

    public byte[]? Digest { get; set; }

    public static void Change(ImageRecord record, Action<MaskedChunk> change) => record.Edit = payload =>
    {
        int maskLength = BinaryPrimitives.ReadUInt16LittleEndian(payload.AsSpan(6));
        var chunk = new MaskedChunk { CellDigest = payload[64..96], Mask = payload[96..(96 + maskLength)], Data = payload[(96 + maskLength)..] };
        change(chunk);
        byte[] header = payload[..ChunkHeader.Size];
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(6), (ushort)chunk.Mask.Length);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(24), chunk.Data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(28), chunk.Flags);
        (chunk.Digest ?? SHA256.HashData([.. BitConverter.GetBytes(chunk.Flags), .. chunk.CellDigest, .. chunk.Mask, .. chunk.Data])).CopyTo(header, 32);
        return [.. header, .. chunk.CellDigest, .. chunk.Mask, .. chunk.Data];
    };
}
