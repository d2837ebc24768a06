using System.Runtime.InteropServices;
using Waybill.Bundles.Format;
using Waybill.Bundles.Sealing;

namespace Waybill.Bundles.Writing;

/// <summary>Where the top of a stream's index lies.</summary>
internal readonly record struct IndexTop(long Offset, int PayloadLength, int Level);

/// <summary>Builds the index above the tiles of one stream, spec 5.2.</summary>
internal sealed class IndexBuilder(int streamNumber)
{
    // Entries that wait for their node: [0] for level 1, kept to one node; [n] for level n + 1, all of them, since those nodes are held back.
    private readonly List<List<IndexEntry>> _waiting = [[]];
    private long _leavesInWrittenNodes;
    private long _tiles;
    private bool _finished;

    /// <summary>Gets the top of the index once its level was written, or the only tile.</summary>
    public IndexTop? Top { get; private set; }

    public async ValueTask AddTileAsync(IndexEntry tile, RecordEmitter emitter, CancellationToken cancellationToken)
    {
        _tiles++;
        if (_waiting[0].Count == BundleFormat.TileFanOut)
        {
            IndexEntry node = await EmitNodeAsync(1, _leavesInWrittenNodes, _waiting[0], emitter, cancellationToken).ConfigureAwait(false);
            Waiting(2).Add(node);
            _leavesInWrittenNodes += node.LeafCount;
            _waiting[0].Clear();
        }

        _waiting[0].Add(tile);
    }

    public async ValueTask EmitHeldBackAsync(int level, RecordEmitter emitter, CancellationToken cancellationToken)
    {
        if (_finished || _tiles == 0)
        {
            return;
        }

        if (_tiles == 1)
        {
            Finish(_waiting[0][0], 0);
            return;
        }

        List<IndexEntry> children = Waiting(level);
        long firstLeaf = level == 1 ? _leavesInWrittenNodes : 0;
        IndexEntry last = default;
        for (int first = 0; first < children.Count; first += BundleFormat.TileFanOut)
        {
            List<IndexEntry> group = children.GetRange(first, Math.Min(BundleFormat.TileFanOut, children.Count - first));
            last = await EmitNodeAsync(level, firstLeaf, group, emitter, cancellationToken).ConfigureAwait(false);
            firstLeaf += last.LeafCount;
            Waiting(level + 1).Add(last);
        }

        if (Waiting(level + 1).Count == 1)
        {
            Finish(last, level);
        }
    }

    private void Finish(IndexEntry top, int level)
    {
        Top = new IndexTop(top.RecordOffset, top.PayloadLength, level);
        _finished = true;
    }

    private List<IndexEntry> Waiting(int level)
    {
        while (_waiting.Count < level)
        {
            _waiting.Add([]);
        }

        return _waiting[level - 1];
    }

    private async ValueTask<IndexEntry> EmitNodeAsync(
        int level, long firstLeaf, List<IndexEntry> children, RecordEmitter emitter, CancellationToken cancellationToken)
    {
        var payload = new byte[IndexNode.HeaderSize + (children.Count * IndexEntry.Size)];
        IndexNode.Write(payload, streamNumber, firstLeaf, level, CollectionsMarshal.AsSpan(children));
        RecordPlace place = await emitter.EmitAsync(RecordType.IndexNode, payload, SealScope.Meta, cancellationToken).ConfigureAwait(false);
        return new IndexEntry(
            children[0].FirstOffset, children.Sum(c => c.LeafCount), place.Offset, place.PayloadLength, MerkleTree.HashIndexNode(CollectionsMarshal.AsSpan(children)));
    }
}
