using System.Security.Cryptography;
using Waybill.Bundles.Codecs;
using Waybill.Bundles.Format;
using Waybill.Bundles.Sealing;
using Waybill.Bundles.Writing;

namespace Waybill.Bundles.Reading;

/// <summary>Decodes and checks chunks. Nothing it returns is unverified. One instance serves one caller at a time.</summary>
internal sealed class CellDecoder(int maxCellSize) : IDisposable
{
    private readonly CellCodec _codec = new();
    private byte[]? _payload;
    private byte[]? _raw;

    /// <summary>Gets room for a record with the largest payload a chunk of this cell size can have.</summary>
    public byte[] RecordBuffer => _payload ??= GC.AllocateUninitializedArray<byte>(RecordHeader.Size + SealPrefix.Overhead + MaxPayloadLength(maxCellSize));

    /// <summary>Gets room for the decoded blocks of a masked cell, or for a cell of which only a part is wanted.</summary>
    public byte[] Raw => _raw ??= GC.AllocateUninitializedArray<byte>(maxCellSize);

    /// <summary>Gets the largest payload of a chunk, opened.</summary>
    public static int MaxPayloadLength(int cellSize) => ChunkHeader.Size + Digest.Size + BlockMask.SizeFor(cellSize / BundleFormat.MinBlockSize) + cellSize;

    /// <summary>Decodes a chunk into <paramref name="raw"/>, which must have room for its raw length, and checks its digest (M-14, M-15).</summary>
    public void Decode(StreamInfo stream, in ChunkHeader header, ReadOnlySpan<byte> payload, Span<byte> raw, long place)
    {
        ReadOnlySpan<byte> mask = Mask(header, payload);
        if (header.Leaf.State == LeafState.Masked)
        {
            BlockMask.Check(mask, header.Leaf.Length, stream.BlockSize, header.RawLength, place);
        }

        raw = raw[..header.RawLength];
        _codec.Decode(header.Codec, payload[header.DataOffset..], raw, place);
        Digest actual = header.Leaf.State == LeafState.Data
            ? HashCell(raw)
            : CellEncoder.MaskedDigest(CellDigest(header, payload), mask, raw);
        if (actual != header.Leaf.Digest)
        {
            throw new BundleFormatException(WaybillErrorCode.DigestMismatch, $"A cell of the stream '{stream.Name}' at {header.Leaf.Offset} does not match its digest")
            {
                Offset = place,
                Hint = "The data is damaged. Take another copy of the bundle, or salvage what is intact.",
            };
        }

        CheckNotZero(stream, header, mask, raw, place);
    }

    public static ReadOnlySpan<byte> Mask(in ChunkHeader header, ReadOnlySpan<byte> payload) =>
        payload[(header.DataOffset - header.MaskLength)..header.DataOffset];

    /// <summary>Gets the digest of the filled-in cell, or the default value if the chunk has none.</summary>
    public static Digest CellDigest(in ChunkHeader header, ReadOnlySpan<byte> payload) =>
        header.HasCellDigest ? new Digest(payload.Slice(ChunkHeader.Size, Digest.Size)) : default;

    public static Digest HashCell(ReadOnlySpan<byte> cell)
    {
        Span<byte> hash = stackalloc byte[Digest.Size];
        SHA256.HashData(cell, hash);
        return new Digest(hash);
    }

    public void Dispose() => _codec.Dispose();

    // M-11 and M-21: one content has one form. The scan ends at the first byte that is not zero.
    private static void CheckNotZero(StreamInfo stream, in ChunkHeader header, ReadOnlySpan<byte> mask, ReadOnlySpan<byte> raw, long place)
    {
        if (header.Leaf.State == LeafState.Data)
        {
            ThrowIfZero(raw, place);
            return;
        }

        int blocks = BlockMask.BlockCount(header.Leaf.Length, stream.BlockSize);
        for (int block = 0; block < blocks; block++)
        {
            if (BlockMask.Get(mask, block) == BlockState.Data)
            {
                int length = BlockMask.BlockLength(block, stream.BlockSize, header.Leaf.Length);
                ThrowIfZero(raw[..length], place);
                raw = raw[length..];
            }
        }
    }

    private static void ThrowIfZero(ReadOnlySpan<byte> bytes, long place)
    {
        if (CellEncoder.IsZero(bytes))
        {
            throw new BundleFormatException(WaybillErrorCode.NotCanonical, "A cell or block of zeros is stored as data") { Offset = place };
        }
    }
}
