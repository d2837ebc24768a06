using Waybill.Bundles.Format;

namespace Waybill.Bundles.Salvaging;

/// <summary>The end of a stream as STREAM_END or the manifest states it.</summary>
internal readonly record struct StreamOutcome(long VirtualLength, long LeafCount, Digest Root);

/// <summary>A tile that was found, or put together from chunks and runs. <see cref="FirstClaim"/> is where its leaves begin among the sorted ones, for the latter.</summary>
internal sealed record FoundTile(long Index, int Count, long FirstOffset, long End, Digest Hash, int FirstClaim = -1)
{
    public bool IsProven { get; set; }
}

/// <summary>A masked chunk that could not be checked when it was found, because the start of its stream was not known.</summary>
internal readonly record struct UncheckedChunk(long Position, int PayloadLength);

/// <summary>Everything that was found of one stream, in the order of the source.</summary>
internal sealed class StreamFinds(int number, List<SalvageDamage> damage)
{
    private readonly HashSet<(long Index, int Count, Digest Hash)> _tilesSeen = [];

    // The first claim that no tile has named yet.
    private int _untiled;

    public int Number => number;

    /// <summary>Gets what is said of the stream's start.</summary>
    public Statements<StreamInfo> Headers { get; } = new();

    /// <summary>Gets what is said of the stream's end.</summary>
    public Statements<StreamOutcome> Outcomes { get; } = new();

    public SegmentedList<LeafClaim> Claims { get; } = new();

    public List<FoundTile> Tiles { get; } = [];

    public List<IndexNode> Nodes { get; } = [];

    public List<UncheckedChunk> Unchecked { get; } = [];

    public void AddChunk(in ChunkHeader chunk, byte[]? mask, long position, int payloadLength) =>
        Claims.Add(new LeafClaim(chunk.Leaf, ClaimSource.Chunk, position, payloadLength, Mask: mask));

    public void AddRuns(Leaf[] runs, long position, int payloadLength)
    {
        foreach (Leaf run in runs)
        {
            Claims.Add(new LeafClaim(run, ClaimSource.Run, position, payloadLength));
        }
    }

    /// <summary>Takes a tile: marks the leaves it names, and adds those of which the chunk or run was not found.</summary>
    public void AddTile(Tile tile, long position, int payloadLength)
    {
        TileEntry[] entries = tile.Entries;
        for (int i = 1; i < entries.Length; i++)
        {
            if (entries[i].Leaf.Offset != entries[i - 1].Leaf.End)
            {
                damage.Add(new SalvageDamage(position, RecordHeader.Size + payloadLength, $"A tile of stream {number} has gaps between its leaves"));
                return;
            }
        }

        var found = new FoundTile(tile.FirstLeaf / BundleFormat.TileFanOut, entries.Length, entries[0].Leaf.Offset, entries[^1].Leaf.End, MerkleTree.HashTile(entries));
        if (!_tilesSeen.Add((found.Index, found.Count, found.Hash)))
        {
            return;
        }

        int tileNumber = Tiles.Count;
        Tiles.Add(found);
        int claimsBefore = Claims.Count;
        foreach (TileEntry entry in entries)
        {
            // Both ascend. A claim that is left behind belongs to a tile that is lost, or to none.
            while (_untiled < claimsBefore && Claims[_untiled].Leaf.Offset < entry.Leaf.Offset)
            {
                _untiled++;
            }

            if (_untiled < claimsBefore && Claims[_untiled].Leaf == entry.Leaf)
            {
                Claims[_untiled] = Claims[_untiled] with { Tile = tileNumber };
                _untiled++;
                continue;
            }

            ClaimSource source = entry.Leaf.HasChunk ? ClaimSource.LostChunk : ClaimSource.Run;
            Claims.Add(new LeafClaim(entry.Leaf, source, position, payloadLength, tileNumber));
        }
    }
}
