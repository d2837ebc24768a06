using System.Collections.Immutable;
using Waybill.Catalog.Storage;

namespace Waybill.Catalog.Queries;

/// <summary>Puts together what is known of one application.</summary>
internal static class LifeReader
{
    // Fewer points say nothing of how often there usually is one, and a gap shorter than this nobody asks about.
    private const int LeastPoints = 4;
    private const int GapFactor = 3;
    private static readonly TimeSpan s_leastGap = TimeSpan.FromHours(1);

    public static async Task<CatalogLife?> ReadAsync(CatalogSession session, AppId id, Timestamp now, CancellationToken cancellationToken)
    {
        if (await BundleCatalog.FindApplicationAsync(session, id, cancellationToken).ConfigureAwait(false) is not { } row)
        {
            return null;
        }

        ImmutableArray<CatalogPoint> points = await PointReader.OfApplicationAsync(session, row.Id, cancellationToken).ConfigureAwait(false);
        points = await ChainJudge.JudgeAsync(session, points, now, cancellationToken).ConfigureAwait(false);
        (ImmutableArray<CatalogFact> facts, ImmutableArray<CatalogTag> tags) = await ReadFactsAsync(session, row.Id, cancellationToken).ConfigureAwait(false);
        return new CatalogLife(row.Application)
        {
            Points = points,
            Names = [.. points.Select(point => point.Application.Name).Distinct()],
            Incarnations = [.. Incarnations(points)],
            Facts = facts,
            Tags = tags,
            Gaps = [.. Gaps(points)],
            LostStreams = [.. LostStreams(points)],
        };
    }

    private static IEnumerable<CatalogIncarnation> Incarnations(ImmutableArray<CatalogPoint> points) =>
        from point in points
        group point by point.Application.Origin with { Host = "" } into place
        select new CatalogIncarnation(place.Key, place.First().Created, place.Last().Created, place.Count())
        {
            Names = [.. place.Select(point => point.Application.Name).Distinct()],
            Hosts = [.. place.Select(point => point.Application.Origin.Host).Where(host => host.Length > 0).Distinct()],
        };

    private static IEnumerable<CatalogGap> Gaps(ImmutableArray<CatalogPoint> points)
    {
        if (points.Length < LeastPoints)
        {
            yield break;
        }

        TimeSpan[] distances = [.. points.Zip(points.Skip(1), (one, next) => next.Created.ToDateTimeOffset() - one.Created.ToDateTimeOffset())];
        TimeSpan usual = distances.Order().ElementAt(distances.Length / 2);
        for (int i = 0; i < distances.Length; i++)
        {
            if (distances[i] > s_leastGap && distances[i].Ticks / GapFactor > usual.Ticks)
            {
                yield return new CatalogGap(points[i].Created, points[i + 1].Created);
            }
        }
    }

    private static IEnumerable<CatalogStreamInfo> LostStreams(ImmutableArray<CatalogPoint> points)
    {
        HashSet<StreamId> present = [.. points.IsEmpty ? [] : points[^1].Streams.Select(stream => stream.Id)];
        return points
            .Reverse()
            .SelectMany(point => point.Streams.Where(stream => stream.IsData))
            .Where(stream => present.Add(stream.Id))
            .OrderBy(stream => stream.Name, StringComparer.Ordinal);
    }

    private static async Task<(ImmutableArray<CatalogFact> Facts, ImmutableArray<CatalogTag> Tags)> ReadFactsAsync(CatalogSession session, long application, CancellationToken cancellationToken)
    {
        List<(FactRow Row, Timestamp First, Timestamp Last, int Points)> rows = await session.QueryAsync(
            """
            SELECT f.kind, f.name, f.value, f.type, f.source, f.reference, f.sensitivity, x.first_seen, x.last_seen, x.points, x.observed
            FROM (
                SELECT fact, min(created) AS first_seen, max(created) AS last_seen, count(*) AS points, max(observed) AS observed
                FROM point_fact WHERE point IN (SELECT id FROM point WHERE application = @application) GROUP BY fact
            ) AS x JOIN fact f ON f.id = x.fact
            """,
            reader => (
                new FactRow((FactKind)reader.GetInt64(0), reader.GetString(1), reader.GetString(2))
                {
                    Type = (TagValueType)reader.GetInt64(3),
                    Source = (TagSource)reader.GetInt64(4),
                    Reference = reader.GetString(5),
                    Sensitivity = (TagSensitivity)reader.GetInt64(6),
                    Observed = reader.IsDBNull(10) ? null : new Timestamp(reader.GetInt64(10), 0),
                },
                new Timestamp(reader.GetInt64(7), 0),
                new Timestamp(reader.GetInt64(8), 0),
                (int)reader.GetInt64(9)),
            cancellationToken,
            ("@application", application)).ConfigureAwait(false);

        IEnumerable<CatalogFact> facts = rows
            .Where(row => row.Row.Kind != FactKind.Tag)
            .Select(row => new CatalogFact(row.Row.Kind, row.Row.Name, row.Row.Value, row.First, row.Last, row.Points))
            .OrderBy(fact => fact.Kind).ThenBy(fact => fact.Key, StringComparer.Ordinal).ThenBy(fact => fact.Value, StringComparer.Ordinal);
        IEnumerable<CatalogTag> tags = rows
            .Where(row => row.Row.Kind == FactKind.Tag)
            .OrderBy(row => row.Row.Name, StringComparer.Ordinal).ThenBy(row => row.Row.Source).ThenBy(row => row.Row.Reference, StringComparer.Ordinal)
            .ThenBy(row => row.Row.Value, StringComparer.Ordinal).ThenBy(row => row.Row.Sensitivity).ThenBy(row => row.Row.Type)
            .Select(row => new CatalogTag(ToTag(row.Row), row.First, row.Last, row.Points));
        return ([.. facts], [.. tags]);
    }

    private static Tag ToTag(FactRow row) => new(row.Name, StoredTagValue.Read(row.Type, row.Value), row.Source)
    {
        SourceReference = row.Reference, Sensitivity = row.Sensitivity, Observed = row.Observed,
    };
}
