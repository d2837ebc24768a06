using System.Runtime.CompilerServices;
using Waybill.Providers;

namespace Waybill.Kubernetes;

/// <summary>What changed from a base to a snapshot, as the backup API lists it. The content is read from the snapshot.</summary>
/// <remarks>Each list is a call of its own, and none is held open in between: a caller may have only so many.</remarks>
internal sealed class SnapshotDelta(BackupClient client, BackupQuestion question, BackupHead head) : RangeDelta
{
    public override async IAsyncEnumerable<ChangedRange> ListAsync(long startingOffset = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(startingOffset);
        cancellationToken.ThrowIfCancellationRequested();
        if (startingOffset >= head.Length)
        {
            yield break;
        }

        BackupAnswer<ChangedRange> answer = await client.ListRangesAsync(question with { StartingOffset = startingOffset }, cancellationToken).ConfigureAwait(false);
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
}
