using Waybill.Bundles.Format;

namespace Waybill.Bundles.Salvaging;

/// <summary>Finds out which leaves the stream root proves (spec 6): through their tiles, and hashes in index nodes for what is lost.</summary>
/// <remarks>
/// Level 0 are tiles, level n the index nodes of level n. A subtree's hash is known from its record, from what is below it, or from the node above it.
/// If the hashes known lead to the root, it proves from there downwards every part that matches the hash expected of it.
/// </remarks>
internal sealed class StreamProof
{
    private readonly StreamFinds _finds;
    private readonly StreamInfo _header;
    private readonly StreamOutcome _outcome;
    private readonly SegmentedList<LeafClaim> _claims;
    private readonly Dictionary<long, List<FoundTile>> _tiles = [];
    private readonly Dictionary<(int Level, long Index), List<IndexNode>> _nodes = [];
    private readonly List<Dictionary<long, Digest>> _known = [];
    private readonly List<long> _widths = [];

    /// <summary>Makes the proof.</summary>
    /// <param name="finds">What was found of the stream.</param>
    /// <param name="header">Its start.</param>
    /// <param name="outcome">Its end, with the root.</param>
    /// <param name="claims">Its leaves in the order of their offsets; marked by <see cref="Run"/>.</param>
    public StreamProof(StreamFinds finds, StreamInfo header, StreamOutcome outcome, SegmentedList<LeafClaim> claims)
    {
        _finds = finds;
        _header = header;
        _outcome = outcome;
        _claims = claims;
        for (long width = Parents(outcome.LeafCount); ; width = Parents(width))
        {
            _widths.Add(width);
            if (width <= 1)
            {
                break;
            }
        }
    }

    private int Top => _widths.Count - 1;

    /// <summary>Marks the claims that the root proves.</summary>
    public void Run()
    {
        foreach (IndexNode node in _finds.Nodes)
        {
            AddNode(node);
        }

        foreach (FoundTile tile in _finds.Tiles)
        {
            AddTile(tile);
        }

        if (_tiles.Count < _widths[0])
        {
            AssembleTiles();
        }

        FindHashes();
        Digest? root = _known[Top].TryGetValue(0, out Digest top) && LeadsToRoot(top) ? top : Combine(Top, 0) is { } combined && LeadsToRoot(combined) ? combined : null;
        if (root is { } proven)
        {
            Descend(proven);
            MarkClaims();
        }
    }

    private static long Parents(long children) => (children / BundleFormat.TileFanOut) + (children % BundleFormat.TileFanOut == 0 ? 0 : 1);

    private bool LeadsToRoot(Digest treeHash) =>
        MerkleTree.StreamRoot(_header.BlockSize, _header.CellSize, _outcome.VirtualLength, _outcome.LeafCount, treeHash) == _outcome.Root;

    /// <summary>How many children a node has, or leaves a tile.</summary>
    private long ChildrenOf(int level, long index)
    {
        long all = level == 0 ? _outcome.LeafCount : _widths[level - 1];
        return Math.Min(BundleFormat.TileFanOut, all - (index * BundleFormat.TileFanOut));
    }

    private void AddTile(FoundTile tile)
    {
        if (tile.Index < _widths[0] && tile.Count == ChildrenOf(0, tile.Index))
        {
            AddTo(_tiles, tile.Index, tile);
        }
    }

    private void AddNode(IndexNode node)
    {
        long index = node.FirstLeaf / IndexNode.LeavesPerChild(node.Level + 1);
        if (node.Level <= Top && index < _widths[node.Level] && node.Entries.Length == ChildrenOf(node.Level, index))
        {
            AddTo(_nodes, (node.Level, index), node);
        }
    }

    private static void AddTo<TKey, TValue>(Dictionary<TKey, List<TValue>> lists, TKey key, TValue value)
        where TKey : notnull
    {
        if (!lists.TryGetValue(key, out List<TValue>? list))
        {
            list = [];
            lists.Add(key, list);
        }

        list.Add(value);
    }

    /// <summary>Puts lost tiles together from chunks and runs that follow each other without a gap.</summary>
    private void AssembleTiles()
    {
        Dictionary<long, long> leafAt = KnownLeafNumbers();
        long position = -1;
        long leaf = -1;
        int first = -1;
        for (int i = 0; i < _claims.Count; i++)
        {
            LeafClaim claim = _claims[i];
            long follows = claim.Leaf.Offset == position ? leaf : -1;
            leaf = leafAt.GetValueOrDefault(claim.Leaf.Offset, follows);
            first = leaf == follows ? first : -1;

            position = claim.Leaf.End;
            if (leaf < 0)
            {
                continue;
            }

            first = leaf % BundleFormat.TileFanOut == 0 ? i : first;
            leaf++;
            if (first >= 0 && (leaf % BundleFormat.TileFanOut == 0 || leaf == _outcome.LeafCount))
            {
                AssembleTile((leaf - 1) / BundleFormat.TileFanOut, first, i);
                first = -1;
            }
        }
    }

    private void AssembleTile(long index, int first, int last)
    {
        // Whether these are the leaves does not matter here: only their hash can prove it.
        if (_tiles.ContainsKey(index))
        {
            return;
        }

        var hashes = new Digest[last - first + 1];
        for (int i = 0; i < hashes.Length; i++)
        {
            hashes[i] = MerkleTree.HashLeaf(_claims[first + i].Leaf);
        }

        AddTile(new FoundTile(index, hashes.Length, _claims[first].Leaf.Offset, _claims[last].Leaf.End, MerkleTree.HashAll(hashes), first));
    }

    /// <summary>Collects at which offsets tiles begin, and with which leaf.</summary>
    private Dictionary<long, long> KnownLeafNumbers()
    {
        var result = new Dictionary<long, long> { [0] = 0 };
        foreach (FoundTile tile in _tiles.Values.SelectMany(t => t))
        {
            long firstLeaf = tile.Index * BundleFormat.TileFanOut;
            result[tile.FirstOffset] = firstLeaf;
            result[tile.End] = firstLeaf + tile.Count;
        }

        foreach (IndexNode node in _nodes.Values.SelectMany(n => n))
        {
            for (int i = 0; i < node.Entries.Length; i++)
            {
                result[node.Entries[i].FirstOffset] = node.FirstLeaf + (i * IndexNode.LeavesPerChild(node.Level));
            }
        }

        return result;
    }

    /// <summary>Collects, from the tiles upwards, one hash for each subtree of which any is known.</summary>
    private void FindHashes()
    {
        for (int level = 0; level <= Top; level++)
        {
            var hashes = new Dictionary<long, Digest>();
            _known.Add(hashes);
            if (level == 0)
            {
                foreach ((long index, List<FoundTile> tiles) in _tiles)
                {
                    AddHash(hashes, index, tiles.Select(t => t.Hash));
                }
            }

            foreach (((int nodeLevel, long index), List<IndexNode> nodes) in _nodes)
            {
                if (nodeLevel == level)
                {
                    AddHash(hashes, index, nodes.Select(n => MerkleTree.HashIndexNode(n.Entries)));
                }
            }

            if (level > 0)
            {
                foreach (long index in _known[level - 1].Keys.Select(child => child / BundleFormat.TileFanOut).Distinct())
                {
                    if (!hashes.ContainsKey(index) && Combine(level, index) is { } combined)
                    {
                        hashes.Add(index, combined);
                    }
                }
            }

            foreach (((int nodeLevel, long index), List<IndexNode> nodes) in _nodes)
            {
                if (nodeLevel == level + 1)
                {
                    for (int i = 0; i < nodes[0].Entries.Length; i++)
                    {
                        hashes.TryAdd((index * BundleFormat.TileFanOut) + i, nodes[0].Entries[i].Hash);
                    }
                }
            }
        }
    }

    private static void AddHash(Dictionary<long, Digest> hashes, long index, IEnumerable<Digest> stated)
    {
        // Records that contradict each other decide nothing; the node above may.
        Digest[] distinct = [.. stated.Distinct()];
        if (distinct.Length == 1)
        {
            hashes[index] = distinct[0];
        }
    }

    private Digest? Combine(int level, long index) => ChildHashes(level, index) is { } hashes ? MerkleTree.HashAll(hashes) : null;

    private Digest[]? ChildHashes(int level, long index)
    {
        if (level == 0)
        {
            return null;
        }

        var hashes = new Digest[ChildrenOf(level, index)];
        for (int i = 0; i < hashes.Length; i++)
        {
            if (!_known[level - 1].TryGetValue((index * BundleFormat.TileFanOut) + i, out hashes[i]))
            {
                return null;
            }
        }

        return hashes;
    }

    private void Descend(Digest top)
    {
        var pending = new Stack<(int Level, long Index, Digest Expected)>();
        pending.Push((Top, 0, top));
        while (pending.TryPop(out (int Level, long Index, Digest Expected) part))
        {
            if (part.Level == 0)
            {
                foreach (FoundTile tile in _tiles.GetValueOrDefault(part.Index) ?? [])
                {
                    tile.IsProven = tile.Hash == part.Expected;
                }

                continue;
            }

            Digest[]? children = _nodes.GetValueOrDefault((part.Level, part.Index))?.Select(n => n.Entries.Select(e => e.Hash).ToArray()).FirstOrDefault(h => MerkleTree.HashAll(h) == part.Expected);
            children ??= ChildHashes(part.Level, part.Index) is { } known && MerkleTree.HashAll(known) == part.Expected ? known : [];
            for (int i = 0; i < children.Length; i++)
            {
                pending.Push((part.Level - 1, (part.Index * BundleFormat.TileFanOut) + i, children[i]));
            }
        }
    }

    private void MarkClaims()
    {
        for (int i = 0; i < _claims.Count; i++)
        {
            if (_claims[i].Tile is >= 0 and var tile && _finds.Tiles[tile].IsProven)
            {
                _claims[i] = _claims[i] with { IsProven = true };
            }
        }

        foreach (FoundTile tile in _tiles.Values.SelectMany(t => t).Where(t => t is { IsProven: true, FirstClaim: >= 0 }))
        {
            for (int i = tile.FirstClaim; i < tile.FirstClaim + tile.Count; i++)
            {
                _claims[i] = _claims[i] with { IsProven = true };
            }
        }
    }
}
