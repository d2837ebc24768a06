namespace Waybill.Bundles.Format;

/// <summary>Computes a tree hash one leaf at a time, keeping only the roots of perfect subtrees.</summary>
internal sealed class MerkleFrontier
{
    // Grows with the number of leaves: a hostile bundle can open many streams for little.
    private readonly List<Digest> _subtrees = [];

    /// <summary>Gets the number of leaves added. Bit k is set exactly when there is a perfect subtree of 2^k leaves.</summary>
    public long Count { get; private set; }

    public void Add(in Leaf leaf) => Add(MerkleTree.HashLeaf(leaf));

    /// <summary>Adds a leaf by its hash.</summary>
    public void Add(Digest hash)
    {
        int level = 0;
        for (long rest = Count; (rest & 1) != 0; rest >>= 1)
        {
            hash = MerkleTree.HashNode(_subtrees[level++], hash);
        }

        if (level == _subtrees.Count)
        {
            _subtrees.Add(hash);
        }
        else
        {
            _subtrees[level] = hash;
        }

        Count++;
    }

    public Digest TreeHash()
    {
        if (Count == 0)
        {
            return MerkleTree.Empty;
        }

        Digest? hash = null;
        for (int level = 0; level < _subtrees.Count; level++)
        {
            if ((Count >> level & 1) != 0)
            {
                hash = hash is { } right ? MerkleTree.HashNode(_subtrees[level], right) : _subtrees[level];
            }
        }

        return hash!.Value;
    }

    /// <summary>Gets the roots of the perfect subtrees, largest first, as a checkpoint records them.</summary>
    public IReadOnlyList<Digest> Subtrees()
    {
        var result = new List<Digest>();
        for (int level = _subtrees.Count - 1; level >= 0; level--)
        {
            if ((Count >> level & 1) != 0)
            {
                result.Add(_subtrees[level]);
            }
        }

        return result;
    }
}
