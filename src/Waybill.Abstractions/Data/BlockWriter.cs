namespace Waybill;

/// <summary>Writes the content of a volume, or of anything that looks like one, at any offset.</summary>
/// <remarks>
/// An implementation MUST allow concurrent calls on ranges that do not overlap. What was never written keeps what it held before;
/// <see cref="StartsZeroed"/> says whether that is zeros.
/// </remarks>
public abstract class BlockWriter : IAsyncDisposable
{
    /// <summary>Gets the size of the target in bytes.</summary>
    public abstract long Length { get; }

    /// <summary>Gets whether every byte reads as zero before the first write, so that zero ranges need no work.</summary>
    public abstract bool StartsZeroed { get; }

    /// <summary>Writes bytes.</summary>
    /// <param name="offset">Where the first byte goes.</param>
    /// <param name="source">The bytes; borrowed until the returned task completes.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>A task that completes when the bytes were handed over.</returns>
    public abstract ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default);

    /// <summary>Makes a range read as zeros, by punching holes, discarding or writing.</summary>
    /// <param name="range">The range.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>A task that completes when the range reads as zeros.</returns>
    public abstract ValueTask WriteZeroesAsync(ByteRange range, CancellationToken cancellationToken = default);

    /// <summary>Makes everything written durable.</summary>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>A task that completes when a power cut would lose nothing.</returns>
    public abstract ValueTask CompleteAsync(CancellationToken cancellationToken = default);

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
