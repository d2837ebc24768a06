using Waybill.Bundles.Chains;
using Waybill.Bundles.Format;
using Waybill.Bundles.Reading;

namespace Waybill.Bundles.Writing;

/// <summary>A cell of an incremental stream: compared with the parent, or picked by a list of changed ranges.</summary>
/// <param name="core">What all jobs share.</param>
/// <param name="stream">The stream.</param>
/// <param name="progress">Where progress goes.</param>
/// <param name="source">The content.</param>
/// <param name="length">The size of the content.</param>
/// <param name="parent">The parent's content.</param>
/// <param name="cell">The cell.</param>
/// <param name="changed">The parts of the cell that may differ, aligned to blocks; <see langword="null"/> to compare all of it.</param>
/// <param name="compareListed">Whether listed parts are compared too, for lists that may be coarse.</param>
/// <param name="release">Is called once the content is no longer needed.</param>
internal sealed class DeltaCellJob(
    WriterCore core, StreamBuilder stream, IProgress<BundleProgress>? progress, BlockReader source, long length, ResolvedStream parent, ByteRange cell,
    IReadOnlyList<ByteRange>? changed, bool compareListed, Action? release = null)
    : CellJob(core, stream, progress, length)
{
    private readonly int _blockSize = stream.Info.BlockSize;
    private readonly int _blocks = BlockMask.BlockCount(cell.Length, stream.Info.BlockSize);
    private Action? _release = release;

    public override bool NeedsWorker => true;

    public override void Abandon(Exception cause)
    {
        ReleaseSource();
        base.Abandon(cause);
    }

    protected override async ValueTask ProcessAsync(CellWorker worker, CancellationToken cancellationToken)
    {
        SetResult(changed is null || (compareListed && changed.Sum(r => r.Length) == cell.Length)
            ? await CompareAsync(worker, cancellationToken).ConfigureAwait(false)
            : await PickAsync(worker, changed, cancellationToken).ConfigureAwait(false));
        ReleaseSource();
    }

    private void ReleaseSource()
    {
        _release?.Invoke();
        _release = null;
    }

    private async ValueTask<CellResult> CompareAsync(CellWorker worker, CancellationToken cancellationToken)
    {
        Memory<byte> raw = worker.Cell.AsMemory(0, (int)cell.Length);
        await SourceReading.ReadExactlyAsync(source, cell.Offset, raw, Stream.Name, cancellationToken).ConfigureAwait(false);
        if (CellEncoder.IsZero(raw.Span))
        {
            return CellResult.Run(LeafState.Zero, cell.Offset, cell.Length);
        }

        Digest digest = CellDecoder.HashCell(raw.Span);
        CellFacts known = await parent.DescribeCellAsync(cell.Offset, cell.Length, cancellationToken).ConfigureAwait(false);
        if (known.Digest == digest)
        {
            return Runs([Leaf.Run(LeafState.Inherit, cell.Offset, cell.Length)], digest);
        }

        if (known.IsZero || parent.Length <= cell.Offset)
        {
            // Nothing but zeros to compare with: every block is data or zero, as in a full backup.
            return Express(worker, ClassifyAgainst(raw.Span, default), raw, digest);
        }

        ReadOnlyMemory<byte> before = await ReadParentAsync(worker, cancellationToken).ConfigureAwait(false);
        return Express(worker, ClassifyAgainst(raw.Span, before.Span), raw, digest);
    }

    private async ValueTask<CellResult> PickAsync(CellWorker worker, IReadOnlyList<ByteRange> ranges, CancellationToken cancellationToken)
    {
        Memory<byte> raw = worker.Cell.AsMemory(0, (int)cell.Length);
        long listed = ranges.Sum(r => r.Length);
        if (listed == cell.Length || (!compareListed && listed >= Core.Options.WholeCellThreshold * cell.Length))
        {
            await SourceReading.ReadExactlyAsync(source, cell.Offset, raw, Stream.Name, cancellationToken).ConfigureAwait(false);
            return WholeCell.Encode(worker, Stream, cell.Offset, raw.Span);
        }

        ReadOnlyMemory<byte> before = compareListed ? await ReadParentAsync(worker, cancellationToken).ConfigureAwait(false) : default;
        var states = new BlockState[_blocks];
        foreach (ByteRange range in ranges)
        {
            Memory<byte> part = raw.Slice((int)(range.Offset - cell.Offset), (int)range.Length);
            await SourceReading.ReadExactlyAsync(source, range.Offset, part, Stream.Name, cancellationToken).ConfigureAwait(false);
            for (int block = (int)((range.Offset - cell.Offset) / _blockSize); block * (long)_blockSize < range.End - cell.Offset; block++)
            {
                states[block] = Classify(block, raw.Span, before.Span);
            }
        }

        return Express(worker, states, raw, default);
    }

    private async ValueTask<ReadOnlyMemory<byte>> ReadParentAsync(CellWorker worker, CancellationToken cancellationToken)
    {
        int known = (int)Math.Clamp(parent.Length - cell.Offset, 0, cell.Length);
        Memory<byte> before = worker.Parent.AsMemory(0, known);
        await parent.ReadAsync(cell.Offset, before, cancellationToken).ConfigureAwait(false);
        return before;
    }

    private BlockState[] ClassifyAgainst(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> before)
    {
        var states = new BlockState[_blocks];
        for (int block = 0; block < _blocks; block++)
        {
            states[block] = Classify(block, raw, before);
        }

        return states;
    }

    /// <summary>Compares a block with the parent's; a block the parent cannot lend (spec I-03) counts as changed.</summary>
    private BlockState Classify(int block, ReadOnlySpan<byte> raw, ReadOnlySpan<byte> before)
    {
        ReadOnlySpan<byte> now = Block(raw, block);
        int start = block * _blockSize;
        bool inheritable = start + now.Length <= before.Length && (now.Length == _blockSize || Stream.ParentLength == length);
        if (inheritable && now.SequenceEqual(before.Slice(start, now.Length)))
        {
            return BlockState.Inherit;
        }

        return CellEncoder.IsZero(now) ? BlockState.Zero : BlockState.Data;
    }

    private CellResult Express(CellWorker worker, BlockState[] states, ReadOnlyMemory<byte> raw, Digest digest)
    {
        int dataBlocks = states.Count(s => s == BlockState.Data);
        if (dataBlocks == 0)
        {
            return Runs(MaskedCell.ToRuns(states, Stream, cell), digest);
        }

        // Without anything to inherit the cell stands alone; with little to inherit it is simpler and dedups better whole.
        bool wholeIsKnown = !digest.IsDefault;
        if (!states.Contains(BlockState.Inherit) || (wholeIsKnown && dataBlocks >= Core.Options.WholeCellThreshold * _blocks))
        {
            return WholeCell.Encode(worker, Stream, cell.Offset, raw.Span);
        }

        return MaskedCell.Encode(worker, Stream, cell, states, raw.Span, digest);
    }

    private CellResult Runs(List<Leaf> runs, Digest digest) => new()
    {
        Length = cell.Length,
        Content = digest.IsDefault ? CellContent.Unknown : CellContent.Digest,
        ContentDigest = digest,
        Runs = runs,
    };

    private ReadOnlySpan<byte> Block(ReadOnlySpan<byte> raw, int block) =>
        raw.Slice(block * _blockSize, BlockMask.BlockLength(block, _blockSize, cell.Length));
}
