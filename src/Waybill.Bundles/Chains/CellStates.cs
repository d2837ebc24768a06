using Waybill.Bundles.Format;

namespace Waybill.Bundles.Chains;

/// <summary>Collects, while a cell is filled in from a chain, what each of its blocks turned out to be.</summary>
internal sealed class CellStates(ByteRange cell, int blockSize)
{
    public BlockState[] Blocks { get; } = new BlockState[BlockMask.BlockCount(cell.Length, blockSize)];

    public bool InheritsAny { get; private set; }

    /// <summary>Notes the state of a range, which starts and ends at blocks or at the end of the cell.</summary>
    public void Mark(long offset, long length, BlockState state)
    {
        int first = (int)((offset - cell.Offset) / blockSize);
        int count = (int)((length + blockSize - 1) / blockSize);
        Blocks.AsSpan(first, count).Fill(state);
        InheritsAny |= state == BlockState.Inherit;
    }
}
