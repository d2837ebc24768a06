using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Waybill.Providers;

namespace Waybill.Csi;

/// <summary>Lists where changes are, in whatever shape the platform delivers them.</summary>
internal static class DeltaRanges
{
    // Enough to keep both sides busy; a platform that sends faster waits.
    private const int Ahead = 256;

    /// <summary>Lists the ranges. Some may end before the offset: a stream begins at the beginning.</summary>
    public static IAsyncEnumerable<ByteRange> ListAsync(Delta delta, long startingOffset, CancellationToken cancellationToken) => delta switch
    {
        RangeDelta ranges => ListAsync(ranges, startingOffset, cancellationToken),
        StreamDelta stream => ListAsync(stream, cancellationToken),
        PushDelta push => ListAsync(push, cancellationToken),
        _ => throw new NotSupportedException($"A delta of type {delta.GetType().Name} is not known."),
    };

    private static async IAsyncEnumerable<ByteRange> ListAsync(RangeDelta delta, long startingOffset, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (ChangedRange change in delta.ListAsync(startingOffset, cancellationToken).ConfigureAwait(false))
        {
            yield return change.Range;
        }
    }

    private static async IAsyncEnumerable<ByteRange> ListAsync(StreamDelta delta, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (VolumeChange change in delta.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return change.Range;
        }
    }

    private static async IAsyncEnumerable<ByteRange> ListAsync(PushDelta delta, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var queue = Channel.CreateBounded<ByteRange>(new BoundedChannelOptions(Ahead) { SingleReader = true });
        Task push = PushAsync(delta, queue.Writer, ended.Token);
        try
        {
            // The reader must see the platform's failure, and not an end: what is queued is read first, then the failure is thrown.
            while (await queue.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                while (queue.Reader.TryRead(out ByteRange range))
                {
                    yield return range;
                }
            }
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            await push.ConfigureAwait(false);
        }
    }

    /// <summary>Has the platform send, and ends the queue as the platform ends.</summary>
    private static async Task PushAsync(PushDelta delta, ChannelWriter<ByteRange> queue, CancellationToken cancellationToken)
    {
        try
        {
            await delta.PushAsync(new Sink(queue), cancellationToken).ConfigureAwait(false);
            queue.TryComplete();
        }
        catch (Exception e)
        {
            queue.TryComplete(e);
        }
    }

    private sealed class Sink(ChannelWriter<ByteRange> queue) : IChangeSink
    {
        public ValueTask WriteAsync(VolumeChange change, CancellationToken cancellationToken = default) => queue.WriteAsync(change.Range, cancellationToken);
    }
}
