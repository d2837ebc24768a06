using System.Collections.Immutable;
using Waybill.Bundles.Chains;
using Waybill.Bundles.Format;
using Waybill.Bundles.Salvaging;

namespace Waybill.Bundles;

/// <summary>Reads what is left of a stream. Every byte is checked against its digest again before it is returned. For one caller at a time.</summary>
/// <remarks>Made by <see cref="BundleSalvager.OpenStream"/>. What is unknown cannot be read; it never turns into zeros.</remarks>
public sealed class SalvagedContent : IAsyncDisposable
{
    private const int MaxPiece = 1024 * 1024;

    private readonly SalvagedCells _cells;
    private readonly ResolvedStream? _parent;

    internal SalvagedContent(SalvageReport report, SalvagedStream stream, ResolvedStream? parent)
    {
        Stream = stream;
        _parent = parent;
        _cells = new SalvagedCells(report, stream, parent);
    }

    /// <summary>Gets the stream.</summary>
    public SalvagedStream Stream { get; }

    /// <summary>Gets the size of the content as far as it is known.</summary>
    public long Length => Stream.KnownLength;

    /// <summary>Gets whether inherited ranges are filled from the parent.</summary>
    public bool HasParent => _parent is not null;

    /// <summary>Reads content that is known.</summary>
    /// <param name="offset">The first byte.</param>
    /// <param name="destination">Is filled.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>A task that completes when all of <paramref name="destination"/> is filled.</returns>
    /// <exception cref="WaybillException">
    /// <see cref="WaybillErrorCode.ContentUnknown"/>: a part is unknown, or is inherited and there is no parent or one that does not fit.
    /// <see cref="WaybillErrorCode.RangeOutsideStream"/>: the range ends behind <see cref="Length"/>.
    /// </exception>
    public async ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (offset > Length - destination.Length)
        {
            throw new WaybillException(WaybillErrorCode.RangeOutsideStream, $"Of the stream '{Stream.Label}' {Length} bytes are known; the range ends behind them");
        }

        while (!destination.IsEmpty)
        {
            int index = Stream.Leaves.IndexOf(offset);
            if (index == Stream.Leaves.Count || Stream.Leaves[index].Leaf.Offset > offset)
            {
                throw Unknown(offset);
            }

            LeafClaim claim = Stream.Leaves[index];
            int take = (int)Math.Min(destination.Length, claim.Leaf.End - offset);
            if (!await ReadLeafAsync(claim, offset, destination[..take], cancellationToken).ConfigureAwait(false))
            {
                throw Unknown(offset);
            }

            offset += take;
            destination = destination[take..];
        }
    }

    /// <summary>Writes everything that is known to a volume, and nothing else.</summary>
    /// <param name="target">The volume to write; stays the caller's. It keeps what it held where nothing is known.</param>
    /// <param name="options">Limits; the defaults if <see langword="null"/>.</param>
    /// <param name="progress">Receives totals.</param>
    /// <param name="cancellationToken">Ends the call early; the target is then partly written.</param>
    /// <returns>What was not written. Check <see cref="SalvageRestoreResult.IsPartial"/> and mark the target.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.TargetTooSmall"/>, <see cref="WaybillErrorCode.RestoreBudgetExceeded"/>, or what writing reports.</exception>
    public async Task<SalvageRestoreResult> RestoreAsync(
        BlockWriter target, VolumeRestoreOptions? options = null, IProgress<BundleProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        VolumeRestorer.CheckSize(Length, target, options ?? new VolumeRestoreOptions(), Stream.Label);
        ImmutableArray<SalvageRange>.Builder missing = ImmutableArray.CreateBuilder<SalvageRange>();
        long position = 0;
        for (int i = 0; i < Stream.Leaves.Count; i++)
        {
            LeafClaim claim = Stream.Leaves[i];
            AddMissing(missing, position, claim.Leaf.Offset, SalvageState.Unknown);
            await RestoreLeafAsync(claim, target, missing, cancellationToken).ConfigureAwait(false);
            position = claim.Leaf.End;
            progress?.Report(new BundleProgress(Stream.Label, position, Length, position));
        }

        AddMissing(missing, position, Length, SalvageState.Unknown);
        await target.CompleteAsync(cancellationToken).ConfigureAwait(false);
        return new SalvageRestoreResult
        {
            RestoredBytes = Length - missing.Sum(m => m.Range.Length),
            Missing = missing.ToImmutable(),
            EndUnknown = Stream.VirtualLength is null,
        };
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _cells.Dispose();
        if (_parent is not null)
        {
            await _parent.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static void AddMissing(ImmutableArray<SalvageRange>.Builder missing, long start, long end, SalvageState state)
    {
        if (end <= start)
        {
            return;
        }

        if (missing.Count > 0 && missing[^1] is var last && last.State == state && last.Range.End == start)
        {
            missing[^1] = last with { Range = ByteRange.FromBounds(last.Range.Offset, end) };
        }
        else
        {
            missing.Add(new SalvageRange(ByteRange.FromBounds(start, end), state));
        }
    }

    /// <summary>Reads a part of one leaf.</summary>
    /// <returns>Whether all of the part is known.</returns>
    private async ValueTask<bool> ReadLeafAsync(LeafClaim claim, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        switch (claim.Leaf.State)
        {
            case LeafState.Zero:
                destination.Span.Clear();
                return true;
            case LeafState.Inherit:
                return await _cells.TryReadParentAsync(offset, destination, cancellationToken).ConfigureAwait(false);
            default:
                SalvagedCell? cell = await _cells.ReadAsync(claim, cancellationToken).ConfigureAwait(false);
                var part = new ByteRange(offset, destination.Length);
                if (cell is null || cell.Inherited.Any(r => !r.Intersect(part).IsEmpty))
                {
                    return false;
                }

                cell.Bytes.AsMemory((int)(offset - claim.Leaf.Offset), destination.Length).CopyTo(destination);
                return true;
        }
    }

    private async ValueTask RestoreLeafAsync(LeafClaim claim, BlockWriter target, ImmutableArray<SalvageRange>.Builder missing, CancellationToken cancellationToken)
    {
        Leaf leaf = claim.Leaf;
        switch (leaf.State)
        {
            case LeafState.Zero when target.StartsZeroed:
                break;
            case LeafState.Zero:
                await target.WriteZeroesAsync(new ByteRange(leaf.Offset, leaf.Length), cancellationToken).ConfigureAwait(false);
                break;
            case LeafState.Inherit:
                await RestoreInheritedAsync(leaf, target, missing, cancellationToken).ConfigureAwait(false);
                break;
            default:
                SalvagedCell? cell = await _cells.ReadAsync(claim, cancellationToken).ConfigureAwait(false);
                if (cell is null)
                {
                    AddMissing(missing, leaf.Offset, leaf.End, SalvageState.Unknown);
                    break;
                }

                long position = leaf.Offset;
                foreach (ByteRange gap in cell.Inherited.Append(new ByteRange(leaf.End, 0)))
                {
                    await WriteAsync(target, position, cell.Bytes.AsMemory((int)(position - leaf.Offset), (int)(gap.Offset - position)), cancellationToken).ConfigureAwait(false);
                    AddMissing(missing, gap.Offset, gap.End, SalvageState.Inherited);
                    position = gap.End;
                }

                break;
        }
    }

    private async ValueTask RestoreInheritedAsync(Leaf leaf, BlockWriter target, ImmutableArray<SalvageRange>.Builder missing, CancellationToken cancellationToken)
    {
        long position = leaf.Offset;
        if (_parent is not null)
        {
            // A run can inherit very many zeros; the parent's leaves tell where they are.
            IAsyncEnumerator<(ByteRange Range, LeafState State)> runs = _parent.ListPartAsync(new ByteRange(leaf.Offset, leaf.Length), cancellationToken).GetAsyncEnumerator(cancellationToken);
            await using (runs.ConfigureAwait(false))
            {
                while (await SalvagedCells.TryMoveNextAsync(runs).ConfigureAwait(false))
                {
                    (ByteRange run, LeafState state) = runs.Current;
                    if (state != LeafState.Zero)
                    {
                        await CopyInheritedAsync(run, target, missing, cancellationToken).ConfigureAwait(false);
                    }
                    else if (!target.StartsZeroed)
                    {
                        await target.WriteZeroesAsync(run, cancellationToken).ConfigureAwait(false);
                    }

                    position = run.End;
                }
            }
        }

        await CopyInheritedAsync(ByteRange.FromBounds(position, leaf.End), target, missing, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask CopyInheritedAsync(ByteRange range, BlockWriter target, ImmutableArray<SalvageRange>.Builder missing, CancellationToken cancellationToken)
    {
        if (_parent is null)
        {
            AddMissing(missing, range.Offset, range.End, SalvageState.Inherited);
            return;
        }

        var buffer = new byte[(int)Math.Min(MaxPiece, range.Length)];
        for (long position = range.Offset; position < range.End;)
        {
            // Pieces end on the grid, so that the parent decodes each cell once.
            long end = position + Math.Min(range.End - position, MaxPiece - (position % MaxPiece));
            Memory<byte> piece = buffer.AsMemory(0, (int)(end - position));
            if (await _cells.TryReadParentAsync(position, piece, cancellationToken).ConfigureAwait(false))
            {
                await WriteAsync(target, position, piece, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                AddMissing(missing, position, end, SalvageState.Inherited);
            }

            position = end;
        }
    }

    private static ValueTask WriteAsync(BlockWriter target, long offset, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        bytes.IsEmpty ? ValueTask.CompletedTask : VolumeRestorer.WriteSparselyAsync(target, offset, bytes, cancellationToken);

    private WaybillException Unknown(long offset) =>
        new(WaybillErrorCode.ContentUnknown, $"The content of the stream '{Stream.Label}' at {offset} is not known")
        {
            ObjectName = Stream.Label,
            Offset = offset,
            Hint = "Salvage found no intact copy of it. If the stream is incremental, give the parent.",
        };
}
