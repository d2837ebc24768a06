using System.Runtime.CompilerServices;
using Waybill.Bundles.Chains;
using Waybill.Bundles.Format;

namespace Waybill.Bundles.Writing;

/// <summary>Cuts a source into jobs: cells to read, and runs that are known without reading.</summary>
internal sealed class VolumeCopy(WriterCore core, StreamBuilder stream, BlockReader source, IProgress<BundleProgress>? progress)
{
    private readonly int _cellSize = stream.Info.CellSize;

    /// <summary>Every cell that may hold data is read; the rest is zeros.</summary>
    public async IAsyncEnumerable<PipelineJob> FullAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach ((ByteRange cells, bool mayHoldData) in SplitAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!mayHoldData)
            {
                yield return Run(LeafState.Zero, cells);
                continue;
            }

            foreach (ByteRange cell in Cells(cells))
            {
                yield return new SourceCellJob(core, stream, progress, source.Length, source, cell);
            }
        }
    }

    /// <summary>Every cell that may hold data is read and compared with the parent.</summary>
    public async IAsyncEnumerable<PipelineJob> CompareAsync(ResolvedStream parent, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach ((ByteRange cells, bool mayHoldData) in SplitAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!mayHoldData)
            {
                yield return Run(LeafState.Zero, cells);
                continue;
            }

            foreach (ByteRange cell in Cells(cells))
            {
                yield return new DeltaCellJob(core, stream, progress, source, parent, cell, null, compareListed: false);
            }
        }
    }

    /// <summary>Only what is listed is read, the rest is inherited.</summary>
    /// <param name="parent">The parent's content.</param>
    /// <param name="changed">The ranges, aligned to blocks.</param>
    /// <param name="compareListed">Whether listed ranges are compared with the parent, for lists that may be coarse.</param>
    public IEnumerable<PipelineJob> Listed(ResolvedStream parent, List<ByteRange> changed, bool compareListed)
    {
        long position = 0;
        int next = 0;
        while (position < source.Length)
        {
            long nextCell = next < changed.Count ? changed[next].Offset / _cellSize * _cellSize : source.Length;
            if (nextCell > position)
            {
                yield return Run(LeafState.Inherit, ByteRange.FromBounds(position, nextCell));
                position = nextCell;
                continue;
            }

            var cell = new ByteRange(position, Math.Min(_cellSize, source.Length - position));
            var inCell = new List<ByteRange>();
            while (next < changed.Count && changed[next].Offset < cell.End)
            {
                inCell.Add(changed[next].Intersect(cell));
                if (changed[next].End > cell.End)
                {
                    changed[next] = ByteRange.FromBounds(cell.End, changed[next].End);
                    break;
                }

                next++;
            }

            yield return new DeltaCellJob(core, stream, progress, source, parent, cell, inCell, compareListed);
            position = cell.End;
        }
    }

    private RunJob Run(LeafState state, ByteRange range) => new(core, stream, progress, source.Length, state, range);

    private IEnumerable<ByteRange> Cells(ByteRange range)
    {
        for (long offset = range.Offset; offset < range.End; offset += _cellSize)
        {
            yield return new ByteRange(offset, Math.Min(_cellSize, range.End - offset));
        }
    }

    /// <summary>Splits the whole length, on cell boundaries, into parts that may hold data and parts that are zeros.</summary>
    private async IAsyncEnumerable<(ByteRange Cells, bool MayHoldData)> SplitAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long position = 0;
        await foreach (ByteRange range in source.GetDataRangesAsync(cancellationToken).ConfigureAwait(false))
        {
            if (range.Length <= 0 || range.Offset < 0 || range.Offset > source.Length - range.Length)
            {
                throw new ProviderException(WaybillErrorCode.ChangedRangesInvalid, stream.Info.Name, "The source reports data outside itself") { ObjectName = stream.Info.Name, Offset = range.Offset };
            }

            long start = Math.Max(position, range.Offset / _cellSize * _cellSize);
            long end = Math.Min(source.Length, ((range.End - 1) / _cellSize * _cellSize) + _cellSize);
            if (start > position)
            {
                yield return (ByteRange.FromBounds(position, start), false);
            }

            if (end > start)
            {
                yield return (ByteRange.FromBounds(start, end), true);
                position = end;
            }
        }

        if (position < source.Length)
        {
            yield return (ByteRange.FromBounds(position, source.Length), false);
        }
    }
}
