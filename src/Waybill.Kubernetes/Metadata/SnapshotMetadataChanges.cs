using Grpc.Core;
using Waybill.Providers;

namespace Waybill.Kubernetes;

/// <summary>Asks a SnapshotMetadata service what changed, and says what to do where it does not know.</summary>
internal static class SnapshotMetadataChanges
{
    // The client has been patient by then, and will be each time: whoever counts only these must come to an end too.
    private static readonly TimeSpan s_askAgain = TimeSpan.FromMinutes(1);

    /// <summary>Gets what a later delta can start from: what the driver says is that, else its handle of the snapshot; null if there is neither.</summary>
    /// <remarks>It is kept with the backup: the snapshot may be gone when it is needed.</remarks>
    public static ChangeId? ChangeIdOf(SnapshotObject snapshot, SnapshotContentObject content) =>
        ChangeId.TryParse(snapshot.ChangeId, null, out ChangeId id) || ChangeId.TryParse(content.Handle, null, out id) ? id : null;

    /// <summary>Finds out whether what changed since a base is known.</summary>
    /// <param name="client">The service of the driver.</param>
    /// <param name="objectNamespace">The namespace of the VolumeSnapshot.</param>
    /// <param name="snapshot">Its name there.</param>
    /// <param name="baseId">What changes are computed from. That it is of the same volume and earlier, nobody but the driver checks.</param>
    /// <param name="length">The size of the snapshot in bytes.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The changes, or what to do without them; a delta asks anew each time it is listed.</returns>
    /// <exception cref="ProviderException">
    /// Not to be taken for "read everything": <see cref="WaybillErrorCode.ClusterRefused"/>, <see cref="WaybillErrorCode.DeltaInvalid"/>,
    /// <see cref="WaybillErrorCode.SnapshotNotFound"/>, or the service does not answer, or fails.
    /// </exception>
    public static async Task<DiffResult> DiffAsync(
        SnapshotMetadataClient client, string objectNamespace, string snapshot, ChangeId baseId, long length, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        try
        {
            await DrainAsync(client.ListChangedAsync(objectNamespace, baseId, snapshot, length, length - 1, cancellationToken)).ConfigureAwait(false);
            return new DiffResult.Known(new SnapshotMetadataDelta(client, objectNamespace, snapshot, baseId, length));
        }
        catch (ProviderException e) when (e.VendorCode == nameof(StatusCode.InvalidArgument))
        {
            return new DiffResult.Fatal(e.Message);
        }
        catch (ProviderException e) when (e.IsTransient && e.Code == WaybillErrorCode.ProviderBusy)
        {
            return new DiffResult.RetryLater(s_askAgain, e.Message);
        }
        catch (ProviderException e) when (e.Code is WaybillErrorCode.ChangeTrackingLost or WaybillErrorCode.ProviderUnsupported)
        {
            return await WithoutChangesAsync(client, objectNamespace, snapshot, length, e.Message, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Finds out what is known of a snapshot of which it is not known what changed. Some drivers need tracking for either, and some for changes only.</summary>
    private static async Task<DiffResult> WithoutChangesAsync(
        SnapshotMetadataClient client, string objectNamespace, string snapshot, long length, string reason, CancellationToken cancellationToken)
    {
        try
        {
            await DrainAsync(client.ListAllocatedAsync(objectNamespace, snapshot, length, length - 1, cancellationToken)).ConfigureAwait(false);
            return new DiffResult.UseAllocated(reason);
        }
        catch (ProviderException e) when (e.Code is WaybillErrorCode.ChangeTrackingLost or WaybillErrorCode.ProviderUnsupported)
        {
            return new DiffResult.UseFull($"{reason} Nor is it known what was ever written: {e.Message}");
        }
        catch (ProviderException e) when (e.IsTransient && e.Code == WaybillErrorCode.ProviderBusy)
        {
            return new DiffResult.RetryLater(s_askAgain, e.Message);
        }
    }

    /// <summary>Has a question answered whose answer is not needed. The end of the snapshot is asked for, so that the call comes to its end at once.</summary>
    private static async Task DrainAsync(IAsyncEnumerable<ByteRange> ranges)
    {
        await foreach (ByteRange unused in ranges.ConfigureAwait(false))
        {
            // The list itself comes when it is asked for.
        }
    }
}
