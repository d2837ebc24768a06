using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Waybill.Providers;

/// <summary>Turns a platform that sends into a sequence that is read. One change is under way at a time, so nothing is copied and nothing piles up.</summary>
internal static class PushedChanges
{
    public static async IAsyncEnumerable<VolumeChange> ReadAsync(PushDelta delta, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var sink = new Sink();
        Task sending = SendAsync(delta, sink, stop.Token);
        try
        {
            await foreach (Handover handover in sink.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return handover.Change;
                handover.Taken.TrySetResult();
            }

            await sending.ConfigureAwait(false);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task SendAsync(PushDelta delta, Sink sink, CancellationToken cancellationToken)
    {
        Exception? failure = null;
        try
        {
            await delta.PushAsync(sink, cancellationToken).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The exception is not swallowed: it reaches whoever reads.
        catch (Exception e)
#pragma warning restore CA1031
        {
            failure = e;
        }

        sink.Complete(failure);
    }

    private sealed record Handover(VolumeChange Change, TaskCompletionSource Taken);

    private sealed class Sink : IChangeSink
    {
        private readonly Channel<Handover> _channel = Channel.CreateBounded<Handover>(1);

        public ChannelReader<Handover> Reader => _channel.Reader;

        public void Complete(Exception? failure) => _channel.Writer.TryComplete(failure);

        public async ValueTask WriteAsync(VolumeChange change, CancellationToken cancellationToken = default)
        {
            var handover = new Handover(change, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            await _channel.Writer.WriteAsync(handover, cancellationToken).ConfigureAwait(false);
            await handover.Taken.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
