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
        await foreach ((ByteRange range, LeafState state) in ListAsync(0, new ByteRange(0, Length), cancellationToken).ConfigureAwait(false))
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
    public IAsyncEnumerable<(ByteRange Range, LeafState State)> ListPartAsync(ByteRange part, CancellationToken cancellationToken) => ListAsync(0, part, cancellationToken);

    /// <summary>Fills a whole cell and says of each block whether it is data, zero, or still inherited from below the chain at hand.</summary>
    /// <returns>The digest of the whole cell if a masked leaf states it; otherwise the default value.</returns>
    public async ValueTask<Digest> ComposeCellAsync(ByteRange cell, Memory<byte> destination, CellStates states, CancellationToken cancellationToken)
    {
        CellDecoder decoder = _decoders.TryTake(out CellDecoder? free) ? free : new CellDecoder(_cellSize);
        try
        {
            await FillAsync(0, cell.Offset, destination, states, decoder, cancellationToken).ConfigureAwait(false);
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
            await FillAsync(0, cellStart, cell, null, decoder, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _decoders.Add(decoder);
        }
    }

    /// <summary>Fills a range that lies inside one cell, as the bundle at a level of the chain sees it.</summary>
    private async ValueTask FillAsync(
        int levelNumber, long offset, Memory<byte> destination, CellStates? states, CellDecoder decoder, CancellationToken cancellationToken)
    {
        if (levelNumber == _levels.Length)
        {
            // Below the chain at hand: only a merge of incremental bundles comes here, and it says what it still inherits.
            states!.Mark(offset, destination.Length, BlockState.Inherit);
            return;
        }

        Level level = _levels[levelNumber];
        while (!destination.IsEmpty)
        {
            TileEntry entry = await level.Index.FindAsync(offset, cancellationToken).ConfigureAwait(false);
            Leaf leaf = entry.Leaf;
            int take = (int)Math.Min(leaf.End - offset, destination.Length);
            Memory<byte> part = destination[..take];
            switch (leaf.State)
            {
                case LeafState.Zero:
                    part.Span.Clear();
                    states?.Mark(offset, take, BlockState.Zero);
                    break;
                case LeafState.Inherit:
                    await FillAsync(levelNumber + 1, offset, part, states, decoder, cancellationToken).ConfigureAwait(false);
                    break;
                case LeafState.Data when take == leaf.Length:
                    await level.Chunks.ReadAsync(entry, decoder, part, cancellationToken).ConfigureAwait(false);
                    states?.Mark(offset, take, BlockState.Data);
                    break;
                case LeafState.Data:
                    await level.Chunks.ReadAsync(entry, decoder, decoder.Raw, cancellationToken).ConfigureAwait(false);
                    decoder.Raw.AsMemory((int)(offset - leaf.Offset), take).CopyTo(part);
                    states?.Mark(offset, take, BlockState.Data);
                    break;
                default:
                    await FillMaskedAsync(levelNumber, entry, offset, part, states, decoder, cancellationToken).ConfigureAwait(false);
                    break;
            }

            offset += take;
            destination = destination[take..];
        }
    }

    private async ValueTask FillMaskedAsync(
        int levelNumber, TileEntry entry, long offset, Memory<byte> part, CellStates? states, CellDecoder decoder, CancellationToken cancellationToken)
    {
        StreamInfo stream = _levels[levelNumber].Stream;
        DecodedChunk chunk = await _levels[levelNumber].Chunks.ReadAsync(entry, decoder, decoder.Raw, cancellationToken).ConfigureAwait(false);
        List<ByteRange> inherited = PlaceBlocks(stream, chunk, offset, part.Span, states, decoder.Raw);

        // The decoder's buffers are free again from here on, so one decoder serves a chain of any length.
        foreach (ByteRange range in inherited)
        {
            LeafRules.CheckInherited(stream, lengthKnown: true, Math.Min(range.End, entry.Leaf.End), entry.RecordOffset);
            await FillAsync(levelNumber + 1, range.Offset, part.Slice((int)(range.Offset - offset), (int)range.Length), states, decoder, cancellationToken).ConfigureAwait(false);
        }

        bool wholeCell = part.Length == entry.Leaf.Length && states is not { InheritsAny: true };
        if (wholeCell && !chunk.CellDigest.IsDefault && CellDecoder.HashCell(part.Span) != chunk.CellDigest)
        {
            throw new BundleFormatException(WaybillErrorCode.DigestMismatch, $"A cell of the stream '{stream.Name}' at {offset} does not match its digest once the parent's blocks are filled in")
            {
                Offset = entry.RecordOffset,
                Hint = "The parent's content is not what this bundle was made against.",
            };
        }
    }

    /// <summary>Copies present blocks, clears zero ones and returns the ranges to inherit, clipped to the part wanted.</summary>
    private static List<ByteRange> PlaceBlocks(StreamInfo stream, DecodedChunk chunk, long offset, Span<byte> part, CellStates? states, ReadOnlySpan<byte> raw)
    {
        var inherited = new List<ByteRange>();
        var wanted = new ByteRange(offset, part.Length);
        int blocks = BlockMask.BlockCount(chunk.Leaf.Length, stream.BlockSize);
        int rawPosition = 0;
        foreach ((int first, int count, BlockState state) in BlockMask.Runs(chunk.Mask, blocks))
        {
            long start = chunk.Leaf.Offset + ((long)first * stream.BlockSize);
            long end = Math.Min(start + ((long)count * stream.BlockSize), chunk.Leaf.End);
            ByteRange visible = ByteRange.FromBounds(start, end).Intersect(wanted);
            if (visible.Length > 0)
            {
                Span<byte> target = part.Slice((int)(visible.Offset - offset), (int)visible.Length);
                states?.Mark(visible.Offset, visible.Length, state);
                switch (state)
                {
                    case BlockState.Data:
                        raw.Slice(rawPosition + (int)(visible.Offset - start), target.Length).CopyTo(target);
                        break;
                    case BlockState.Zero:
                        target.Clear();
                        break;
                    default:
                        inherited.Add(visible);
                        break;
                }
            }

            rawPosition += state == BlockState.Data ? (int)(end - start) : 0;
        }

        return inherited;
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

    private async IAsyncEnumerable<(ByteRange Range, LeafState State)> ListAsync(int levelNumber, ByteRange range, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (range.IsEmpty)
        {
            yield break;
        }

        if (levelNumber == _levels.Length)
        {
            yield return (range, LeafState.Inherit);
            yield break;
        }

        await foreach (TileEntry entry in _levels[levelNumber].Index.ListAsync(range.Offset, cancellationToken).ConfigureAwait(false))
        {
            if (entry.Leaf.Offset >= range.End)
            {
                yield break;
            }

            ByteRange visible = new ByteRange(entry.Leaf.Offset, entry.Leaf.Length).Intersect(range);
            if (entry.Leaf.State == LeafState.Inherit)
            {
                await foreach ((ByteRange Range, LeafState State) inherited in ListAsync(levelNumber + 1, visible, cancellationToken).ConfigureAwait(false))
                {
                    yield return inherited;
                }
            }
            else
            {
                yield return (visible, entry.Leaf.State == LeafState.Zero ? LeafState.Zero : LeafState.Data);
            }
        }
    }

    private sealed record Level(StreamInfo Stream, LeafIndex Index, ChunkReader Chunks);
}
