using Waybill.Bundles.Format;

namespace Waybill.Bundles.Salvaging;

/// <summary>The leaves of one stream that nothing contradicts, ascending and disjoint. What lies between them is unknown.</summary>
internal sealed class LeafMap(SegmentedList<LeafClaim> leaves)
{
    public static LeafMap Empty { get; } = new(new SegmentedList<LeafClaim>());

    public int Count => leaves.Count;

    /// <summary>Gets where the last leaf ends.</summary>
    public long End => leaves.Count == 0 ? 0 : leaves[leaves.Count - 1].Leaf.End;

    public LeafClaim this[int index] => leaves[index];

    /// <summary>Finds the first leaf that ends behind an offset.</summary>
    public int IndexOf(long offset)
    {
        int low = 0;
        int high = leaves.Count;
        while (low < high)
        {
            int middle = (int)(((uint)low + (uint)high) / 2);
            if (leaves[middle].Leaf.End <= offset)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    /// <summary>Cuts a part into pieces of one state, ascending and without gaps.</summary>
    public IEnumerable<SalvageRange> Pieces(ByteRange part, int blockSize)
    {
        long position = part.Offset;
        for (int i = IndexOf(position); i < leaves.Count && leaves[i].Leaf.Offset < part.End; i++)
        {
            LeafClaim claim = leaves[i];
            if (claim.Leaf.Offset > position)
            {
                yield return new SalvageRange(ByteRange.FromBounds(position, claim.Leaf.Offset), SalvageState.Unknown);
            }

            foreach (SalvageRange piece in PiecesOf(claim, blockSize))
            {
                ByteRange visible = piece.Range.Intersect(part);
                if (!visible.IsEmpty)
                {
                    yield return piece with { Range = visible };
                }
            }

            position = claim.Leaf.End;
        }

        if (position < part.End)
        {
            yield return new SalvageRange(ByteRange.FromBounds(position, part.End), SalvageState.Unknown);
        }
    }

    private static IEnumerable<SalvageRange> PiecesOf(LeafClaim claim, int blockSize)
    {
        Leaf leaf = claim.Leaf;
        var whole = new ByteRange(leaf.Offset, leaf.Length);
        SalvageState held = claim.IsProven ? SalvageState.Verified : SalvageState.Present;
        if (leaf.State != LeafState.Masked || claim.Mask is null)
        {
            yield return claim.Source == ClaimSource.LostChunk ? new SalvageRange(whole, SalvageState.Unknown)
                : leaf.State == LeafState.Inherit ? new SalvageRange(whole, SalvageState.Inherited)
                : new SalvageRange(whole, held, leaf.State == LeafState.Zero);
            yield break;
        }

        foreach ((int first, int count, BlockState state) in BlockMask.Runs(claim.Mask, BlockMask.BlockCount(leaf.Length, blockSize)))
        {
            (long start, long end) = BlockMask.Place(leaf, first, count, blockSize);
            yield return new SalvageRange(
                ByteRange.FromBounds(start, end), state == BlockState.Inherit ? SalvageState.Inherited : held, state == BlockState.Zero);
        }
    }
}
