using System.Runtime.CompilerServices;
using Grpc.Core;
using Waybill.Providers;

namespace Waybill.Kubernetes;

/// <content>Says what snapshots hold and what of it changed.</content>
public sealed partial class ClusterVolumeProvider
{
    /// <inheritdoc/>
    public async IAsyncEnumerable<ByteRange> GetAllocatedAsync(
        VolumeId volume, SnapshotId snapshot, long startingOffset = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(startingOffset);
        cancellationToken.ThrowIfCancellationRequested();
        (SnapshotObject found, SnapshotContentObject content) = await RequireSnapshotAsync(volume, snapshot, cancellationToken).ConfigureAwait(false);
        IClaimData data = await _data.GetAsync(content.Driver, cancellationToken).ConfigureAwait(false);
        await foreach (ByteRange range in data.GetAllocatedAsync(found, content, startingOffset, cancellationToken).ConfigureAwait(false))
        {
            yield return range;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<DiffResult> DiffAsync(VolumeId volume, ChangeId baseId, SnapshotId target, CancellationToken cancellationToken = default)
    {
        (SnapshotObject found, SnapshotContentObject content) = await RequireSnapshotAsync(volume, target, cancellationToken).ConfigureAwait(false);
        IClaimData data = await _data.GetAsync(content.Driver, cancellationToken).ConfigureAwait(false);
        try
        {
            return await data.DiffAsync(found, content, baseId, cancellationToken).ConfigureAwait(false);
        }
        catch (ProviderException e) when (e.VendorCode == nameof(StatusCode.PermissionDenied))
        {
            // It may have been removed since it was looked at.
            throw await FindObjectAsync(target, cancellationToken).ConfigureAwait(false) is null ? SnapshotNotFound(target) : e;
        }
    }
}
