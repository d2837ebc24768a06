namespace Waybill.Testing;

/// <summary>Reads a snapshot only where that is allowed: a reader that strays is found out instead of being given zeros.</summary>
internal sealed class ScriptedListedReader(ScriptedProvider provider, ModelSnapshot content, Action<ByteRange> check) : BlockReader
{
    private bool _disposed;

    public override long Length => content.Length;

    /// <summary>Tells whether ascending ranges cover a range without a gap.</summary>
    public static bool Covers(IEnumerable<ByteRange> ranges, ByteRange range)
    {
        long reached = range.Offset;
        foreach (ByteRange next in ranges.Where(next => next.End > range.Offset))
        {
            if (reached >= range.End || next.Offset > reached)
            {
                break;
            }

            reached = Math.Max(reached, next.End);
        }

        return reached >= range.End;
    }

    public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length);
        return provider.CountReadAsync(
            () =>
            {
                check(ByteRange.FromBounds(offset, Math.Min(content.Length, offset + destination.Length)));
                return content.Read(offset, destination.Span);
            },
            cancellationToken);
    }

    public override ValueTask DisposeAsync()
    {
        _disposed = true;
        return base.DisposeAsync();
    }
}
