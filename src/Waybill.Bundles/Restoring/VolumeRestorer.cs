using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Waybill.Bundles.Format;
using Waybill.Bundles.Writing;

namespace Waybill.Bundles;

/// <summary>Writes the content of a stream to a volume. Every byte is verified before it is written.</summary>
public static class VolumeRestorer
{
    private const int PieceLength = 1024 * 1024;

    // Pieces that wait for the target while the workers go on. The threads of DirectRanges need no more to be busy.
    private const int PiecesBeingWritten = 2;

    // What a file system allocates at once; smaller holes would cost more than they save.
    private const int HoleGranularity = 4096;

    /// <summary>Restores a volume. Zeros are not written to a target that starts zeroed, and are made by the target's own means elsewhere.</summary>
    /// <param name="content">The content, from <see cref="BundleChain.OpenStream"/>; stays the caller's.</param>
    /// <param name="target">The volume to write; stays the caller's. What lies behind the content's length is left alone.</param>
    /// <param name="options">Limits; the defaults if <see langword="null"/>.</param>
    /// <param name="name">The stream's name, for progress.</param>
    /// <param name="progress">Receives totals; may be called often and from any thread.</param>
    /// <param name="cancellationToken">Ends the call early; the target is then partly written.</param>
    /// <returns>A task that ends when everything is written and durable.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.TargetTooSmall"/>, <see cref="WaybillErrorCode.RestoreBudgetExceeded"/>, or what reading and writing report.</exception>
    public static async Task RestoreAsync(
        BlockReader content, BlockWriter target, VolumeRestoreOptions? options = null, string name = "", IProgress<BundleProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        ArgumentNullException.ThrowIfNull(target);
        options ??= new VolumeRestoreOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Workers, 1, nameof(options));
        CheckSize(content.Length, target, options, name);

        // Aligned, so that a local file can be written past the page cache.
        var buffers = new ConcurrentBag<Memory<byte>>();
        long done = 0;
        using var decoding = new SemaphoreSlim(options.Workers);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Workers + PiecesBeingWritten, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(PiecesAsync(content, target.StartsZeroed, name, cancellationToken), parallel, async (piece, token) =>
        {
            if (piece.IsZero)
            {
                await target.WriteZeroesAsync(piece.Range, token).ConfigureAwait(false);
            }
            else
            {
                Memory<byte> buffer = buffers.TryTake(out Memory<byte> free) ? free : DirectRanges.AllocateAligned(PieceLength);
                Memory<byte> bytes = buffer[..(int)piece.Range.Length];
                await decoding.WaitAsync(token).ConfigureAwait(false);
                try
                {
                    await SourceReading.ReadExactlyAsync(content, piece.Range.Offset, bytes, name, token).ConfigureAwait(false);
                }
                finally
                {
                    decoding.Release();
                }

                await WriteSparselyAsync(target, piece.Range.Offset, bytes, token).ConfigureAwait(false);
                buffers.Add(buffer);
            }

            long total = Interlocked.Add(ref done, piece.Range.Length);
            progress?.Report(new BundleProgress(name, total, content.Length, total));
        }).ConfigureAwait(false);
        await target.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Refuses what would not fit, or is more than the caller allows.</summary>
    internal static void CheckSize(long length, BlockWriter target, VolumeRestoreOptions options, string name)
    {
        if (length > options.MaxRestoredBytes)
        {
            throw new WaybillException(WaybillErrorCode.RestoreBudgetExceeded, $"The volume would have {length} bytes; {options.MaxRestoredBytes} are allowed") { ObjectName = name };
        }

        if (target.Length < length)
        {
            throw new WaybillException(WaybillErrorCode.TargetTooSmall, $"The target has {target.Length} bytes; the volume has {length}") { ObjectName = name };
        }
    }

    private static async IAsyncEnumerable<(ByteRange Range, bool IsZero)> PiecesAsync(
        BlockReader content, bool skipZeros, string name, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long position = 0;
        await foreach (ByteRange range in SourceReading.ListDataRangesAsync(content, name, cancellationToken).ConfigureAwait(false))
        {
            if (range.Offset > position && !skipZeros)
            {
                yield return (ByteRange.FromBounds(position, range.Offset), true);
            }

            position = Math.Max(position, range.Offset);

            // Pieces end on the grid, so that each needs as few cells as can be.
            foreach (ByteRange piece in Grid.Cut(ByteRange.FromBounds(position, Math.Max(position, range.End)), PieceLength))
            {
                yield return (piece, false);
                position = piece.End;
            }
        }

        if (position < content.Length && !skipZeros)
        {
            yield return (ByteRange.FromBounds(position, content.Length), true);
        }
    }

    /// <summary>Writes bytes, but makes holes where they are zeros.</summary>
    internal static async ValueTask WriteSparselyAsync(BlockWriter target, long offset, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        int position = 0;
        while (position < bytes.Length)
        {
            bool zero = IsZeroAt(bytes.Span, position);
            int end = position;
            while (end < bytes.Length && IsZeroAt(bytes.Span, end) == zero)
            {
                end = Math.Min(bytes.Length, end + HoleGranularity);
            }

            if (!zero)
            {
                await target.WriteAsync(offset + position, bytes[position..end], cancellationToken).ConfigureAwait(false);
            }
            else if (!target.StartsZeroed)
            {
                await target.WriteZeroesAsync(new ByteRange(offset + position, end - position), cancellationToken).ConfigureAwait(false);
            }

            position = end;
        }
    }

    private static bool IsZeroAt(ReadOnlySpan<byte> bytes, int position) =>
        CellEncoder.IsZero(bytes.Slice(position, Math.Min(HoleGranularity, bytes.Length - position)));
}
