using System.Runtime.CompilerServices;

namespace Waybill;

/// <summary>The content of one open file, which may change while it is read.</summary>
/// <remarks>An implementation MUST allow concurrent calls.</remarks>
public abstract class FileContent : IAsyncDisposable
{
    /// <summary>Reads bytes into memory that stays the caller's.</summary>
    /// <param name="offset">The first byte.</param>
    /// <param name="destination">Is filled as far as the file reaches now.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The number of bytes read: all of <paramref name="destination"/>, or less where the file ends.</returns>
    /// <exception cref="ProviderException">The range cannot be read; others may.</exception>
    public abstract ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default);

    /// <summary>Finds the ranges of the file that are not holes.</summary>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>Ascending, disjoint, non-empty ranges up to the size the file was listed with. What none of them covers MUST read as zeros.</returns>
    public abstract IAsyncEnumerable<ByteRange> GetDataRangesAsync(CancellationToken cancellationToken = default);

    /// <summary>Finds those ranges from an offset on. An implementation that finds them without listing the ones before SHOULD override it.</summary>
    /// <param name="startingOffset">Nothing before it is listed; a range that begins before it is cut there.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>As <see cref="GetDataRangesAsync(CancellationToken)"/>.</returns>
    public virtual async IAsyncEnumerable<ByteRange> GetDataRangesAsync(long startingOffset, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (ByteRange range in GetDataRangesAsync(cancellationToken).ConfigureAwait(false))
        {
            if (range.End > startingOffset)
            {
                yield return ByteRange.FromBounds(Math.Max(range.Offset, startingOffset), range.End);
            }
        }
    }

    /// <summary>Compares the file as it is now with its entry. Asked after reading.</summary>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>What a reader of the bundle should know if the content changed since it was listed, or null.</returns>
    public abstract ValueTask<FileGap?> FindChangeAsync(CancellationToken cancellationToken = default);

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
