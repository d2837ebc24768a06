namespace Waybill;

/// <summary>Reads the content of a volume, or of anything that looks like one, at any offset.</summary>
/// <remarks>
/// An implementation MUST (1) return the same bytes for the same offset as long as it is open, (2) allow concurrent calls of
/// <see cref="ReadAsync"/>, (3) never return fewer bytes than asked for unless the content ends.
/// Whoever opens a reader disposes it.
/// </remarks>
public abstract class BlockReader : IAsyncDisposable
{
    /// <summary>Gets the size of the content in bytes.</summary>
    public abstract long Length { get; }

    /// <summary>Reads bytes into memory that stays the caller's.</summary>
    /// <param name="offset">The first byte, from 0 to <see cref="Length"/>.</param>
    /// <param name="destination">Is filled as far as the content reaches.</param>
    /// <param name="cancellationToken">Ends the call early with <see cref="OperationCanceledException"/>.</param>
    /// <returns>The number of bytes read: all of <paramref name="destination"/>, or less where the content ends.</returns>
    public abstract ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default);

    /// <summary>Finds the ranges that may hold anything but zeros, so that the rest need not be read.</summary>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>Ascending, disjoint, non-empty ranges. What none of them covers MUST read as zeros. The default is the whole content.</returns>
    public virtual IAsyncEnumerable<ByteRange> GetDataRangesAsync(CancellationToken cancellationToken = default) =>
        WholeContentAsync(Length);

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    private static async IAsyncEnumerable<ByteRange> WholeContentAsync(long length)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        if (length > 0)
        {
            yield return new ByteRange(0, length);
        }
    }
}
