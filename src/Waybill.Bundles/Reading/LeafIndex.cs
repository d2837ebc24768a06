using System.Runtime.CompilerServices;
using Waybill.Bundles.Format;

namespace Waybill.Bundles.Reading;

/// <summary>Finds leaves of one stream by offset. Every tile and node is checked against the stream root before it is used (M-28).</summary>
internal sealed class LeafIndex(RecordSource records, StreamInfo stream)
{
    // A tile spans 256 cells, a node 65 536, so a few of each serve several sequential readers at once.
    private readonly LruCache<long, Tile> _tiles = new(16);
    private readonly LruCache<(int Level, long FirstLeaf), IndexNode> _nodes = new(64);

    public StreamInfo Stream => stream;

    /// <summary>Finds the leaf that covers an offset below the virtual length.</summary>
    public async ValueTask<TileEntry> FindAsync(long offset, CancellationToken cancellationToken)
    {
        Tile tile = await FindTileAsync(offset, cancellationToken).ConfigureAwait(false);
        return tile.Entries[IndexOf(tile, offset)];
    }

    /// <summary>Lists the leaves from the one that covers an offset to the end.</summary>
    public async IAsyncEnumerable<TileEntry> ListAsync(long offset, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (offset < stream.VirtualLength)
        {
            Tile tile = await FindTileAsync(offset, cancellationToken).ConfigureAwait(false);
            for (int i = IndexOf(tile, offset); i < tile.Entries.Length; i++)
            {
                yield return tile.Entries[i];
            }

            offset = tile.Entries[^1].Leaf.End;
        }
    }

    private static int IndexOf(Tile tile, long offset)
    {
        int low = 0;
        int high = tile.Entries.Length - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (tile.Entries[middle].Leaf.Offset <= offset)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low;
    }

    private async ValueTask<Tile> FindTileAsync(long offset, CancellationToken cancellationToken)
    {
        if (offset < 0 || offset >= stream.VirtualLength)
        {
            throw new WaybillException(WaybillErrorCode.RangeOutsideStream, $"The stream '{stream.Name}' has {stream.VirtualLength} bytes; {offset} is outside") { ObjectName = records.Name };
        }

        // The top has no entry above it; what the manifest says of the stream takes its place.
        var entry = new IndexEntry(0, stream.LeafCount, stream.IndexOffset, stream.IndexPayloadLength, default);
        long firstLeaf = 0;
        long end = stream.VirtualLength;
        for (int level = stream.IndexLevel; level > 0; level--)
        {
            IndexNode node = await ReadNodeAsync(level, firstLeaf, entry, end, cancellationToken).ConfigureAwait(false);
            int child = 0;
            while (child + 1 < node.Entries.Length && node.Entries[child + 1].FirstOffset <= offset)
            {
                child++;
            }

            entry = node.Entries[child];
            firstLeaf = node.FirstLeaf + (child * IndexNode.LeavesPerChild(level));
            end = child + 1 < node.Entries.Length ? node.Entries[child + 1].FirstOffset : end;
        }

        return await ReadTileAsync(firstLeaf, entry, end, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<IndexNode> ReadNodeAsync(int level, long firstLeaf, IndexEntry expected, long end, CancellationToken cancellationToken)
    {
        if (_nodes.Find((level, firstLeaf)) is { } cached)
        {
            return cached;
        }

        ReadOnlyMemory<byte> payload = await records.ReadPayloadAsync(RecordType.IndexNode, stream.Kind, expected.RecordOffset, expected.PayloadLength, cancellationToken).ConfigureAwait(false);
        IndexNode node = IndexNode.Read(payload.Span, expected.RecordOffset);
        bool fits = node.StreamNumber == stream.Number && node.Level == level && node.FirstLeaf == firstLeaf
            && node.Entries[0].FirstOffset == expected.FirstOffset && node.Entries[^1].FirstOffset < end
            && node.Entries.Sum(e => e.LeafCount) == expected.LeafCount;
        if (!fits)
        {
            throw Invalid("An index node is not the one its parent names", expected.RecordOffset);
        }

        CheckHash(expected, MerkleTree.HashIndexNode(node.Entries), isTop: level == stream.IndexLevel);
        _nodes.Add((level, firstLeaf), node);
        return node;
    }

    private async ValueTask<Tile> ReadTileAsync(long firstLeaf, IndexEntry expected, long end, CancellationToken cancellationToken)
    {
        if (_tiles.Find(firstLeaf) is { } cached)
        {
            return cached;
        }

        ReadOnlyMemory<byte> payload = await records.ReadPayloadAsync(RecordType.Tile, stream.Kind, expected.RecordOffset, expected.PayloadLength, cancellationToken).ConfigureAwait(false);
        Tile tile = Tile.Read(payload.Span, expected.RecordOffset);
        if (tile.StreamNumber != stream.Number || tile.FirstLeaf != firstLeaf || tile.Entries.Length != expected.LeafCount)
        {
            throw Invalid("A tile is not the one the index names", expected.RecordOffset);
        }

        CheckHash(expected, MerkleTree.HashTile(tile.Entries), isTop: stream.IndexLevel == 0);
        long position = expected.FirstOffset;
        Leaf? previous = null;
        foreach (TileEntry entry in tile.Entries)
        {
            LeafRules.Check(stream, lengthKnown: true, previous, position, entry.Leaf, expected.RecordOffset);
            previous = entry.Leaf;
            position = entry.Leaf.End;
        }

        if (position != end)
        {
            throw Invalid("A tile does not end where the next one starts", expected.RecordOffset);
        }

        _tiles.Add(firstLeaf, tile);
        return tile;
    }

    private void CheckHash(IndexEntry expected, Digest hash, bool isTop)
    {
        bool matches = isTop
            ? MerkleTree.StreamRoot(stream.BlockSize, stream.CellSize, stream.VirtualLength, stream.LeafCount, hash) == stream.Root
            : hash == expected.Hash;
        if (!matches)
        {
            throw new BundleFormatException(WaybillErrorCode.DigestMismatch, $"The index of the stream '{stream.Name}' does not match the stream root")
            {
                ObjectName = records.Name,
                Offset = expected.RecordOffset,
            };
        }
    }

    private BundleFormatException Invalid(string message, long offset) =>
        new(WaybillErrorCode.LeavesInvalid, message) { ObjectName = records.Name, Offset = offset };
}
