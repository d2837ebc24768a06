using Waybill.Bundles.Format;
using Waybill.Bundles.Reading;

namespace Waybill.Bundles.Chains;

/// <summary>A cell, or a part of one, that is being filled in from the levels of a chain.</summary>
/// <param name="offset">Where in the stream the first byte is.</param>
/// <param name="bytes">Is filled.</param>
/// <param name="states">Learns what each block turned out to be, if anybody asks.</param>
/// <param name="decoder">Decodes for all levels, one after the other.</param>
internal sealed class CellTarget(long offset, Memory<byte> bytes, CellStates? states, CellDecoder decoder)
{
    public CellDecoder Decoder => decoder;

    public Memory<byte> Slice(ByteRange part) => bytes.Slice((int)(part.Offset - offset), (int)part.Length);

    public void Clear(ByteRange part)
    {
        Slice(part).Span.Clear();
        states?.Mark(part.Offset, part.Length, BlockState.Zero);
    }

    public void MarkData(ByteRange part) => states?.Mark(part.Offset, part.Length, BlockState.Data);

    /// <summary>Notes what no bundle at hand fills in. Nobody who only reads comes here with any: bytes that nobody filled must never pass for content.</summary>
    public void MarkInherited(IEnumerable<ByteRange> parts)
    {
        foreach (ByteRange part in parts)
        {
            states!.Mark(part.Offset, part.Length, BlockState.Inherit);
        }
    }

    /// <summary>Copies the blocks that the chunk in the decoder has for a part, clears those that are zero, and notes those to inherit.</summary>
    public void Place(StreamInfo stream, DecodedChunk chunk, ByteRange part, long place, List<ByteRange> inherited)
    {
        if (chunk.Leaf.State == LeafState.Data)
        {
            decoder.Raw.AsMemory((int)(part.Offset - chunk.Leaf.Offset), (int)part.Length).CopyTo(Slice(part));
            MarkData(part);
            return;
        }

        int blocks = BlockMask.BlockCount(chunk.Leaf.Length, stream.BlockSize);
        int rawPosition = 0;
        foreach ((int first, int count, BlockState state) in BlockMask.Runs(chunk.Mask, blocks))
        {
            (long start, long end) = BlockMask.Place(chunk.Leaf, first, count, stream.BlockSize);
            ByteRange visible = ByteRange.FromBounds(start, end).Intersect(part);
            if (visible.Length > 0)
            {
                switch (state)
                {
                    case BlockState.Data:
                        decoder.Raw.AsMemory(rawPosition + (int)(visible.Offset - start), (int)visible.Length).CopyTo(Slice(visible));
                        MarkData(visible);
                        break;
                    case BlockState.Zero:
                        Clear(visible);
                        break;
                    default:
                        LeafRules.CheckInherited(stream, lengthKnown: true, visible.End, place);
                        inherited.Add(visible);
                        break;
                }
            }

            rawPosition += state == BlockState.Data ? (int)(end - start) : 0;
        }
    }

    /// <summary>Checks the digest of a whole masked cell once the parent's blocks are filled in (spec M-22).</summary>
    /// <remarks>The cell can be shorter than what is being filled in: the last one of a volume that has grown since.</remarks>
    public void CheckWhole(StreamInfo stream, DecodedChunk chunk, ByteRange cell, long place)
    {
        bool filled = states is null || !states.AnyInherited(cell);
        if (filled && CellDecoder.HashCell(Slice(cell).Span) != chunk.CellDigest)
        {
            throw new BundleFormatException(WaybillErrorCode.DigestMismatch, $"A cell of the stream '{stream.Name}' at {chunk.Leaf.Offset} does not match its digest once the parent's blocks are filled in")
            {
                Offset = place,
                Hint = "The parent's content is not what this bundle was made against.",
            };
        }
    }
}
