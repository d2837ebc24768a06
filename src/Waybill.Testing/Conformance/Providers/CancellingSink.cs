using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>Cancels when the first change arrives, and takes it nevertheless: the sender must notice by itself.</summary>
internal sealed class CancellingSink(CancellationTokenSource source) : IChangeSink
{
    public async ValueTask WriteAsync(VolumeChange change, CancellationToken cancellationToken = default) => await source.CancelAsync().ConfigureAwait(false);
}
