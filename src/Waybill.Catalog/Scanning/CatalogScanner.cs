using System.Runtime.CompilerServices;
using Waybill.Catalog.Scanning;
using Waybill.Catalog.Storage;
using Waybill.Storage;

namespace Waybill.Catalog;

/// <summary>Reads bundles into a catalog: their ends, and where more is wanted their definitions and lists of files, never the data.</summary>
/// <remarks>
/// Whatever is there already stays as it is, so a scan may be repeated and may run beside others. A bundle that cannot be read ends nothing: it is
/// reported, and the catalog remembers its place.
/// </remarks>
/// <param name="catalog">The catalog; stays the caller's.</param>
/// <param name="options">How bundles are read; the defaults if <see langword="null"/>.</param>
public sealed class CatalogScanner(BundleCatalog catalog, CatalogScanOptions? options = null)
{
    private readonly CatalogScanOptions _options = options ?? new CatalogScanOptions();

    /// <summary>Adds some files.</summary>
    /// <param name="paths">Their names.</param>
    /// <param name="progress">Is told how far it has come.</param>
    /// <param name="cancellationToken">Ends the call early; what was added stays.</param>
    /// <returns>What was found.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.SourceReadFailed"/>: a file is not there. Or what the catalog reports.</exception>
    public Task<CatalogScanReport> AddAsync(IEnumerable<string> paths, IProgress<CatalogScanProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        return ReadAllAsync(ToAsync(paths.Select(DirectoryPlaces.Of)), progress, cancellationToken);
    }

    /// <summary>Adds every bundle below a directory, and notes which of those that were there are gone.</summary>
    /// <param name="directory">The directory. Bundles are the files <c>*.waybill</c>; links to directories are not followed.</param>
    /// <param name="progress">Is told how far it has come.</param>
    /// <param name="cancellationToken">Ends the call early; what was added stays.</param>
    /// <returns>What was found.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.SourceReadFailed"/>: it cannot be listed; nothing is then taken for gone. Or what the catalog reports.</exception>
    public Task<CatalogScanReport> ScanAsync(string directory, IProgress<CatalogScanProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        return ScanAsync(
            () => ToAsync(DirectoryPlaces.Below(directory)), store => DirectoryPlaces.IsAtOrBelow(store, directory), progress, cancellationToken);
    }

    /// <summary>Adds every bundle of a store, and notes which of those that were there are gone.</summary>
    /// <param name="store">The store.</param>
    /// <param name="progress">Is told how far it has come.</param>
    /// <param name="cancellationToken">Ends the call early; what was added stays.</param>
    /// <returns>What was found.</returns>
    /// <exception cref="WaybillException">What the store reports when it is listed, or what the catalog reports.</exception>
    public Task<CatalogScanReport> ScanAsync(IBundleStore store, IProgress<CatalogScanProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        return ScanAsync(() => PlacesOf(store, cancellationToken), name => name == store.Name, progress, cancellationToken);
    }

    private async Task<CatalogScanReport> ScanAsync(
        Func<IAsyncEnumerable<BundlePlace>> list, Func<string, bool> isScanned, IProgress<CatalogScanProgress>? progress, CancellationToken cancellationToken)
    {
        long scan = await catalog.Database.WriteAsync(session => CatalogWriter.BeginScanAsync(session, cancellationToken), cancellationToken).ConfigureAwait(false);
        CatalogScanReport report = await ReadAllAsync(list(), progress, cancellationToken, scan).ConfigureAwait(false);

        // Somebody else may have added what this scan had passed by then. What is not in a second list either is gone.
        List<(string Store, string Name)> unseen = await catalog.FindUnseenAsync(isScanned, scan, cancellationToken).ConfigureAwait(false);
        if (unseen.Count > 0)
        {
            var there = new HashSet<(string Store, string Name)>();
            await foreach (BundlePlace place in list().WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                there.Add((CatalogText.Clean(place.Store), CatalogText.Clean(place.Name)));
            }

            unseen.RemoveAll(there.Contains);
            await catalog.MarkGoneAsync(unseen, cancellationToken).ConfigureAwait(false);
        }

        return report with { Gone = unseen.Count };
    }

    private async Task<CatalogScanReport> ReadAllAsync(
        IAsyncEnumerable<BundlePlace> places, IProgress<CatalogScanProgress>? progress, CancellationToken cancellationToken, long? scan = null)
    {
        long number = scan ?? await catalog.Database.WriteAsync(session => CatalogWriter.BeginScanAsync(session, cancellationToken), cancellationToken).ConfigureAwait(false);
        var tally = new ScanTally(progress);
        var reader = new PlaceReader(catalog.Database, _options, number);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, _options.Parallel), CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(places, parallel, async (place, token) => tally.Add(place, await reader.ReadAsync(place, token).ConfigureAwait(false))).ConfigureAwait(false);
        return tally.ToReport();
    }

    private static async IAsyncEnumerable<BundlePlace> PlacesOf(IBundleStore store, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (StoredBundle bundle in store.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return new BundlePlace(store.Name, bundle.Name, bundle.Length, token => store.OpenReadAsync(bundle.Name, token));
        }
    }

    private static async IAsyncEnumerable<BundlePlace> ToAsync(IEnumerable<BundlePlace> places)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (BundlePlace place in places)
        {
            yield return place;
        }
    }
}
