namespace Waybill.Bundles.Format;

/// <summary>What a MASKED cell says of one block, spec 4.4.</summary>
internal enum BlockState : byte
{
    Inherit = 0,
    Data = 1,
    Zero = 2,
}

/// <summary>Two bits for each block of a cell, spec 4.4.</summary>
internal static class BlockMask
{
    public static int BlockCount(long cellLength, int blockSize) => (int)((cellLength + blockSize - 1) / blockSize);

    public static int SizeFor(int blocks) => (blocks + 3) / 4;

    public static BlockState Get(ReadOnlySpan<byte> mask, int block) => (BlockState)(mask[block >> 2] >> ((block & 3) * 2) & 3);

    public static void Set(Span<byte> mask, int block, BlockState state) => mask[block >> 2] |= (byte)((int)state << ((block & 3) * 2));

    /// <summary>Gets the size of a block, which is short only at the end of a stream.</summary>
    public static int BlockLength(int block, int blockSize, long cellLength) => (int)Math.Min(blockSize, cellLength - ((long)block * blockSize));

    /// <summary>Checks M-18 to M-20 and returns the number of bytes the mask says are present.</summary>
    public static void Check(ReadOnlySpan<byte> mask, long cellLength, int blockSize, int rawLength, long place)
    {
        int blocks = BlockCount(cellLength, blockSize);
        if (mask.Length != SizeFor(blocks))
        {
            throw Invalid(WaybillErrorCode.LeavesInvalid, "A mask does not have one entry per block", place);
        }

        long present = 0;
        bool complete = true;
        for (int block = 0; block < mask.Length * 4; block++)
        {
            int state = mask[block >> 2] >> ((block & 3) * 2) & 3;
            if (state == 3 || (block >= blocks && state != 0))
            {
                throw Invalid(WaybillErrorCode.LeavesInvalid, "A mask has an invalid value", place);
            }

            if (block < blocks)
            {
                complete &= state == 1;
                present += state == 1 ? BlockLength(block, blockSize, cellLength) : 0;
            }
        }

        if (present == 0 || complete)
        {
            throw Invalid(WaybillErrorCode.NotCanonical, "A masked cell has no block or every block present", place);
        }

        if (present != rawLength)
        {
            throw Invalid(WaybillErrorCode.LeavesInvalid, "A mask and its chunk disagree about the number of bytes present", place);
        }
    }

    /// <summary>Lists maximal runs of blocks in the same state as (first block, count, state).</summary>
    public static IEnumerable<(int First, int Count, BlockState State)> Runs(byte[] mask, int blocks)
    {
        int first = 0;
        while (first < blocks)
        {
            BlockState state = Get(mask, first);
            int next = first + 1;
            while (next < blocks && Get(mask, next) == state)
            {
                next++;
            }

            yield return (first, next - first, state);
            first = next;
        }
    }

    /// <summary>Gets where in the stream a run of blocks lies. The grid may end beyond 2^63 - 1, where the last block is cut; the stream does not.</summary>
    public static (long Start, long End) Place(in Leaf cell, int first, int count, int blockSize) =>
        (cell.Offset + ((long)first * blockSize), cell.Offset + Math.Min((long)(first + count) * blockSize, cell.Length));

    private static BundleFormatException Invalid(WaybillErrorCode code, string message, long place) => new(code, message) { Offset = place };
}
