using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Waybill.Bundles.Format;
using Waybill.Bundles.Reading;

namespace Waybill.Bundles.Chains;

/// <summary>What is known of a cell without reading all of it.</summary>
internal readonly record struct CellFacts(bool IsZero, Digest Digest)
{
    public bool IsKnown => IsZero || !Digest.IsDefault;
}

/// <summary>The content of a stream with everything it inherits filled in. Every byte returned is verified.</summary>
internal sealed class ResolvedStream : BlockReader
{
    private const int CachedCells = 4;

    private readonly Level[] _levels;
    private readonly ConcurrentBag<CellDecoder> _decoders = [];
    private readonly LruCache<long, byte[]> _cells = new(CachedCells);
    private readonly int _cellSize;

    /// <summary>Makes the view.</summary>
    /// <param name="levels">
    /// The stream in each bundle of the chain, newest first, ending with one that has no parent; or earlier, if only <see cref="ComposeCellAsync"/>
    /// and <see cref="ListRunsAsync"/> are used.
    /// </param>
    public ResolvedStream(IReadOnlyList<(BundleReader Bundle, StreamInfo Stream)> levels)
    {
        _levels = [.. levels.Select(l => new Level(l.Stream, l.Bundle.OpenIndex(l.Stream), l.Bundle.OpenChunks(l.Stream)))];
        _cellSize = levels[0].Stream.CellSize;
    }

    public StreamInfo Info => _levels[0].Stream;

    public override long Length => Info.VirtualLength;

    public override async ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        int total = (int)Math.Min(destination.Length, Math.Max(0, Length - offset));
        int done = 0;
        while (done < total)
        {
            long cellStart = (offset + done) / _cellSize * _cellSize;
            int cellLength = (int)Math.Min(_cellSize, Length - cellStart);
            int inCell = (int)(offset + done - cellStart);
            int take = Math.Min(cellLength - inCell, total - done);
            Memory<byte> target = destination.Slice(done, take);
            if (take == cellLength)
            {
                await FillCellAsync(cellStart, target, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                byte[] cell = await ReadCachedCellAsync(cellStart, cellLength, cancellationToken).ConfigureAwait(false);
                cell.AsMemory(inCell, take).CopyTo(target);
            }

            done += take;
        }

        return total;
    }

    public override async IAsyncEnumerable<ByteRange> GetDataRangesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach ((ByteRange range, LeafState state) in ListRunsAsync(cancellationToken).ConfigureAwait(false))
        {
            if (state == LeafState.Data)
            {
                yield return range;
            }
        }
    }

    /// <summary>Lists maximal runs of the whole stream that may hold data (DATA), are zeros (ZERO), or lie below the chain at hand (INHERIT).</summary>
    public async IAsyncEnumerable<(ByteRange Range, LeafState State)> ListRunsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ByteRange pending = default;
        LeafState pendingState = LeafState.None;
        await foreach ((ByteRange range, LeafState state) in ListAsync(new ByteRange(0, Length), cancellationToken).ConfigureAwait(false))
        {
            if (state == pendingState)
            {
                pending = pending with { Length = pending.Length + range.Length };
                continue;
            }

            if (pending.Length > 0)
            {
                yield return (pending, pendingState);
            }

            pending = range;
            pendingState = state;
        }

        if (pending.Length > 0)
        {
            yield return (pending, pendingState);
        }
    }

    /// <summary>Lists the runs of a part in the same way, but not joined.</summary>
    public IAsyncEnumerable<(ByteRange Range, LeafState State)> ListPartAsync(ByteRange part, CancellationToken cancellationToken) => ListAsync(part, cancellationToken);

    /// <summary>Lists the cells that the newest bundle holds in part.</summary>
    public async IAsyncEnumerable<ByteRange> ListMaskedCellsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (TileEntry entry in _levels[0].Index.ListAsync(0, cancellationToken).ConfigureAwait(false))
        {
            if (entry.Leaf.State == LeafState.Masked)
            {
                yield return new ByteRange(entry.Leaf.Offset, entry.Leaf.Length);
            }
        }
    }

    /// <summary>Fills a whole cell and says of each block whether it is data, zero, or still inherited from below the chain at hand.</summary>
    /// <returns>The digest of the whole cell if a masked leaf states it; otherwise the default value.</returns>
    public async ValueTask<Digest> ComposeCellAsync(ByteRange cell, Memory<byte> destination, CellStates states, CancellationToken cancellationToken)
    {
        CellDecoder decoder = _decoders.TryTake(out CellDecoder? free) ? free : new CellDecoder(_cellSize);
        try
        {
            await FillAsync(cell, new CellTarget(cell.Offset, destination, states, decoder), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _decoders.Add(decoder);
        }

        CellFacts facts = await DescribeCellAsync(cell.Offset, cell.Length, cancellationToken).ConfigureAwait(false);
        return facts.Digest;
    }

    /// <summary>Says what a cell holds as far as that is known without reading inherited data.</summary>
    public async ValueTask<CellFacts> DescribeCellAsync(long offset, long length, CancellationToken cancellationToken)
    {
        if (offset + length > Length)
        {
            return default;
        }

        foreach (Level level in _levels)
        {
            TileEntry entry = await level.Index.FindAsync(offset, cancellationToken).ConfigureAwait(false);
            Leaf leaf = entry.Leaf;
            switch (leaf.State)
            {
                case LeafState.Data:
                    return leaf.Length == length ? new CellFacts(false, leaf.Digest) : default;
                case LeafState.Masked when leaf.Length == length:
                    return new CellFacts(false, await ReadCellDigestAsync(level, entry, cancellationToken).ConfigureAwait(false));
                case LeafState.Zero:
                    return leaf.End >= offset + length ? new CellFacts(true, default) : default;
                case LeafState.Inherit when leaf.End >= offset + length:
                    continue;
                default:
                    return default;
            }
        }

        return default;
    }

    /// <summary>Gets the digest of a cell that is one DATA leaf of one bundle of the chain; the default value if it is anything else.</summary>
    public async ValueTask<Digest> FindLeafDigestAsync(ByteRange cell, CancellationToken cancellationToken)
    {
        foreach (Level level in _levels)
        {
            Leaf leaf = (await level.Index.FindAsync(cell.Offset, cancellationToken).ConfigureAwait(false)).Leaf;
            if (leaf.State != LeafState.Inherit || leaf.End < cell.End)
            {
                return leaf.State == LeafState.Data && leaf.Length == cell.Length ? leaf.Digest : default;
            }
        }

        return default;
    }

    public override ValueTask DisposeAsync()
    {
        while (_decoders.TryTake(out CellDecoder? decoder))
        {
            decoder.Dispose();
        }

        return base.DisposeAsync();
    }

    private async ValueTask<byte[]> ReadCachedCellAsync(long cellStart, int cellLength, CancellationToken cancellationToken)
    {
        if (_cells.Find(cellStart) is { } cached)
        {
            return cached;
        }

        var cell = new byte[cellLength];
        await FillCellAsync(cellStart, cell, cancellationToken).ConfigureAwait(false);
        _cells.Add(cellStart, cell);
        return cell;
    }

    private async ValueTask FillCellAsync(long cellStart, Memory<byte> cell, CancellationToken cancellationToken)
    {
        CellDecoder decoder = _decoders.TryTake(out CellDecoder? free) ? free : new CellDecoder(_cellSize);
        try
        {
            await FillAsync(new ByteRange(cellStart, cell.Length), new CellTarget(cellStart, cell, null, decoder), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _decoders.Add(decoder);
        }
    }

    /// <summary>
    /// Fills ranges that lie inside one cell, level by level: what a bundle inherits is what is wanted of the next. However many pieces of a cell are
    /// inherited, each level is asked once, so its chunk is read and decoded once, and one decoder serves a chain of any length.
    /// </summary>
    private async ValueTask FillAsync(ByteRange cell, CellTarget target, CancellationToken cancellationToken)
    {
        IReadOnlyList<ByteRange> wanted = [cell];
        var masked = new Stack<(StreamInfo Stream, DecodedChunk Chunk, ByteRange Cell, long Place)>();
        foreach (Level level in _levels)
        {
            List<ByteRange> inherited = [];
            TileEntry chunkEntry = default;
            DecodedChunk? chunk = null;
            foreach (ByteRange range in wanted)
            {
                for (long offset = range.Offset; offset < range.End;)
                {
                    TileEntry entry = await level.Index.FindAsync(offset, cancellationToken).ConfigureAwait(false);
                    ByteRange part = ByteRange.FromBounds(offset, Math.Min(entry.Leaf.End, range.End));
                    offset = part.End;
                    switch (entry.Leaf.State)
                    {
                        case LeafState.Zero:
                            target.Clear(part);
                            break;
                        case LeafState.Inherit:
                            inherited.Add(part);
                            break;
                        case LeafState.Data when part.Length == entry.Leaf.Length:
                            await level.Chunks.ReadAsync(entry, target.Decoder, target.Slice(part), cancellationToken).ConfigureAwait(false);
                            target.MarkData(part);
                            break;
                        default:
                            // A cell has one chunk at most, so what was decoded for one piece serves the others.
                            chunkEntry = entry;
                            chunk ??= await level.Chunks.ReadAsync(entry, target.Decoder, target.Decoder.Raw, cancellationToken).ConfigureAwait(false);
                            target.Place(level.Stream, chunk.Value, part, entry.RecordOffset, inherited);
                            break;
                    }
                }
            }

            if (chunk is { CellDigest.IsDefault: false } whole && wanted is [ByteRange only] && only.Length == whole.Leaf.Length)
            {
                masked.Push((level.Stream, whole with { Mask = [] }, only, chunkEntry.RecordOffset));
            }

            wanted = inherited;
            if (wanted.Count == 0)
            {
                break;
            }
        }

        // Below the chain at hand: only a merge of incremental bundles comes here with anything left, and it says what it still inherits.
        target.MarkInherited(wanted);

        // From the bottom up, so that it is the oldest bundle that does not fit which is named.
        while (masked.TryPop(out (StreamInfo Stream, DecodedChunk Chunk, ByteRange Cell, long Place) filled))
        {
            target.CheckWhole(filled.Stream, filled.Chunk, filled.Cell, filled.Place);
        }
    }

    private async ValueTask<Digest> ReadCellDigestAsync(Level level, TileEntry entry, CancellationToken cancellationToken)
    {
        CellDecoder decoder = _decoders.TryTake(out CellDecoder? free) ? free : new CellDecoder(_cellSize);
        try
        {
            DecodedChunk chunk = await level.Chunks.ReadAsync(entry, decoder, decoder.Raw, cancellationToken).ConfigureAwait(false);
            return chunk.CellDigest;
        }
        finally
        {
            _decoders.Add(decoder);
        }
    }

    // Not by recursion: a chain can be long, and each run would go through all its levels, on a stack that can end before they do.
    private async IAsyncEnumerable<(ByteRange Range, LeafState State)> ListAsync(ByteRange range, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (range.IsEmpty)
        {
            yield break;
        }

        var open = new Stack<(IAsyncEnumerator<TileEntry> Leaves, ByteRange Range)>();
        try
        {
            open.Push((ListLeaves(0, range, cancellationToken), range));
            while (open.TryPeek(out (IAsyncEnumerator<TileEntry> Leaves, ByteRange Range) level))
            {
                if (!await level.Leaves.MoveNextAsync().ConfigureAwait(false) || level.Leaves.Current.Leaf.Offset >= level.Range.End)
                {
                    await open.Pop().Leaves.DisposeAsync().ConfigureAwait(false);
                    continue;
                }

                Leaf leaf = level.Leaves.Current.Leaf;
                ByteRange visible = new ByteRange(leaf.Offset, leaf.Length).Intersect(level.Range);
                if (leaf.State != LeafState.Inherit || open.Count == _levels.Length)
                {
                    yield return (visible, leaf.HasChunk ? LeafState.Data : leaf.State);
                }
                else
                {
                    open.Push((ListLeaves(open.Count, visible, cancellationToken), visible));
                }
            }
        }
        finally
        {
            while (open.TryPop(out (IAsyncEnumerator<TileEntry> Leaves, ByteRange Range) level))
            {
                await level.Leaves.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private IAsyncEnumerator<TileEntry> ListLeaves(int level, ByteRange range, CancellationToken cancellationToken) =>
        _levels[level].Index.ListAsync(range.Offset, cancellationToken).GetAsyncEnumerator(cancellationToken);

    private sealed record Level(StreamInfo Stream, LeafIndex Index, ChunkReader Chunks);
}
