using Waybill.Bundles.Format;

namespace Waybill.Bundles.Reading;

/// <summary>The index of a stream whose tiles cannot be opened: its nodes, which say where the tiles stand and hash to the stream's root (M-26 to M-28).</summary>
internal sealed class ClosedIndex(StreamInfo stream, ClosedScope scope)
{
    private readonly IndexTracker _nodes = new(stream);
    private long _lastFirstOffset = -1;
    private bool _heldBackSeen;

    /// <summary>Gets whose records the stream's are.</summary>
    public ClosedScope Scope => scope;

    public void AddNode(IndexNode node, long offset, int payloadLength, bool isHeldBack)
    {
        if (node.Level == 1)
        {
            if (_heldBackSeen)
            {
                throw Invalid("Only the last node of the lowest level is held back", offset);
            }

            _heldBackSeen = isHeldBack;
            foreach (IndexEntry tile in node.Entries)
            {
                if (tile.FirstOffset <= _lastFirstOffset || (_lastFirstOffset < 0 && tile.FirstOffset != 0))
                {
                    throw Invalid("The tiles of an index node are not in order", offset);
                }

                _lastFirstOffset = tile.FirstOffset;
                scope.TakeTile(tile.RecordOffset, tile.PayloadLength, offset);
            }

            _nodes.AddClosedTiles(node.Entries);
        }

        _nodes.AddNode(node, offset, payloadLength);
    }

    /// <summary>Checks the end of the stream as far as it shows.</summary>
    public static void CheckEnd(StreamInfo ended, long place)
    {
        if ((ended.LeafCount == 0) != (ended.VirtualLength == 0))
        {
            throw new BundleFormatException(WaybillErrorCode.LeavesInvalid, $"The stream '{ended.Name}' has {ended.LeafCount} leaves for {ended.VirtualLength} bytes") { Offset = place };
        }

        if (!ended.HasParent && !ended.ContentRoot.IsDefault && ended.ContentRoot != ended.Root)
        {
            throw new BundleFormatException(WaybillErrorCode.DigestMismatch, $"The stream '{ended.Name}' builds on nothing, but its content root is another than its root") { Offset = place };
        }
    }

    /// <summary>Checks the whole index once everything was seen: where the layout says that it begins, how many leaves it has, and the root if there are nodes.</summary>
    public void CheckComplete(StreamInfo placed, long place)
    {
        scope.AddStated(placed.StoredBytes);
        if (placed.IndexLevel == 0)
        {
            if (placed.LeafCount > 0)
            {
                scope.TakeTile(placed.IndexOffset, placed.IndexPayloadLength, place);
            }
            else if (placed.Root != RootOf(placed, MerkleTree.Empty))
            {
                throw RootMismatch(place);
            }

            return;
        }

        _nodes.CheckComplete(placed, place);
        if (_nodes.Top is not { } top || top.LeafCount != placed.LeafCount)
        {
            throw Invalid("The index has another number of leaves than the stream", place);
        }

        if (placed.Root != RootOf(placed, top.Hash))
        {
            throw RootMismatch(place);
        }
    }

    private static Digest RootOf(StreamInfo placed, Digest treeHash) =>
        MerkleTree.StreamRoot(placed.BlockSize, placed.CellSize, placed.VirtualLength, placed.LeafCount, treeHash);

    private BundleFormatException RootMismatch(long place) =>
        new(WaybillErrorCode.DigestMismatch, $"The index of the stream '{stream.Name}' does not match its root") { Offset = place };

    private BundleFormatException Invalid(string message, long place) =>
        new(WaybillErrorCode.LeavesInvalid, $"{message} (stream '{stream.Name}')") { Offset = place };
}
