using Waybill.Bundles.Format;

namespace Waybill.Bundles.Writing;

/// <summary>Expresses a cell of which some blocks are inherited.</summary>
internal static class MaskedCell
{
    /// <summary>Encodes the blocks that are data, with a mask for the others.</summary>
    public static CellResult Encode(CellWorker worker, StreamInfo stream, ByteRange cell, BlockState[] states, ReadOnlySpan<byte> raw, Digest cellDigest)
    {
        var mask = new byte[BlockMask.SizeFor(states.Length)];
        Span<byte> picked = worker.Blocks;
        int length = 0;
        for (int block = 0; block < states.Length; block++)
        {
            BlockMask.Set(mask, block, states[block]);
            if (states[block] == BlockState.Data)
            {
                ReadOnlySpan<byte> content = raw.Slice(block * stream.BlockSize, BlockMask.BlockLength(block, stream.BlockSize, cell.Length));
                content.CopyTo(picked[length..]);
                length += content.Length;
            }
        }

        return worker.Encoder.EncodeMasked(stream.Number, cell.Offset, cell.Length, cellDigest, mask, picked[..length]);
    }

    /// <summary>Expresses a cell without data blocks as runs of ZERO and INHERIT.</summary>
    public static List<Leaf> ToRuns(BlockState[] states, StreamInfo stream, ByteRange cell)
    {
        var runs = new List<Leaf>();
        for (int block = 0; block < states.Length; block++)
        {
            LeafState state = states[block] == BlockState.Zero ? LeafState.Zero : LeafState.Inherit;
            int length = BlockMask.BlockLength(block, stream.BlockSize, cell.Length);
            if (runs.Count > 0 && runs[^1].State == state)
            {
                runs[^1] = runs[^1] with { Length = runs[^1].Length + length };
            }
            else
            {
                runs.Add(Leaf.Run(state, cell.Offset + ((long)block * stream.BlockSize), length));
            }
        }

        return runs;
    }
}
