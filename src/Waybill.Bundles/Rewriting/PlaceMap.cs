using Waybill.Bundles.Format;
using Waybill.Bundles.Writing;

namespace Waybill.Bundles.Rewriting;

/// <summary>Where the records of one stream went while a bundle is copied, as far as tiles and nodes still to come must name them.</summary>
internal sealed class PlaceMap
{
    private readonly Queue<RecordPlace> _chunks = [];
    private readonly List<Queue<RecordPlace>> _index = [];
    private long _storedBytes;

    public void AddChunk(RecordPlace place)
    {
        _chunks.Enqueue(place);
        _storedBytes += place.PayloadLength;
    }

    /// <summary>Notes a tile (level 0) or node.</summary>
    public void AddIndex(int level, RecordPlace place)
    {
        while (_index.Count <= level)
        {
            _index.Add([]);
        }

        _index[level].Enqueue(place);
    }

    /// <summary>The same tile with the new places of its chunks.</summary>
    public byte[] Move(Tile tile)
    {
        var payload = new byte[Tile.HeaderSize + (tile.Entries.Length * TileEntry.Size)];
        Tile.Write(payload, tile.StreamNumber, tile.FirstLeaf, [.. tile.Entries.Select(Move)]);
        return payload;
    }

    /// <summary>The same node with the new places of its children.</summary>
    public byte[] Move(IndexNode node)
    {
        var payload = new byte[IndexNode.HeaderSize + (node.Entries.Length * IndexEntry.Size)];
        IndexNode.Write(payload, node.StreamNumber, node.FirstLeaf, node.Level, [.. node.Entries.Select(e => Move(e, node.Level - 1))]);
        return payload;
    }

    /// <summary>Says in LAYOUT where the stream is now.</summary>
    public void Place(Wire.StreamPlace wire)
    {
        wire.StoredBytes = (ulong)_storedBytes;
        if (wire.IndexLength > 0)
        {
            RecordPlace top = _index[(int)wire.IndexLevel].Dequeue();
            (wire.IndexOffset, wire.IndexLength) = ((ulong)top.Offset, (uint)top.PayloadLength);
        }
    }

    private TileEntry Move(TileEntry entry)
    {
        if (!entry.Leaf.HasChunk)
        {
            return entry;
        }

        RecordPlace place = _chunks.Dequeue();
        return entry with { RecordOffset = place.Offset, PayloadLength = place.PayloadLength };
    }

    private IndexEntry Move(IndexEntry entry, int level)
    {
        RecordPlace place = _index[level].Dequeue();
        return entry with { RecordOffset = place.Offset, PayloadLength = place.PayloadLength };
    }
}
