using Waybill.Bundles.Format;

namespace Waybill.Bundles.Reading;

/// <summary>A chunk that was read, decoded and checked. The mask is empty for DATA.</summary>
internal readonly record struct DecodedChunk(Leaf Leaf, byte[] Mask, Digest CellDigest);

/// <summary>Reads chunks at the places a tile names.</summary>
internal sealed class ChunkReader(RecordSource records, StreamInfo stream, bool zstdAllowed)
{
    /// <summary>Reads a chunk and decodes it into <paramref name="raw"/>, which has room for the leaf's content.</summary>
    public async ValueTask<DecodedChunk> ReadAsync(TileEntry entry, CellDecoder decoder, Memory<byte> raw, CancellationToken cancellationToken)
    {
        if (entry.PayloadLength > CellDecoder.MaxPayloadLength(stream.CellSize) + records.Overhead)
        {
            throw new BundleFormatException(WaybillErrorCode.LimitExceeded, "A chunk is larger than a cell of its stream can be") { ObjectName = records.Name, Offset = entry.RecordOffset };
        }

        Memory<byte> record = decoder.RecordBuffer.AsMemory(0, RecordHeader.Size + entry.PayloadLength);
        ReadOnlyMemory<byte> payload = await records.ReadRecordAsync(RecordType.Chunk, stream.Kind, entry.RecordOffset, entry.PayloadLength, record, cancellationToken).ConfigureAwait(false);
        return Decode(entry, decoder, payload.Span, raw.Span);
    }

    private DecodedChunk Decode(TileEntry entry, CellDecoder decoder, ReadOnlySpan<byte> payload, Span<byte> raw)
    {
        ChunkHeader header = ChunkHeader.Read(payload, zstdAllowed, entry.RecordOffset);
        if (header.StreamNumber != stream.Number || header.Leaf != entry.Leaf || header.Codec != entry.Codec)
        {
            throw new BundleFormatException(WaybillErrorCode.LeavesInvalid, "A chunk is not the one its tile names") { ObjectName = records.Name, Offset = entry.RecordOffset };
        }

        decoder.Decode(stream, header, payload, raw, entry.RecordOffset);
        return new DecodedChunk(header.Leaf, CellDecoder.Mask(header, payload).ToArray(), CellDecoder.CellDigest(header, payload));
    }
}
