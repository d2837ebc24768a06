using System.Runtime.CompilerServices;
using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>A stream of changes that ends cleanly where it must not.</summary>
internal sealed class BrokenStreamDelta(StreamDelta inner, ListFault fault) : StreamDelta
{
    public override async IAsyncEnumerable<VolumeChange> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        bool endsOnCancel = fault == ListFault.EndsOnCancel;
        int read = 0;
        await foreach (VolumeChange change in inner.ReadAsync(endsOnCancel ? CancellationToken.None : cancellationToken).ConfigureAwait(false))
        {
            if ((endsOnCancel && cancellationToken.IsCancellationRequested) || (fault == ListFault.EndsEarly && read++ > 0))
            {
                yield break;
            }

            yield return change;
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }
}
