using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>A list of changes with one fault.</summary>
internal sealed class BrokenRangeDelta(RangeDelta? inner, ListFault fault, long length, BlockReader? reader) : RangeDelta
{
    private int _lists;

    public override bool ReaderHoldsListedOnly => inner?.ReaderHoldsListedOnly ?? false;

    public override BlockReader? Reader => reader ?? inner?.Reader;

    /// <summary>Gets whether only the first list issues tokens.</summary>
    public bool ListsOnce { get; init; }

    public override IAsyncEnumerable<ChangedRange> ListAsync(long startingOffset = 0, CancellationToken cancellationToken = default) =>
        inner is null ? AsyncEnumerable.Empty<ChangedRange>() : BrokenList.ListAsync(fault, List, startingOffset, length, cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        if (inner is not null)
        {
            await inner.DisposeAsync().ConfigureAwait(false);
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    // A list whose enumeration ended early issued tokens that no later list can issue again.
    private IAsyncEnumerable<ChangedRange> List(long startingOffset, CancellationToken cancellationToken) =>
        ListsOnce && Interlocked.Increment(ref _lists) > 1
            ? SpoilAsync(startingOffset, cancellationToken)
            : inner!.ListAsync(startingOffset, cancellationToken);

    private async IAsyncEnumerable<ChangedRange> SpoilAsync(
        long startingOffset, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<ChangedRange> changes = await inner!.ListAsync(startingOffset, cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false);
        await foreach (ChangedRange unused in inner.ListAsync(long.MaxValue, cancellationToken).ConfigureAwait(false))
        {
        }

        foreach (ChangedRange change in changes)
        {
            yield return change;
        }
    }
}
