using System.Runtime.CompilerServices;
using Waybill.Providers;

namespace Waybill.Kubernetes;

/// <summary>What changed from a base to a snapshot, as the backup API lists it. The content is read from the snapshot.</summary>
internal sealed class SnapshotDelta(BackupClient client, BackupQuestion question, BackupHead head, BackupAnswer<ChangedRange> first) : RangeDelta
{
    // The first answer has come already; it serves the first list that starts from the beginning.
    private BackupAnswer<ChangedRange>? _first = first;

    public override async IAsyncEnumerable<ChangedRange> ListAsync(long startingOffset = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(startingOffset);
        cancellationToken.ThrowIfCancellationRequested();
        if (startingOffset >= head.Length)
        {
            yield break;
        }

        BackupAnswer<ChangedRange>? answer = startingOffset == 0 ? Interlocked.Exchange(ref _first, null) : null;
        answer ??= await client.ListRangesAsync(question with { StartingOffset = startingOffset }, cancellationToken).ConfigureAwait(false);
        await using (answer.ConfigureAwait(false))
        {
            if (answer.Head.Length != head.Length)
            {
                throw new ProviderException(WaybillErrorCode.DeltaInvalid, "kubernetes", "The snapshot has another size than before") { ObjectName = question.Name };
            }

            await foreach (ChangedRange range in answer.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return range;
            }
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _first, null) is { } unused)
        {
            await unused.DisposeAsync().ConfigureAwait(false);
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }
}
