using System.Collections.Immutable;

namespace Waybill.Catalog;

/// <summary>What a report shows of a catalog.</summary>
/// <param name="Catalog">The catalog's name.</param>
/// <param name="Statistics">How much it knows.</param>
public sealed record CatalogOverview(string Catalog, CatalogStatistics Statistics)
{
    /// <summary>Gets the applications shown, the one seen last first.</summary>
    public ImmutableArray<CatalogApplication> Applications { get; init; } = [];

    /// <summary>Gets what is orphaned.</summary>
    public ImmutableArray<CatalogOrphan> Orphans { get; init; } = [];

    /// <summary>Reads it from a catalog.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="orphans">What counts as orphaned; the defaults if <see langword="null"/>.</param>
    /// <param name="limit">How many applications are shown at most.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The overview.</returns>
    /// <exception cref="WaybillException">What the catalog reports.</exception>
    public static async Task<CatalogOverview> ReadAsync(BundleCatalog catalog, OrphanSearch? orphans = null, int limit = 500, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new CatalogOverview(catalog.Name, await catalog.GetStatisticsAsync(cancellationToken).ConfigureAwait(false))
        {
            Applications = [.. await catalog.ListApplicationsAsync(limit, cancellationToken).ConfigureAwait(false)],
            Orphans = [.. await catalog.FindOrphansAsync(orphans, cancellationToken).ConfigureAwait(false)],
        };
    }
}
