using Waybill.Bundles.Chains;
using Waybill.Bundles.Format;
using Waybill.Bundles.Writing;

namespace Waybill.Bundles.Merging;

/// <summary>A cell composed of what several bundles say of it. Its form depends on the result alone, so merging is associative (spec I-08).</summary>
internal sealed class MergeCellJob(WriterCore core, StreamBuilder stream, IProgress<BundleProgress>? progress, ResolvedStream view, ByteRange cell)
    : CellJob(core, stream, progress, view.Length)
{
    public override bool NeedsWorker => true;

    protected override async ValueTask ProcessAsync(CellWorker worker, CancellationToken cancellationToken)
    {
        Memory<byte> raw = worker.Cell.AsMemory(0, (int)cell.Length);
        var states = new CellStates(cell, Stream.BlockSize);
        Digest digest = await view.ComposeCellAsync(cell, raw, states, cancellationToken).ConfigureAwait(false);
        SetResult(Express(worker, states, raw.Span, digest));
    }

    private CellResult Express(CellWorker worker, CellStates states, ReadOnlySpan<byte> raw, Digest digest)
    {
        BlockState[] blocks = states.Blocks;
        if (!blocks.Contains(BlockState.Inherit))
        {
            return WholeCell.Encode(worker, Stream, cell.Offset, raw);
        }

        // A zero block inside a whole cell was data there; next to inherited blocks it must be marked as zero (M-21).
        for (int block = 0; block < blocks.Length; block++)
        {
            ReadOnlySpan<byte> content = raw.Slice(block * Stream.BlockSize, BlockMask.BlockLength(block, Stream.BlockSize, cell.Length));
            if (blocks[block] == BlockState.Data && CellEncoder.IsZero(content))
            {
                blocks[block] = BlockState.Zero;
            }
        }

        if (blocks.Contains(BlockState.Data))
        {
            return MaskedCell.Encode(worker, Stream, cell, blocks, raw, digest);
        }

        return new CellResult
        {
            Length = cell.Length,
            Content = digest.IsDefault ? CellContent.Unknown : CellContent.Digest,
            ContentDigest = digest,
            Runs = MaskedCell.ToRuns(blocks, Stream, cell),
        };
    }
}
