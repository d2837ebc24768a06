namespace Waybill;

/// <summary>Gives access to a stored bundle at any offset: a file, or an object in a store that answers ranged reads.</summary>
/// <remarks>
/// An implementation MUST return the same bytes for the same offset as long as it is open and MUST allow concurrent calls.
/// One call is one request where that matters; the format needs at most four to reach any range, or five if the end of the bundle is larger than usual.
/// </remarks>
public abstract class ByteSource : IAsyncDisposable
{
    /// <summary>Gets a name for messages, such as a file name; never used to open anything.</summary>
    public abstract string Name { get; }

    /// <summary>Gets the size in bytes.</summary>
    public abstract long Length { get; }

    /// <summary>Reads bytes into memory that stays the caller's.</summary>
    /// <param name="offset">The first byte.</param>
    /// <param name="destination">Is filled as far as the object reaches.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The number of bytes read: all of <paramref name="destination"/>, or less where the object ends.</returns>
    public abstract ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default);

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
