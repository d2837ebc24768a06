using System.Collections.Immutable;
using Waybill.Bundles;
using Waybill.Catalog.Queries;
using Waybill.Catalog.Storage;

namespace Waybill.Catalog;

/// <content>Logical names.</content>
public sealed partial class BundleCatalog
{
    /// <summary>Finds what holds the data of a logical name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>Where it is.</returns>
    /// <exception cref="WaybillException">
    /// <see cref="WaybillErrorCode.NameNotFound"/>: the catalog knows no such thing, or not at that time, or it cannot be gone back to;
    /// <see cref="WaybillErrorCode.NameAmbiguous"/>: several applications have that name there. Or what the catalog reports.
    /// </exception>
    public Task<CatalogResolution> ResolveAsync(LogicalName name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _database.ReadAsync(session => ResolveAsync(session, name, cancellationToken), cancellationToken);
    }

    private async Task<CatalogResolution> ResolveAsync(CatalogSession session, LogicalName name, CancellationToken cancellationToken)
    {
        long application = await FindOneAsync(session, name, cancellationToken).ConfigureAwait(false);
        ImmutableArray<CatalogPoint> points = await PointReader.OfApplicationAsync(session, application, cancellationToken).ConfigureAwait(false);
        points = await ChainJudge.JudgeAsync(session, points, Now, cancellationToken).ConfigureAwait(false);

        // The application may have lived elsewhere in between; what is named is what it was there.
        CatalogPoint[] there = [.. points.Where(point => IsAt(name, point.Application) && (name.Time is not { } time || point.Created <= time))];
        CatalogPoint[] having = name.Volume.Length == 0 ? there : [.. there.Where(point => FindStream(point, name) is not null)];
        CatalogPoint point = having.LastOrDefault(candidate => candidate.Chain == ChainState.Complete) ?? throw NotFound(name, points, there, having);
        var parents = ImmutableArray.CreateBuilder<CatalogCopy>();
        for (ParentLink? link = point.Parent; link is not null;)
        {
            CatalogPoint parent = (await PointReader.OfBundlesAsync(session, [link.Id], cancellationToken).ConfigureAwait(false)).First(known => known.ManifestDigest == link.ManifestDigest);
            parents.Add(parent.Copies.First(copy => copy.IsUsable));
            link = parent.Parent;
        }

        return new CatalogResolution(point, point.Copies.First(copy => copy.IsUsable)) { Stream = FindStream(point, name), Parents = parents.ToImmutable() };
    }

    private static async Task<long> FindOneAsync(CatalogSession session, LogicalName name, CancellationToken cancellationToken)
    {
        string where = AppId.TryParse(name.Application, null, out AppId id) ? "a.app = @application" : "p.id IN (SELECT x.point FROM fact f JOIN point_fact x ON x.fact = f.id WHERE f.digest = @application)";
        List<(string, object?)> values = [("@application", id.IsDefault ? new FactRow(FactKind.Name, "", CatalogText.Clean(name.Application)).Digest() : id.ToByteArray())];
        if (name.Cluster != LogicalName.Any)
        {
            where += name.Cluster.Length == 0 ? " AND i.cluster_name = '' AND i.cluster_id = ''" : " AND (i.cluster_name = @cluster OR i.cluster_id = @cluster)";
            values.Add(("@cluster", CatalogText.Clean(name.Cluster)));
        }

        if (name.Namespace != LogicalName.Any)
        {
            where += " AND i.namespace = @namespace";
            values.Add(("@namespace", CatalogText.Clean(name.Namespace)));
        }

        if (name.Time is { } time)
        {
            where += " AND p.created <= @time";
            values.Add(("@time", time.Seconds));
        }

        (string, object?)[] used = [.. values.Where(value => where.Contains(value.Item1, StringComparison.Ordinal))];
        List<(long Id, byte[] App)> found = await session.QueryAsync(
            $"SELECT DISTINCT a.id, a.app FROM point p JOIN application a ON a.id = p.application JOIN incarnation i ON i.id = p.incarnation WHERE {where} ORDER BY a.app LIMIT 10",
            reader => (reader.GetInt64(0), (byte[])reader.GetValue(1)),
            cancellationToken,
            used).ConfigureAwait(false);
        return found switch
        {
            [] => throw new WaybillException(WaybillErrorCode.NameNotFound, "The catalog knows no such application there at that time") { ObjectName = name.ToString(), Hint = "'waybill catalog search' finds it by any fragment of its name." },
            [var one] => one.Id,
            _ => throw new WaybillException(WaybillErrorCode.NameAmbiguous, $"Several applications have that name: {string.Join(", ", found.Select(row => new AppId(row.App)))}")
            {
                ObjectName = name.ToString(),
                Hint = "Put the id in place of the application's name.",
            },
        };
    }

    private static bool IsAt(LogicalName name, ApplicationIdentity application) =>
        (AppId.TryParse(name.Application, null, out _) || application.Name == name.Application)
        && (name.Cluster == LogicalName.Any || application.Origin.ClusterName == name.Cluster || (name.Cluster.Length > 0 && application.Origin.ClusterId == name.Cluster))
        && (name.Namespace == LogicalName.Any || application.Origin.Namespace == name.Namespace);

    private static CatalogStreamInfo? FindStream(CatalogPoint point, LogicalName name) => name.Volume.Length == 0
        ? null
        : point.Streams.FirstOrDefault(stream => stream.Name == name.Volume && stream.Kind is StreamKind.BlockVolume or StreamKind.FileMeta or StreamKind.Bytes);

    private static WaybillException NotFound(LogicalName name, ImmutableArray<CatalogPoint> points, CatalogPoint[] there, CatalogPoint[] having)
    {
        string what = (there, having) switch
        {
            ([], _) => $"There is no point of it there at that time; the first was begun {points[0].Created}",
            (_, []) => $"No point of it at that time has '{name.Volume}'; there are: {string.Join(", ", there.SelectMany(point => point.Streams).Where(stream => stream.Name.Length > 0).Select(stream => stream.Name).Distinct().Take(10))}",
            _ => "Points of it are known, and none of them can be gone back to: their bundles, or what those build on, are not where they were",
        };
        return new WaybillException(WaybillErrorCode.NameNotFound, what) { ObjectName = name.ToString(), Hint = "'waybill catalog timeline' shows what there is." };
    }
}
