using System.Collections.Immutable;
using System.Globalization;
using Waybill.Bundles;
using Waybill.Catalog.Queries;
using Waybill.Catalog.Storage;

namespace Waybill.Catalog;

/// <content>Where volumes are.</content>
public sealed partial class BundleCatalog
{
    private const int MaxApplications = 100;

    /// <summary>Finds every place where the data of a volume is or was.</summary>
    /// <param name="text">A fragment of its name, its handle on the platform, its claim, its storage class or a snapshot, in any case; or the id of its stream.</param>
    /// <param name="platforms">What platforms have now; those that are not given were not asked.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The volumes that match, of at most 100 applications, ordered by the names of the applications and their own.</returns>
    /// <exception cref="WaybillException">What the catalog reports.</exception>
    public Task<IReadOnlyList<VolumeWhereabouts>> FindVolumesAsync(string text, IReadOnlyList<CatalogPlatform>? platforms = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        return _database.ReadAsync(session => FindVolumesAsync(session, text, platforms ?? [], cancellationToken), cancellationToken);
    }

    private async Task<IReadOnlyList<VolumeWhereabouts>> FindVolumesAsync(
        CatalogSession session, string text, IReadOnlyList<CatalogPlatform> platforms, CancellationToken cancellationToken)
    {
        string folded = CatalogText.Fold(text);
        List<long> applications;
        if (StreamId.TryParse(text, null, out StreamId stream))
        {
            applications = await session.QueryAsync(
                "SELECT application FROM stream WHERE stream = @stream", reader => reader.GetInt64(0), cancellationToken, ("@stream", stream.ToByteArray())).ConfigureAwait(false);
        }
        else
        {
            await _database.PrepareSearchAsync(session, cancellationToken).ConfigureAwait(false);
            string matching = _database.MatchingFacts(isName: false, folded, string.Create(CultureInfo.InvariantCulture, $"AND t.kind IN ({(int)FactKind.Volume}, {(int)FactKind.Snapshot})"));
            applications = await session.QueryAsync(
                $"SELECT DISTINCT application FROM point_fact WHERE fact IN ({matching}) LIMIT @limit", reader => reader.GetInt64(0), cancellationToken,
                ("@pattern", _database.FactPatternOf(folded)), ("@text", folded), ("@limit", (long)MaxApplications)).ConfigureAwait(false);
        }

        var found = new List<VolumeWhereabouts>();
        Dictionary<long, CatalogApplication> known = await ApplicationsAsync(session, applications, cancellationToken).ConfigureAwait(false);
        ImmutableArray<CatalogPoint> all = await PointReader.OfApplicationsAsync(session, known.Keys, cancellationToken).ConfigureAwait(false);
        all = await ChainJudge.JudgeAsync(session, all, Now, cancellationToken).ConfigureAwait(false);
        ILookup<AppId, CatalogPoint> pointsOf = all.ToLookup(point => point.Application.Id);
        foreach (CatalogApplication application in known.Values)
        {
            ImmutableArray<CatalogPoint> points = [.. pointsOf[application.Id]];
            IEnumerable<StreamId> streams = points
                .SelectMany(point => point.Streams)
                .Where(candidate => candidate.Kind is StreamKind.BlockVolume or StreamKind.FileMeta or StreamKind.Bytes && (candidate.Id == stream || Matches(candidate, folded)))
                .Select(candidate => candidate.Id)
                .Distinct();
            found.AddRange(streams.Select(wanted => Describe(application, wanted, points, platforms)));
        }

        return
        [
            .. found.OrderBy(volume => volume.Application.Name, StringComparer.Ordinal).ThenBy(volume => volume.Application.Id.ToString(), StringComparer.Ordinal)
                .ThenBy(volume => volume.Name, StringComparer.Ordinal).ThenBy(volume => volume.Stream.ToString(), StringComparer.Ordinal),
        ];
    }

    private static bool Matches(CatalogStreamInfo stream, string folded) =>
        ((string[])[stream.Name, stream.Volume.PlatformHandle, stream.Volume.Claim, stream.Volume.StorageClass, stream.Snapshot])
        .Any(text => CatalogText.Fold(text).Contains(folded, StringComparison.Ordinal));

    private static VolumeWhereabouts Describe(CatalogApplication application, StreamId id, ImmutableArray<CatalogPoint> points, IReadOnlyList<CatalogPlatform> platforms)
    {
        (CatalogPoint Point, CatalogStreamInfo Stream)[] seen = [.. points.SelectMany(point => point.Streams.Where(stream => stream.Id == id).Select(stream => (point, stream)))];
        CatalogStreamInfo newest = seen[^1].Stream;
        HashSet<(string, string)> handles = [.. seen.Select(row => (row.Stream.Volume.Provider, row.Stream.Volume.PlatformHandle))];
        return new VolumeWhereabouts(application, id, newest.Kind, newest.Name)
        {
            Points = [.. seen.Select(row => row.Point)],
            Places =
            [
                .. from row in seen
                   group row by row.Stream.Volume with { Capabilities = [] } into place
                   where place.Key != new VolumeFacts { Capabilities = [] }
                   select new VolumePlace(place.Key, place.First().Point.Created, place.Last().Point.Created, IsThere(place.Key, [.. place.Select(row => row.Point)], platforms)),
            ],
            Snapshots =
            [
                .. from platform in platforms
                   from snapshot in platform.Snapshots
                   where handles.Contains((platform.Name, snapshot.Volume.ToString()))
                   orderby snapshot.Created
                   select new PlatformSnapshot(platform.Name, snapshot),
            ],
        };
    }

    private static bool? IsThere(VolumeFacts volume, CatalogPoint[] points, IReadOnlyList<CatalogPlatform> platforms)
    {
        CatalogPlatform[] asked =
        [
            .. platforms.Where(platform => platform.Name == volume.Provider
                && (platform.ClusterId.Length == 0 || points.Any(point => point.Application.Origin.ClusterId == platform.ClusterId))),
        ];
        return asked.Length == 0 ? null : asked.Any(platform => platform.Has(volume.PlatformHandle));
    }
}
