using System.Runtime.CompilerServices;
using Waybill.Bundles.Chains;
using Waybill.Bundles.Format;
using Waybill.Providers;

namespace Waybill.Bundles.Writing;

/// <summary>Cuts a sequence of changes into jobs: each cell is put together in a buffer, what lies between is known without content.</summary>
internal sealed class ChangeCopy(WriterCore core, StreamBuilder stream, VolumeChangesRequest request, ResolvedStream? parent, IProgress<BundleProgress>? progress)
{
    private readonly int _cellSize = stream.Info.CellSize;
    private readonly List<ByteRange> _covered = [];
    private byte[]? _buffer;
    private long _position;
    private ByteRange _cell;

    /// <summary>Gets how many changes there were.</summary>
    public long Ranges { get; private set; }

    /// <summary>Gets how many bytes they covered.</summary>
    public long Bytes { get; private set; }

    public async IAsyncEnumerable<PipelineJob> JobsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            long end = 0;
            await foreach (VolumeChange change in request.Changes.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                Check(change, end);
                end = change.Range.End;
                Ranges++;
                Bytes += change.Range.Length;
                for (long offset = change.Range.Offset; offset < end;)
                {
                    if (_buffer is not null && offset >= _cell.End)
                    {
                        yield return await FinishCellAsync(cancellationToken).ConfigureAwait(false);
                    }

                    long wholeCells = change.Kind == ChangedRangeKind.Data ? 0 : ZeroCells(offset, end);
                    if (wholeCells > 0)
                    {
                        if (offset > _position)
                        {
                            yield return Between(offset);
                        }

                        yield return Run(LeafState.Zero, offset + wholeCells);
                        offset = _position;
                        continue;
                    }

                    if (_buffer is null)
                    {
                        long start = Grid.Down(offset, _cellSize);
                        if (start > _position)
                        {
                            yield return Between(start);
                        }

                        BeginCell(start);
                    }

                    offset = Add(change, offset);
                }
            }

            if (_buffer is not null)
            {
                yield return await FinishCellAsync(cancellationToken).ConfigureAwait(false);
            }

            if (_position < request.Length)
            {
                yield return Between(request.Length);
            }
        }
        finally
        {
            if (_buffer is { } unused)
            {
                core.CellBuffers.Return(unused);
                _buffer = null;
            }
        }
    }

    private void Check(in VolumeChange change, long end)
    {
        ByteRange range = change.Range;
        if (range.Length <= 0 || range.Offset < end || range.Offset > request.Length - range.Length)
        {
            throw new ProviderException(WaybillErrorCode.DeltaInvalid, request.Name, $"The changes of '{request.Name}' are not ascending, disjoint and inside its {request.Length} bytes")
            {
                ObjectName = request.Name,
                Offset = range.Offset,
                Hint = "Read everything and compare instead, and report it to whoever maintains the provider.",
            };
        }
    }

    private long ZeroCells(long offset, long end)
    {
        if (_buffer is not null || offset % _cellSize != 0)
        {
            return 0;
        }

        return (end == request.Length ? end : Grid.Down(end, _cellSize)) - offset;
    }

    private void BeginCell(long start)
    {
        _cell = new ByteRange(start, Math.Min(_cellSize, request.Length - start));
        _buffer = core.CellBuffers.Rent();
        _buffer.AsSpan(0, (int)_cell.Length).Clear();
        _covered.Clear();
    }

    private long Add(in VolumeChange change, long offset)
    {
        ByteRange part = ByteRange.FromBounds(offset, Math.Min(change.Range.End, _cell.End));
        if (change.Kind == ChangedRangeKind.Data)
        {
            change.Data.Span.Slice((int)(offset - change.Range.Offset), (int)part.Length).CopyTo(_buffer.AsSpan((int)(offset - _cell.Offset)));
        }

        if (_covered.Count > 0 && _covered[^1].End == part.Offset)
        {
            _covered[^1] = _covered[^1] with { Length = _covered[^1].Length + part.Length };
        }
        else
        {
            _covered.Add(part);
        }

        return part.End;
    }

    private async ValueTask<PipelineJob> FinishCellAsync(CancellationToken cancellationToken)
    {
        byte[] buffer = _buffer!;
        ByteRange cell = _cell;
        if (parent is null)
        {
            _buffer = null;
            _position = cell.End;
            return new BufferedCellJob(core, stream, progress, buffer, cell);
        }

        // Blocks are the unit of presence: what a change leaves out of one is what the parent has there.
        List<ByteRange> blocks = ChangedRanges.AlignToBlocks(_covered, stream.Info.BlockSize, request.Length);
        if (blocks.Sum(r => r.Length) >= core.Options.WholeCellThreshold * cell.Length)
        {
            // So much of it changed that it is stored whole, and so must be whole here.
            blocks = [cell];
        }

        if (blocks.Sum(r => r.Length) != _covered.Sum(r => r.Length))
        {
            await FillFromParentAsync(blocks, buffer, cancellationToken).ConfigureAwait(false);
        }

        _buffer = null;
        _position = cell.End;
        return new DeltaCellJob(
            core, stream, progress, new CellContentReader(buffer, cell), request.Length, parent, cell, blocks, request.CompareChanged,
            () => core.CellBuffers.Return(buffer));
    }

    private async ValueTask FillFromParentAsync(List<ByteRange> blocks, byte[] buffer, CancellationToken cancellationToken)
    {
        int next = 0;
        foreach (ByteRange block in blocks)
        {
            long position = block.Offset;
            while (position < block.End)
            {
                bool hasNext = next < _covered.Count && _covered[next].Offset < block.End;
                long until = hasNext ? _covered[next].Offset : block.End;
                if (until > position)
                {
                    await parent!.ReadAsync(position, buffer.AsMemory((int)(position - _cell.Offset), (int)(until - position)), cancellationToken).ConfigureAwait(false);
                }

                position = hasNext ? _covered[next++].End : block.End;
            }
        }
    }

    private RunJob Between(long end) => Run(parent is null ? LeafState.Zero : LeafState.Inherit, end);

    private RunJob Run(LeafState state, long end)
    {
        var range = ByteRange.FromBounds(_position, end);
        _position = end;
        return new RunJob(core, stream, progress, request.Length, state, range);
    }
}
