using System.Runtime.CompilerServices;
using Waybill.Providers;

namespace Waybill.Kubernetes;

/// <summary>What changed from a base to a snapshot, as its SnapshotMetadata service lists it. The content is read from the snapshot.</summary>
/// <remarks>Each list is made of calls of its own, and none is held open in between. Whatever is listed must be read: the service does not tell zeros from data.</remarks>
internal sealed class SnapshotMetadataDelta(SnapshotMetadataClient client, string objectNamespace, string snapshot, ChangeId baseId, long length) : RangeDelta
{
    public override async IAsyncEnumerable<ChangedRange> ListAsync(long startingOffset = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(startingOffset);
        await foreach (ByteRange range in client.ListChangedAsync(objectNamespace, baseId, snapshot, length, startingOffset, cancellationToken).ConfigureAwait(false))
        {
            yield return new ChangedRange(range);
        }
    }
}
