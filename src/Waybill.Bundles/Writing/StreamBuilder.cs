using Waybill.Bundles.Format;
using Waybill.Bundles.Sealing;

namespace Waybill.Bundles.Writing;

/// <summary>Turns the ordered leaves of one stream into records: RUNS, CHUNK, TILE, and at the end its root. Used by one task at a time.</summary>
internal sealed class StreamBuilder(StreamInfo header)
{
    private readonly MerkleFrontier _frontier = new();
    private readonly List<Leaf> _pendingRuns = [];
    private readonly TileEntry[] _tile = new TileEntry[BundleFormat.TileFanOut];
    private readonly IndexBuilder _index = new(header.Number);
    private readonly SealScope _scope = SealScopes.Of(header.Kind);
    private Leaf? _openRun;
    private int _tileCount;
    private long _dataBytes;
    private long _storedBytes;
    private ContentRoot? _contentRoot = header.HasParent ? new ContentRoot(header.BlockSize, header.CellSize) : null;

    /// <summary>Gets the header, and after <see cref="EndAsync"/> also the result.</summary>
    public StreamInfo Info { get; private set; } = header;

    /// <summary>Gets how many bytes the leaves so far cover.</summary>
    public long Position { get; private set; }

    public async ValueTask AppendAsync(CellResult result, RecordEmitter emitter, CancellationToken cancellationToken)
    {
        TrackContent(result);
        if (result.Runs is { } runs)
        {
            foreach (Leaf run in runs)
            {
                await AppendRunAsync(run, emitter, cancellationToken).ConfigureAwait(false);
            }
        }
        else
        {
            await AppendChunkAsync(result, emitter, cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask EndAsync(StreamInfo facts, RecordEmitter emitter, CancellationToken cancellationToken)
    {
        await FlushRunsAsync(closeOpenRun: true, emitter, cancellationToken).ConfigureAwait(false);
        if (_tileCount > 0)
        {
            await FlushTileAsync(emitter, cancellationToken).ConfigureAwait(false);
        }

        Info = facts with
        {
            VirtualLength = Position,
            LeafCount = _frontier.Count,
            Root = MerkleTree.StreamRoot(Info.BlockSize, Info.CellSize, Position, _frontier.Count, _frontier.TreeHash()),
            ContentRoot = _contentRoot?.Complete() ?? default,
            DataBytes = _dataBytes,
            StoredBytes = _storedBytes,
        };
        await emitter.EmitAsync(RecordType.StreamEnd, StreamCodec.ResultToWire(Info), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes the index nodes of one level that were held back (spec M-27).</summary>
    public async ValueTask EmitHeldBackAsync(int level, RecordEmitter emitter, CancellationToken cancellationToken)
    {
        await _index.EmitHeldBackAsync(level, emitter, cancellationToken).ConfigureAwait(false);
        if (_index.Top is { } top)
        {
            Info = Info with { IndexOffset = top.Offset, IndexPayloadLength = top.PayloadLength, IndexLevel = top.Level };
        }
    }

    public Wire.CheckpointStream ToCheckpoint()
    {
        var wire = new Wire.CheckpointStream { StreamNo = (uint)Info.Number, Position = (ulong)Position, LeafCount = (ulong)_frontier.Count };
        wire.Frontier.Add(_frontier.Subtrees().Select(d => d.ToWire()));
        return wire;
    }

    private void TrackContent(CellResult result)
    {
        switch (result.Content)
        {
            case CellContent.Zero:
                _contentRoot?.AddZero(result.Length);
                break;
            case CellContent.Digest:
                _contentRoot?.AddData(result.Length, result.ContentDigest);
                break;
            default:
                // Part of the stream was not read, so nothing can be said of its whole content.
                _contentRoot = null;
                break;
        }
    }

    private async ValueTask AppendRunAsync(Leaf run, RecordEmitter emitter, CancellationToken cancellationToken)
    {
        RequireNext(run);
        if (_openRun is { } open && open.State == run.State)
        {
            _openRun = open with { Length = open.Length + run.Length };
        }
        else
        {
            if (_openRun is { } previous)
            {
                _pendingRuns.Add(previous);
            }

            _openRun = run;
            if (_pendingRuns.Count == BundleFormat.MaxRunsPerRecord)
            {
                await FlushRunsAsync(closeOpenRun: false, emitter, cancellationToken).ConfigureAwait(false);
            }
        }

        Position = run.End;
    }

    private async ValueTask AppendChunkAsync(CellResult chunk, RecordEmitter emitter, CancellationToken cancellationToken)
    {
        Leaf leaf = chunk.Leaf;
        RequireNext(leaf);
        await FlushRunsAsync(closeOpenRun: true, emitter, cancellationToken).ConfigureAwait(false);
        RecordPlace place = await emitter.EmitFramedAsync(RecordType.Chunk, chunk.Buffer!, chunk.PayloadLength, chunk.PayloadCrc, _scope, cancellationToken).ConfigureAwait(false);
        Position = leaf.End;
        _dataBytes += leaf.ContentLength;
        _storedBytes += place.PayloadLength;
        await AddLeafAsync(new TileEntry(leaf, place.Offset, place.PayloadLength, chunk.Codec), emitter, cancellationToken).ConfigureAwait(false);
    }

    private void RequireNext(in Leaf leaf)
    {
        if (leaf.Offset != Position)
        {
            throw new InvalidOperationException($"Stream '{Info.Name}' is at {Position}; a leaf at {leaf.Offset} would leave a gap or an overlap.");
        }
    }

    private async ValueTask FlushRunsAsync(bool closeOpenRun, RecordEmitter emitter, CancellationToken cancellationToken)
    {
        if (closeOpenRun && _openRun is { } open)
        {
            _pendingRuns.Add(open);
            _openRun = null;
        }

        for (int first = 0; first < _pendingRuns.Count; first += BundleFormat.MaxRunsPerRecord)
        {
            List<Leaf> batch = _pendingRuns.GetRange(first, Math.Min(BundleFormat.MaxRunsPerRecord, _pendingRuns.Count - first));
            var payload = new byte[RunsPayload.SizeFor(batch.Count)];
            RunsPayload.Write(payload, Info.Number, batch);
            await emitter.EmitAsync(RecordType.Runs, payload, _scope, cancellationToken).ConfigureAwait(false);
            foreach (Leaf leaf in batch)
            {
                await AddLeafAsync(new TileEntry(leaf, 0, 0, BundleCodec.None), emitter, cancellationToken).ConfigureAwait(false);
            }
        }

        _pendingRuns.Clear();
    }

    private ValueTask AddLeafAsync(TileEntry entry, RecordEmitter emitter, CancellationToken cancellationToken)
    {
        _frontier.Add(entry.Leaf);
        _tile[_tileCount++] = entry;
        return _tileCount == _tile.Length ? FlushTileAsync(emitter, cancellationToken) : ValueTask.CompletedTask;
    }

    private async ValueTask FlushTileAsync(RecordEmitter emitter, CancellationToken cancellationToken)
    {
        var payload = new byte[Tile.HeaderSize + (_tileCount * TileEntry.Size)];
        ReadOnlyMemory<TileEntry> entries = _tile.AsMemory(0, _tileCount);
        Tile.Write(payload, Info.Number, _frontier.Count - _tileCount, entries.Span);
        RecordPlace place = await emitter.EmitAsync(RecordType.Tile, payload, _scope, cancellationToken).ConfigureAwait(false);
        var entry = new IndexEntry(entries.Span[0].Leaf.Offset, _tileCount, place.Offset, place.PayloadLength, MerkleTree.HashTile(entries.Span));
        _tileCount = 0;
        await _index.AddTileAsync(entry, emitter, cancellationToken).ConfigureAwait(false);
    }
}
