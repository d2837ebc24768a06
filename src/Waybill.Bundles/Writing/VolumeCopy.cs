using System.Runtime.CompilerServices;
using Waybill.Bundles.Chains;
using Waybill.Bundles.Format;

namespace Waybill.Bundles.Writing;

/// <summary>Cuts a source into jobs: cells to read, and runs that are known without reading.</summary>
internal sealed class VolumeCopy(WriterCore core, StreamBuilder stream, BlockReader source, long length, IProgress<BundleProgress>? progress)
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

            foreach (ByteRange cell in Grid.Cut(cells, _cellSize))
            {
                yield return new SourceCellJob(core, stream, progress, length, source, cell);
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

            foreach (ByteRange cell in Grid.Cut(cells, _cellSize))
            {
                yield return new DeltaCellJob(core, stream, progress, source, length, parent, cell, null, compareListed: false);
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
        while (position < length)
        {
            long nextCell = next < changed.Count ? changed[next].Offset / _cellSize * _cellSize : length;
            if (nextCell > position)
            {
                yield return Run(LeafState.Inherit, ByteRange.FromBounds(position, nextCell));
                position = nextCell;
                continue;
            }

            var cell = new ByteRange(position, Math.Min(_cellSize, length - position));
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

            yield return new DeltaCellJob(core, stream, progress, source, length, parent, cell, inCell, compareListed);
            position = cell.End;
        }
    }

    private RunJob Run(LeafState state, ByteRange range) => new(core, stream, progress, length, state, range);

    /// <summary>Splits the whole length, on cell boundaries, into parts that may hold data and parts that are zeros.</summary>
    private async IAsyncEnumerable<(ByteRange Cells, bool MayHoldData)> SplitAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long position = 0;
        long reported = 0;
        await foreach (ByteRange range in SourceReading.ListDataRangesAsync(source, stream.Info.Name, cancellationToken).ConfigureAwait(false))
        {
            if (range.Length <= 0 || range.Offset < reported || range.Offset > length - range.Length)
            {
                // What lies before was stated as zeros already; going on would lose the data there.
                throw new ProviderException(WaybillErrorCode.ChangedRangesInvalid, stream.Info.Name, "The source reports ranges of data that are not ascending, disjoint and inside it")
                {
                    ObjectName = stream.Info.Name,
                    Offset = range.Offset,
                };
            }

            reported = range.End;
            long start = Math.Max(position, Grid.Down(range.Offset, _cellSize));
            long end = Grid.Up(range.End, _cellSize, length);
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

        if (position < length)
        {
            yield return (ByteRange.FromBounds(position, length), false);
        }
    }
}
