using Waybill.Bundles.Format;

namespace Waybill.Bundles.Chains;

/// <summary>Collects, while a cell is filled in from a chain, what each of its blocks turned out to be.</summary>
internal sealed class CellStates(ByteRange cell, int blockSize)
{
    public BlockState[] Blocks { get; } = new BlockState[BlockMask.BlockCount(cell.Length, blockSize)];

    /// <summary>Notes the state of a range, which starts and ends at blocks or at the end of the cell.</summary>
    public void Mark(long offset, long length, BlockState state) => BlocksOf(offset, length).Fill(state);

    /// <summary>Tells whether a block of a range, all of which was marked, is inherited.</summary>
    public bool AnyInherited(ByteRange range) => BlocksOf(range.Offset, range.Length).Contains(BlockState.Inherit);

    private Span<BlockState> BlocksOf(long offset, long length) =>
        Blocks.AsSpan((int)((offset - cell.Offset) / blockSize), BlockMask.BlockCount(length, blockSize));
}
