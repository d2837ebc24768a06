using System.Collections.Immutable;
using System.Data.Common;
using Waybill.Catalog.Storage;
using Waybill.Providers;

namespace Waybill.Catalog.Queries;

/// <summary>Finds what is orphaned.</summary>
internal sealed class OrphanReader(CatalogSession session, OrphanSearch search, CancellationToken cancellationToken)
{
    private const string ApplicationOfPoint = "a.id, a.app, a.name, a.first_seen, a.first_nanos, a.last_seen, a.last_nanos";

    // A copy that is readable and not gone.
    private const string Usable = "SELECT 1 FROM copy c WHERE c.state = 0 AND c.gone IS NULL AND c.point =";

    public async Task<List<CatalogOrphan>> UnreadableBundlesAsync() => await session.QueryAsync(
        $"{PointReader.CopyColumns} WHERE c.state <> 0 AND c.gone IS NULL ORDER BY s.name, c.name LIMIT @limit",
        reader =>
        {
            CatalogCopy copy = PointReader.ReadCopy(reader).Copy;
            return new CatalogOrphan(OrphanKind.UnreadableBundle, $"{copy.Store}/{copy.Name}") { Bundle = copy.Bundle, Problem = copy.Problem, Note = copy.PublicTags };
        },
        cancellationToken,
        ("@limit", (long)search.Limit)).ConfigureAwait(false);

    public async Task<List<CatalogOrphan>> MissingParentsAsync() => await session.QueryAsync(
        $"""
        SELECT p.bundle, p.created, p.created_nanos, p.parent, {ApplicationOfPoint}
        FROM point p JOIN application a ON a.id = p.application
        WHERE p.parent IS NOT NULL AND EXISTS ({Usable} p.id)
            AND NOT EXISTS (SELECT 1 FROM point q WHERE q.bundle = p.parent AND q.digest = p.parent_digest AND EXISTS ({Usable} q.id))
        ORDER BY p.created, p.created_nanos, p.bundle LIMIT @limit
        """,
        reader =>
        {
            var bundle = new BundleId((byte[])reader.GetValue(0));
            CatalogApplication application = Application(reader, 4);
            return new CatalogOrphan(OrphanKind.MissingParent, application.Name)
            {
                Application = application, Bundle = bundle, Time = new Timestamp(reader.GetInt64(1), (int)reader.GetInt64(2)), Missing = new BundleId((byte[])reader.GetValue(3)),
            };
        },
        cancellationToken,
        ("@limit", (long)search.Limit)).ConfigureAwait(false);

    public async Task<List<CatalogOrphan>> ConflictsAsync()
    {
        List<BundleId> bundles = await session.QueryAsync(
            "SELECT bundle FROM point GROUP BY bundle HAVING count(*) > 1 ORDER BY bundle LIMIT @limit", reader => new BundleId((byte[])reader.GetValue(0)), cancellationToken, ("@limit", (long)search.Limit)).ConfigureAwait(false);
        ImmutableArray<CatalogPoint> points = await PointReader.OfBundlesAsync(session, bundles, cancellationToken).ConfigureAwait(false);
        var orphans = new List<CatalogOrphan>();
        foreach (IGrouping<BundleId, CatalogPoint> group in points.GroupBy(point => point.Bundle))
        {
            CatalogPoint newest = group.Last();
            IEnumerable<string> places = group.SelectMany(point => point.Copies.DefaultIfEmpty(), (point, copy) => copy is null
                ? $"{point.ManifestDigest}: nowhere any more"
                : $"{point.ManifestDigest}: {copy.Store}/{copy.Name}");
            orphans.Add(new CatalogOrphan(OrphanKind.ConflictingBundles, newest.Application.Name)
            {
                Application = (await BundleCatalog.FindApplicationAsync(session, newest.Application.Id, cancellationToken).ConfigureAwait(false))?.Application,
                Bundle = group.Key,
                Time = newest.Created,
                Note = string.Join("; ", places),
            });
        }

        return orphans;
    }

    public async Task<List<CatalogOrphan>> ApplicationsWithoutBundlesAsync() => await session.QueryAsync(
        $"""
        SELECT {ApplicationOfPoint} FROM application a
        WHERE NOT EXISTS (SELECT 1 FROM point p WHERE p.application = a.id AND EXISTS ({Usable} p.id))
        ORDER BY a.last_seen, a.app LIMIT @limit
        """,
        reader => OfApplication(reader, OrphanKind.ApplicationWithoutBundles),
        cancellationToken,
        ("@limit", (long)search.Limit)).ConfigureAwait(false);

    public async Task<List<CatalogOrphan>> StaleApplicationsAsync(Timestamp now) => await session.QueryAsync(
        $"SELECT {ApplicationOfPoint} FROM application a WHERE a.last_seen < @before ORDER BY a.last_seen, a.app LIMIT @limit",
        reader => OfApplication(reader, OrphanKind.StaleApplication),
        cancellationToken,
        ("@before", Timestamp.From(now.ToDateTimeOffset() - search.StaleAfter).Seconds),
        ("@limit", (long)search.Limit)).ConfigureAwait(false);

    /// <summary>Compares what a platform has with what points were made of.</summary>
    public async Task<List<CatalogOrphan>> OfPlatformAsync(CatalogPlatform platform)
    {
        (string, object?)[] provider = [("@provider", platform.Name)];
        HashSet<string> handles = [.. await session.QueryAsync("SELECT DISTINCT handle FROM point_stream WHERE handle <> '' AND provider = @provider", reader => reader.GetString(0), cancellationToken, provider).ConfigureAwait(false)];
        HashSet<string> snapshots = [.. await session.QueryAsync("SELECT DISTINCT snapshot FROM point_stream WHERE snapshot <> '' AND provider = @provider", reader => reader.GetString(0), cancellationToken, provider).ConfigureAwait(false)];
        HashSet<string> volumes = [.. platform.Volumes.Concat(platform.Unclaimed).Select(volume => volume.Id.ToString())];
        var orphans = new List<CatalogOrphan>();
        orphans.AddRange(platform.Volumes
            .Where(volume => !handles.Contains(volume.Id.ToString()))
            .Select(volume => new CatalogOrphan(OrphanKind.UnknownVolume, $"{platform.Name}:{volume.Id}") { Time = volume.Created, Note = volume.Name }));
        orphans.AddRange(platform.Snapshots
            .Where(snapshot => !snapshots.Contains(snapshot.Id.ToString()) || !volumes.Contains(snapshot.Volume.ToString()))
            .Select(snapshot => new CatalogOrphan(OrphanKind.UnknownSnapshot, $"{platform.Name}:{snapshot.Id}") { Time = snapshot.Created, Note = NoteOf(snapshot, volumes) }));
        orphans.AddRange(platform.Unclaimed.Select(volume => new CatalogOrphan(OrphanKind.UnclaimedVolume, $"{platform.Name}:{volume.Id}")
        {
            Time = volume.Created, Note = $"{volume.Name}, {(handles.Contains(volume.Id.ToString()) ? "in points" : "in no point")}",
        }));
        orphans.AddRange((await NewestHandlesAsync(platform).ConfigureAwait(false))
            .Where(row => !volumes.Contains(row.Handle))
            .Select(row => new CatalogOrphan(OrphanKind.MissingVolume, $"{platform.Name}:{row.Handle}") { Application = row.Application, Time = row.Application.LastSeen, Note = row.Stream }));
        return [.. orphans.GroupBy(orphan => orphan.Kind).SelectMany(kind => kind.OrderBy(orphan => orphan.Name, StringComparer.Ordinal).Take(search.Limit))];
    }

    private static string NoteOf(SnapshotDescriptor snapshot, HashSet<string> volumes) =>
        volumes.Contains(snapshot.Volume.ToString()) ? $"{snapshot.Name}, of {snapshot.Volume}" : $"{snapshot.Name}, of {snapshot.Volume}, which is not there";

    // The volumes of the newest point of each application.
    private Task<List<(CatalogApplication Application, string Handle, string Stream)>> NewestHandlesAsync(CatalogPlatform platform) => session.QueryAsync(
        $"""
        SELECT {ApplicationOfPoint}, x.handle, x.name FROM application a
        JOIN point p ON p.application = a.id AND p.created = a.last_seen AND p.created_nanos = a.last_nanos
        JOIN incarnation i ON i.id = p.incarnation AND (@cluster = '' OR i.cluster_id = @cluster)
        JOIN point_stream x ON x.point = p.id AND x.handle <> '' AND x.provider = @provider
        """,
        reader => (Application(reader, 0), reader.GetString(7), reader.GetString(8)),
        cancellationToken,
        ("@provider", platform.Name),
        ("@cluster", platform.ClusterId));

    private static CatalogOrphan OfApplication(DbDataReader reader, OrphanKind kind)
    {
        CatalogApplication application = Application(reader, 0);
        return new CatalogOrphan(kind, application.Name) { Application = application, Time = application.LastSeen };
    }

    private static CatalogApplication Application(DbDataReader reader, int column) => new(
        new AppId((byte[])reader.GetValue(column + 1)),
        reader.GetString(column + 2),
        new Timestamp(reader.GetInt64(column + 3), (int)reader.GetInt64(column + 4)),
        new Timestamp(reader.GetInt64(column + 5), (int)reader.GetInt64(column + 6)));
}
