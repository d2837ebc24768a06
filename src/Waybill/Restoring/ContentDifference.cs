namespace Waybill.Engine;

/// <summary>Finds out whether what was written is what was to be written, byte for byte, and zeros behind that.</summary>
internal static class ContentDifference
{
    private const int PieceLength = 1 << 20;

    /// <summary>Finds the first byte that differs; null if there is none.</summary>
    /// <param name="expected">What was to be written.</param>
    /// <param name="written">What is there; as long, or longer.</param>
    /// <param name="compared">Is told how far it is.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    public static async Task<long?> FindAsync(BlockReader expected, BlockReader written, Action<long> compared, CancellationToken cancellationToken)
    {
        var now = new byte[(int)Math.Min(PieceLength, written.Length)];
        var wanted = new byte[now.Length];
        long position = 0;

        // What neither side may hold anything in is zeros on both.
        await foreach (ByteRange range in MayDifferAsync(expected, written, cancellationToken).ConfigureAwait(false))
        {
            for (position = Math.Max(position, range.Offset); position < range.End;)
            {
                long end = Math.Min(range.End, (position / PieceLength * PieceLength) + PieceLength);
                Memory<byte> found = now.AsMemory(0, (int)(end - position));
                Memory<byte> meant = wanted.AsMemory(0, found.Length);
                int read = await written.ReadAsync(position, found, cancellationToken).ConfigureAwait(false);
                await ReadPaddedAsync(expected, position, meant, cancellationToken).ConfigureAwait(false);
                int same = found.Span[..read].CommonPrefixLength(meant.Span);
                if (same < found.Length)
                {
                    return position + same;
                }

                position = end;
                compared(position);
            }
        }

        return null;
    }

    private static async IAsyncEnumerable<ByteRange> MayDifferAsync(
        BlockReader first, BlockReader second, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IAsyncEnumerator<ByteRange> left = first.GetDataRangesAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        IAsyncEnumerator<ByteRange> right = second.GetDataRangesAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (left.ConfigureAwait(false))
        await using (right.ConfigureAwait(false))
        {
            bool hasLeft = await left.MoveNextAsync().ConfigureAwait(false);
            bool hasRight = await right.MoveNextAsync().ConfigureAwait(false);
            while (hasLeft || hasRight)
            {
                if (hasLeft && (!hasRight || left.Current.Offset <= right.Current.Offset))
                {
                    yield return left.Current;
                    hasLeft = await left.MoveNextAsync().ConfigureAwait(false);
                }
                else
                {
                    yield return right.Current;
                    hasRight = await right.MoveNextAsync().ConfigureAwait(false);
                }
            }
        }
    }

    private static async ValueTask ReadPaddedAsync(BlockReader content, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        int read = offset >= content.Length ? 0 : await content.ReadAsync(offset, destination, cancellationToken).ConfigureAwait(false);
        destination.Span[read..].Clear();
    }
}
