using Waybill.Bundles.Format;

namespace Waybill.Bundles.Reading;

/// <summary>Checks, while a bundle is read front to back, that its tiles and index nodes say what the chunks and runs said (M-23 to M-27).</summary>
internal sealed class IndexTracker(StreamInfo stream)
{
    private readonly List<TileEntry> _untiled = [];
    private readonly List<List<IndexEntry>> _children = [[]];
    private readonly List<long> _childLeaves = [0];
    private long _tiledLeaves;
    private long _tiles;

    /// <summary>Gets whether the next record must be an index node of this stream.</summary>
    public bool NodeIsDue { get; private set; }

    /// <summary>Gets whether leaves wait for a tile that must come before any other record of the stream's content.</summary>
    public bool TileIsDue => _untiled.Count >= BundleFormat.TileFanOut;

    public bool HasUntiledLeaves => _untiled.Count > 0;

    /// <summary>Gets the entry of the top once it was seen.</summary>
    public IndexEntry? Top { get; private set; }

    public int TopLevel { get; private set; }

    public void AddLeaf(TileEntry entry) => _untiled.Add(entry);

    public void AddTile(Tile tile, long offset, int payloadLength)
    {
        bool isLast = tile.Entries.Length < BundleFormat.TileFanOut;
        if (tile.FirstLeaf != _tiledLeaves || tile.Entries.Length > _untiled.Count || (isLast && tile.Entries.Length != _untiled.Count))
        {
            throw Invalid("A tile does not hold the leaves that are next", offset);
        }

        for (int i = 0; i < tile.Entries.Length; i++)
        {
            if (tile.Entries[i] != _untiled[i])
            {
                throw Invalid("A tile says other than the chunks and runs before it", offset);
            }
        }

        _untiled.RemoveRange(0, tile.Entries.Length);
        _tiledLeaves += tile.Entries.Length;
        NodeIsDue = _children[0].Count == BundleFormat.TileFanOut;
        _tiles++;
        _children[0].Add(new IndexEntry(tile.Entries[0].Leaf.Offset, tile.Entries.Length, offset, payloadLength, MerkleTree.HashTile(tile.Entries)));
    }

    /// <summary>Takes the tiles of a node as it states them, where nobody can open them.</summary>
    public void AddClosedTiles(IndexEntry[] tiles)
    {
        _tiles += tiles.Length;
        _tiledLeaves += tiles.Sum(t => t.LeafCount);
        _children[0].AddRange(tiles);
    }

    public void AddNode(IndexNode node, long offset, int payloadLength)
    {
        if (node.Level > _children.Count || (node.Level > 1 && _children[node.Level - 2].Count > 0))
        {
            throw Invalid("An index node stands before what is below it", offset);
        }

        List<IndexEntry> children = _children[node.Level - 1];
        int expected = Math.Min(BundleFormat.TileFanOut, children.Count);
        if (node.FirstLeaf != _childLeaves[node.Level - 1] || node.Entries.Length != expected || !node.Entries.AsSpan().SequenceEqual(children.GetRange(0, expected).ToArray()))
        {
            throw Invalid("An index node says other than the tiles and nodes below it", offset);
        }

        children.RemoveRange(0, expected);
        long leaves = node.Entries.Sum(e => e.LeafCount);
        _childLeaves[node.Level - 1] += leaves;
        NodeIsDue = false;
        if (_children.Count == node.Level)
        {
            _children.Add([]);
            _childLeaves.Add(0);
        }

        var entry = new IndexEntry(node.Entries[0].FirstOffset, leaves, offset, payloadLength, MerkleTree.HashIndexNode(node.Entries));
        _children[node.Level].Add(entry);
        if (leaves == _tiledLeaves)
        {
            Top = entry;
            TopLevel = node.Level;
        }
    }

    /// <summary>Checks the whole index once everything was seen, and that the layout locates its top.</summary>
    public void CheckComplete(StreamInfo placed, long place)
    {
        if (_tiles == 1)
        {
            Top = _children[0][0];
            TopLevel = 0;
        }

        bool complete = _untiled.Count == 0 && (_tiles == 0 || Top is not null)
            && _children.Take(TopLevel).All(level => level.Count == 0) && _children.Skip(TopLevel + 1).All(level => level.Count == 0);
        if (!complete)
        {
            throw Invalid("The index is not complete", place);
        }

        if (Top is { } top
            && (placed.IndexOffset != top.RecordOffset || placed.IndexPayloadLength != top.PayloadLength || placed.IndexLevel != TopLevel))
        {
            throw new BundleFormatException(WaybillErrorCode.ManifestInvalid, $"The index of the stream '{stream.Name}' is not where the layout says") { Offset = place };
        }
    }

    private BundleFormatException Invalid(string message, long offset) =>
        new(WaybillErrorCode.LeavesInvalid, $"{message} (stream '{stream.Name}')") { Offset = offset };
}
