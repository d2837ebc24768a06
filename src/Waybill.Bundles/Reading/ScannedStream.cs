using Waybill.Bundles.Format;

namespace Waybill.Bundles.Reading;

/// <summary>A stream as far as a reader that goes front to back has seen it.</summary>
internal sealed class ScannedStream(StreamInfo header, bool isEncrypted, ClosedScope? closed = null)
{
    private readonly MerkleFrontier _frontier = new();
    private Leaf? _last;

    public StreamInfo Info { get; private set; } = header;

    /// <summary>Gets whether its bundle is encrypted.</summary>
    public bool IsEncrypted => isEncrypted;

    public IndexTracker Index { get; } = new(header);

    /// <summary>Gets the index as far as it shows if no key opens what the stream holds; else <see langword="null"/>, and <see cref="Index"/> counts.</summary>
    public ClosedIndex? Closed { get; } = closed is null ? null : new ClosedIndex(header, closed);

    public long Position { get; private set; }

    public bool HasEnded { get; private set; }

    public long DataBytes { get; private set; }

    public long StoredBytes { get; private set; }

    public void AddChunk(in ChunkHeader chunk, long offset, int payloadLength)
    {
        RequireOpen(offset);
        AddLeaf(new TileEntry(chunk.Leaf, offset, payloadLength, chunk.Codec), offset);
        DataBytes += chunk.Leaf.ContentLength;
        StoredBytes += payloadLength;
    }

    public void AddRuns(Leaf[] runs, long offset)
    {
        RequireOpen(offset);
        foreach (Leaf run in runs)
        {
            AddLeaf(new TileEntry(run, 0, 0, BundleCodec.None), offset);
        }
    }

    public void End(Wire.StreamResult wire, long offset)
    {
        RequireOpen(offset);
        if (Index.HasUntiledLeaves)
        {
            throw OutOfOrder("A stream ends before its last tile", offset);
        }

        Info = StreamCodec.WithResult(Info, wire) with { StoredBytes = StoredBytes };
        HasEnded = true;
        if (Closed is not null)
        {
            ClosedIndex.CheckEnd(Info, offset);
            Closed.Scope.End();
            return;
        }

        LeafRules.CheckEnd(Info, _last, Position, offset);
        Digest root = MerkleTree.StreamRoot(Info.BlockSize, Info.CellSize, Position, _frontier.Count, _frontier.TreeHash());
        if (Info.LeafCount != _frontier.Count || Info.Root != root)
        {
            throw new BundleFormatException(WaybillErrorCode.DigestMismatch, $"The leaves of the stream '{Info.Name}' do not match its root") { Offset = offset };
        }

        if (!Info.HasParent && !Info.ContentRoot.IsDefault && Info.ContentRoot != root)
        {
            throw new BundleFormatException(WaybillErrorCode.DigestMismatch, $"The stream '{Info.Name}' builds on nothing, but its content root is another than its root") { Offset = offset };
        }

        if (Info.DataBytes != DataBytes)
        {
            throw new BundleFormatException(WaybillErrorCode.ManifestInvalid, $"The stream '{Info.Name}' does not hold as many bytes as it says") { Offset = offset };
        }
    }

    private void AddLeaf(TileEntry entry, long offset)
    {
        if (_frontier.Count >= BundleFormat.MaxLeaves)
        {
            throw new BundleFormatException(WaybillErrorCode.LimitExceeded, "A stream has more than 2^40 leaves") { Offset = offset };
        }

        // A short cell or an end off the grid is only right at the end of the stream, so nothing may follow one.
        if (_last is { } last && (last.End % (last.HasChunk ? Info.CellSize : Info.BlockSize)) != 0)
        {
            throw new BundleFormatException(WaybillErrorCode.LeavesInvalid, $"The stream '{Info.Name}' goes on after a leaf that is not a whole one") { Offset = offset };
        }

        LeafRules.Check(Info, lengthKnown: false, _last, Position, entry.Leaf, offset);
        _frontier.Add(entry.Leaf);
        Index.AddLeaf(entry);
        _last = entry.Leaf;
        Position = entry.Leaf.End;
    }

    private void RequireOpen(long offset)
    {
        if (HasEnded)
        {
            throw OutOfOrder("A record belongs to a stream that has ended", offset);
        }

        if (Index.TileIsDue)
        {
            throw OutOfOrder("A tile is missing", offset);
        }
    }

    private static BundleFormatException OutOfOrder(string message, long offset) =>
        new(WaybillErrorCode.RecordOutOfOrder, message) { Offset = offset };
}
