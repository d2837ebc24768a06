using Waybill.Catalog.Queries;

namespace Waybill.Catalog;

/// <content>What is orphaned, and how much there is.</content>
public sealed partial class BundleCatalog
{
    /// <summary>Finds data without an application, and applications without data.</summary>
    /// <param name="search">What counts; the defaults if <see langword="null"/>.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>What is orphaned, ordered by kind.</returns>
    /// <exception cref="WaybillException">What the catalog reports.</exception>
    public Task<IReadOnlyList<CatalogOrphan>> FindOrphansAsync(OrphanSearch? search = null, CancellationToken cancellationToken = default)
    {
        search ??= new OrphanSearch();
        ArgumentOutOfRangeException.ThrowIfLessThan(search.Limit, 1);
        return _database.ReadAsync(
            async session =>
            {
                var reader = new OrphanReader(session, search, cancellationToken);
                var found = new List<CatalogOrphan>();
                found.AddRange(await reader.UnreadableBundlesAsync().ConfigureAwait(false));
                found.AddRange(await reader.MissingParentsAsync().ConfigureAwait(false));
                found.AddRange(await reader.ConflictsAsync().ConfigureAwait(false));
                found.AddRange(await reader.ApplicationsWithoutBundlesAsync().ConfigureAwait(false));
                found.AddRange(await reader.StaleApplicationsAsync(Now).ConfigureAwait(false));
                foreach (CatalogPlatform platform in search.Platforms)
                {
                    found.AddRange(await reader.OfPlatformAsync(platform).ConfigureAwait(false));
                }

                return (IReadOnlyList<CatalogOrphan>)[.. found.OrderBy(orphan => orphan.Kind)];
            },
            cancellationToken);
    }

    /// <summary>Counts what the catalog knows.</summary>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The counts.</returns>
    /// <exception cref="WaybillException">What the catalog reports.</exception>
    public Task<CatalogStatistics> GetStatisticsAsync(CancellationToken cancellationToken = default) => _database.ReadAsync(
        async session =>
        {
            long points = await Count("point").ConfigureAwait(false);
            return new CatalogStatistics
            {
                Applications = await Count("application").ConfigureAwait(false),
                Points = points,
                GonePoints = await Count("point p WHERE NOT EXISTS (SELECT 1 FROM copy c WHERE c.point = p.id AND c.gone IS NULL)").ConfigureAwait(false),
                Stores = await Count("store").ConfigureAwait(false),
                Copies = await Count("copy WHERE gone IS NULL").ConfigureAwait(false),
                CopyBytes = await session.NumberAsync("SELECT coalesce(sum(length), 0) FROM copy WHERE gone IS NULL", cancellationToken).ConfigureAwait(false),
                UnreadableCopies = await Count("copy WHERE gone IS NULL AND state <> 0").ConfigureAwait(false),
                Facts = await Count("fact").ConfigureAwait(false),
                Files = await Count("file").ConfigureAwait(false),
                PointsWithoutFiles = await Count("point WHERE depth < 2").ConfigureAwait(false),
                FirstSeen = points == 0 ? null : new Timestamp(await session.NumberAsync("SELECT min(first_seen) FROM application", cancellationToken).ConfigureAwait(false), 0),
                LastSeen = points == 0 ? null : new Timestamp(await session.NumberAsync("SELECT max(last_seen) FROM application", cancellationToken).ConfigureAwait(false), 0),
            };

            Task<long> Count(string rows) => session.NumberAsync($"SELECT count(*) FROM {rows}", cancellationToken);
        },
        cancellationToken);
}
