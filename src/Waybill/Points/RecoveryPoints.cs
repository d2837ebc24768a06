using System.Runtime.CompilerServices;
using Waybill.Bundles;
using Waybill.Storage;

namespace Waybill.Engine;

/// <summary>Lists the points in a store. Reads heads and manifests only.</summary>
public static class RecoveryPoints
{
    /// <summary>Lists the points.</summary>
    /// <param name="store">The store.</param>
    /// <param name="options">What opens encrypted bundles.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The points in the order of their names. One that cannot be read is listed with its problem; what is not a bundle is not.</returns>
    public static async IAsyncEnumerable<RecoveryPoint> ListAsync(
        IBundleStore store, BundleReaderOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        await foreach (StoredBundle bundle in store.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            if (await ReadAsync(store, bundle, options ?? new BundleReaderOptions(), cancellationToken).ConfigureAwait(false) is { } point)
            {
                yield return point;
            }
        }
    }

    /// <summary>Finds the newest point of an application that can be read.</summary>
    internal static async Task<string?> FindNewestAsync(
        IBundleStore store, string application, AppId id, BundleReaderOptions options, CancellationToken cancellationToken)
    {
        RecoveryPoint? newest = null;
        await foreach (RecoveryPoint point in ListAsync(store, options, cancellationToken).ConfigureAwait(false))
        {
            bool matches = point.Manifest is { Application: var found } && (id.IsDefault ? found.Name == application : found.Id == id);
            if (matches && (newest is null || newest.Manifest!.Created < point.Manifest!.Created))
            {
                newest = point;
            }
        }

        return newest?.BundleName;
    }

    private static async ValueTask<RecoveryPoint?> ReadAsync(IBundleStore store, StoredBundle bundle, BundleReaderOptions options, CancellationToken cancellationToken)
    {
        BundleId id = default;
        try
        {
            ByteSource head = await store.OpenReadAsync(bundle.Name, cancellationToken).ConfigureAwait(false);
            await using (head.ConfigureAwait(false))
            {
                id = (await BundleClearHeader.ReadAsync(head, cancellationToken).ConfigureAwait(false)).Id;
            }

            ByteSource source = await store.OpenReadAsync(bundle.Name, cancellationToken).ConfigureAwait(false);
            BundleReader reader = await BundleReader.OpenAsync(source, TrustPolicy.AcceptUnsigned, options, cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                return new RecoveryPoint(bundle.Name, bundle.Length, id) { Manifest = reader.Manifest };
            }
        }
        catch (WaybillException e)
        {
            return e.Code == WaybillErrorCode.NotABundle ? null : new RecoveryPoint(bundle.Name, bundle.Length, id) { Problem = e };
        }
    }
}
