using System.Security.Cryptography;
using Waybill.Bundles.Codecs;
using Waybill.Bundles.Format;

namespace Waybill.Bundles.Writing;

/// <summary>Turns the bytes of a cell into a chunk: hash, compress, check, checksum. One instance serves one worker.</summary>
internal sealed class CellEncoder(BundleCodec codec, int level, bool verify, int maxCellSize, BufferPool chunkBuffers, CellCodec? cellCodec = null, int payloadStart = RecordHeader.Size) : IDisposable
{
    private readonly CellCodec _codec = cellCodec ?? new CellCodec();
    private readonly byte[] _decoded = verify && codec != BundleCodec.None ? GC.AllocateUninitializedArray<byte>(maxCellSize) : [];

    /// <summary>Gets how large the buffers of the pool must be.</summary>
    public static int ChunkBufferSize(BundleCodec codec, int maxCellSize)
    {
        int mask = BlockMask.SizeFor(maxCellSize / BundleFormat.MinBlockSize);
        int payload = ChunkHeader.Size + Digest.Size + mask + Math.Max(maxCellSize, CellCodec.MaxEncodedLength(codec, maxCellSize));
        return RecordEmitter.FramedLength(payload);
    }

    public static bool IsZero(ReadOnlySpan<byte> bytes) => !bytes.ContainsAnyExcept((byte)0);

    /// <summary>Encodes a whole cell that is not all zeros.</summary>
    public CellResult EncodeData(int streamNumber, long offset, ReadOnlySpan<byte> raw, Digest digest)
    {
        var leaf = new Leaf(LeafState.Data, offset, raw.Length, raw.Length, digest);
        return Encode(new ChunkHeader(streamNumber, leaf, codec, 0, false), default, [], raw, CellContent.Digest, digest);
    }

    /// <summary>Encodes the blocks of a cell that its mask marks as data.</summary>
    public CellResult EncodeMasked(int streamNumber, long offset, long length, Digest cellDigest, ReadOnlySpan<byte> mask, ReadOnlySpan<byte> blocks)
    {
        bool hasCellDigest = !cellDigest.IsDefault;
        var leaf = new Leaf(LeafState.Masked, offset, length, blocks.Length, MaskedDigest(cellDigest, mask, blocks));
        var header = new ChunkHeader(streamNumber, leaf, codec, mask.Length, hasCellDigest);
        return Encode(header, cellDigest, mask, blocks, hasCellDigest ? CellContent.Digest : CellContent.Unknown, cellDigest);
    }

    /// <summary>The digest of a MASKED leaf, spec 4.4.</summary>
    public static Digest MaskedDigest(Digest cellDigest, ReadOnlySpan<byte> mask, ReadOnlySpan<byte> blocks)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> prefix = stackalloc byte[4 + Digest.Size];
        prefix.Clear();
        int prefixLength = 4;
        if (!cellDigest.IsDefault)
        {
            prefix[0] = 1;
            cellDigest.CopyTo(prefix[4..]);
            prefixLength += Digest.Size;
        }

        hash.AppendData(prefix[..prefixLength]);
        hash.AppendData(mask);
        hash.AppendData(blocks);
        Span<byte> result = stackalloc byte[Digest.Size];
        hash.GetHashAndReset(result);
        return new Digest(result);
    }

    public void Dispose() => _codec.Dispose();

    private CellResult Encode(
        ChunkHeader header, Digest cellDigest, ReadOnlySpan<byte> mask, ReadOnlySpan<byte> raw, CellContent content, Digest contentDigest)
    {
        byte[] buffer = chunkBuffers.Rent();
        Span<byte> payload = buffer.AsSpan(payloadStart);
        Span<byte> data = payload[header.DataOffset..];
        int encodedLength = _codec.TryEncode(codec, level, raw, data[..CellCodec.MaxEncodedLength(codec, raw.Length)]);
        if (encodedLength < 0)
        {
            header = header with { Codec = BundleCodec.None };
            raw.CopyTo(data);
            encodedLength = raw.Length;
        }
        else if (verify)
        {
            VerifyEncoding(data[..encodedLength], raw);
        }

        header.Write(payload);
        if (header.HasCellDigest)
        {
            cellDigest.CopyTo(payload[ChunkHeader.Size..]);
        }

        mask.CopyTo(payload[(header.DataOffset - mask.Length)..]);
        int payloadLength = header.DataOffset + encodedLength;
        return new CellResult
        {
            Length = header.Leaf.Length,
            Content = content,
            ContentDigest = contentDigest,
            Leaf = header.Leaf,
            Codec = header.Codec,
            Buffer = buffer,
            PayloadLength = payloadLength,
            // A sealed payload gets its checksum once it is sealed.
            PayloadCrc = payloadStart == RecordHeader.Size ? Crc32C.Compute(payload[..payloadLength]) : null,
        };
    }

    // An encoder bug or bad memory must not become a backup that cannot be restored (spec C-04).
    private void VerifyEncoding(ReadOnlySpan<byte> encoded, ReadOnlySpan<byte> raw)
    {
        Span<byte> decoded = _decoded.AsSpan(0, raw.Length);
        try
        {
            _codec.Decode(codec, encoded, decoded, 0);
            if (decoded.SequenceEqual(raw))
            {
                return;
            }
        }
        catch (BundleFormatException)
        {
            // Reported below like a wrong result.
        }

        throw new WaybillException(WaybillErrorCode.EncoderFailed, "A compressed cell does not decode to what went in; nothing of it was written")
        {
            Hint = "Suspect the machine's memory first. Making the backup with another codec tells whether it is the encoder.",
        };
    }
}
