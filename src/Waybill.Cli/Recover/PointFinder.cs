using Waybill.Bundles;
using Waybill.Engine;

namespace Waybill.Cli.Recover;

/// <summary>Finds the point that is meant.</summary>
internal static class PointFinder
{
    /// <summary>Finds the newest point of an application, or the one that was named.</summary>
    /// <param name="store">The store.</param>
    /// <param name="application">The application's name.</param>
    /// <param name="point">The point's id or the name of its bundle; null for the newest.</param>
    /// <param name="options">What opens encrypted bundles.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The point, which can be read.</returns>
    public static async Task<RecoveryPoint> FindAsync(
        DirectoryBundleStore store, string application, string? point, BundleReaderOptions options, CancellationToken cancellationToken)
    {
        RecoveryPoint? found = null;
        int unreadable = 0;
        await foreach (RecoveryPoint candidate in RecoveryPoints.ListAsync(store, options, cancellationToken).ConfigureAwait(false))
        {
            if (point is not null)
            {
                found = candidate.BundleName == point || candidate.Id.ToString() == point ? candidate : found;
            }
            else if (candidate.Manifest is not { } manifest)
            {
                unreadable++;
            }
            else if (manifest.Application.Name == application && (found is null || found.Manifest!.Created < manifest.Created))
            {
                found = candidate;
            }
        }

        return found switch
        {
            null => throw NotFound(store, application, point, unreadable),
            { Problem: { } problem } => throw problem,
            { Manifest: { } manifest } when manifest.Application.Name != application =>
                throw new WaybillException(WaybillErrorCode.NotConfigured, $"The point is of the application '{manifest.Application.Name}', not of '{application}'") { ObjectName = found.BundleName },
            _ => found,
        };
    }

    private static WaybillException NotFound(DirectoryBundleStore store, string application, string? point, int unreadable) =>
        new(WaybillErrorCode.NotConfigured, point is null ? $"There is no point of the application '{application}'" : $"There is no point '{point}'")
        {
            ObjectName = store.Name,
            Hint = unreadable > 0 ? "There are bundles that cannot be read: 'waybill point list' says why." : "'waybill point list' lists what there is.",
        };
}
