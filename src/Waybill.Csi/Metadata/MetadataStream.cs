using Waybill.Csi.Wire;

namespace Waybill.Csi;

/// <summary>Sends ranges in messages of bounded size, and at least one message, as the first one says how large the volume is.</summary>
internal static class MetadataStream
{
    // 16 bytes or so each: a message of this many stays far below what clients take.
    private const int MaxResults = 8192;

    /// <summary>Sends everything.</summary>
    /// <param name="ranges">The platform's ranges.</param>
    /// <param name="layout">What becomes of them.</param>
    /// <param name="maxResults">How many a message has at most; 0 for as many as is good.</param>
    /// <param name="send">Sends a message; the list is empty again afterwards.</param>
    /// <param name="cancellationToken">Ends the call early, with <see cref="OperationCanceledException"/>.</param>
    public static async Task SendAsync(
        IAsyncEnumerable<ByteRange> ranges, RangeLayout layout, int maxResults, Func<IReadOnlyList<BlockMetadata>, Task> send, CancellationToken cancellationToken)
    {
        int limit = maxResults == 0 ? MaxResults : Math.Min(maxResults, MaxResults);
        var message = new List<BlockMetadata>(Math.Min(limit, 256));
        bool isFirst = true;
        await foreach (ByteRange range in ranges.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            foreach (ByteRange part in layout.Add(range))
            {
                await AddAsync(part).ConfigureAwait(false);
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        foreach (ByteRange part in layout.Finish())
        {
            await AddAsync(part).ConfigureAwait(false);
        }

        if (message.Count > 0 || isFirst)
        {
            await FlushAsync().ConfigureAwait(false);
        }

        async ValueTask AddAsync(ByteRange part)
        {
            message.Add(new BlockMetadata { ByteOffset = part.Offset, SizeBytes = part.Length });
            if (message.Count >= limit)
            {
                await FlushAsync().ConfigureAwait(false);
            }
        }

        async Task FlushAsync()
        {
            cancellationToken.ThrowIfCancellationRequested();
            await send(message).ConfigureAwait(false);
            CsiTelemetry.MetadataRanges.Add(message.Count);
            message.Clear();
            isFirst = false;
        }
    }
}
