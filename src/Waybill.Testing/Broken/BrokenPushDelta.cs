using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>Changes whose sending ends cleanly where it must not.</summary>
internal sealed class BrokenPushDelta(PushDelta inner, ListFault fault) : PushDelta
{
    public override async Task PushAsync(IChangeSink sink, CancellationToken cancellationToken = default)
    {
        bool endsOnCancel = fault == ListFault.EndsOnCancel;
        try
        {
            await inner.PushAsync(new EndingSink(sink, fault), endsOnCancel ? CancellationToken.None : cancellationToken).ConfigureAwait(false);
        }
        catch (EndOfStreamException)
        {
            // This is the breach: it returns as if all was sent.
        }
        catch (OperationCanceledException) when (endsOnCancel)
        {
            // Likewise.
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private sealed class EndingSink(IChangeSink sink, ListFault fault) : IChangeSink
    {
        private int _taken;

        public ValueTask WriteAsync(VolumeChange change, CancellationToken cancellationToken = default) =>
            fault == ListFault.EndsEarly && _taken++ > 0 ? throw new EndOfStreamException() : sink.WriteAsync(change, cancellationToken);
    }
}
