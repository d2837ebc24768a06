using Waybill.Providers;

namespace Waybill.Samples.QemuNbd;

/// <summary>The changes of a snapshot from itself: none.</summary>
internal sealed class NoDelta : RangeDelta
{
    public override IAsyncEnumerable<ChangedRange> ListAsync(long startingOffset = 0, CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested ? throw new OperationCanceledException(cancellationToken) : AsyncEnumerable.Empty<ChangedRange>();
}
