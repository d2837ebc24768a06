using System.Collections.Immutable;
using Waybill.Catalog.Storage;

namespace Waybill.Catalog.Queries;

/// <summary>Says of points whether they can be gone back to: whether they, and all they build on, are there.</summary>
internal sealed class ChainJudge
{
    private static readonly TimeSpan s_tolerance = TimeSpan.FromHours(1);

    private readonly Dictionary<(BundleId, Digest), CatalogPoint> _known = [];
    private readonly HashSet<BundleId> _conflicts = [];
    private readonly Dictionary<(BundleId, Digest), (ChainState State, BundleId? Problem)> _verdicts = [];

    /// <summary>Judges points, and reads those they build on that are not among them.</summary>
    public static async Task<ImmutableArray<CatalogPoint>> JudgeAsync(CatalogSession session, ImmutableArray<CatalogPoint> points, Timestamp now, CancellationToken cancellationToken)
    {
        var judge = new ChainJudge();
        judge.Add(points);

        // Points of other applications too: a fork builds on what it came from, and another bundle may have stolen an id.
        List<(BundleId Bundle, Digest Digest)> keys = await PointReader.KeysOfBundlesAsync(session, points.Select(point => point.Bundle), cancellationToken).ConfigureAwait(false);
        BundleId[] twins = [.. keys.Where(key => !judge._known.ContainsKey(key)).Select(key => key.Bundle)];
        judge.Add(await PointReader.OfBundlesAsync(session, twins, cancellationToken).ConfigureAwait(false));
        for (HashSet<BundleId> asked = []; judge.MissingParents(asked) is { Count: > 0 } missing;)
        {
            asked.UnionWith(missing);
            judge.Add(await PointReader.OfBundlesAsync(session, missing, cancellationToken).ConfigureAwait(false));
        }

        DateTimeOffset latest = now.ToDateTimeOffset() + s_tolerance;
        return [.. points.Select(point => judge.Judge(point, latest))];
    }

    private void Add(ImmutableArray<CatalogPoint> points)
    {
        foreach (CatalogPoint point in points)
        {
            _known.TryAdd((point.Bundle, point.ManifestDigest), point);
        }

        _conflicts.UnionWith(_known.Keys.GroupBy(key => key.Item1).Where(group => group.Count() > 1).Select(group => group.Key));
    }

    private HashSet<BundleId> MissingParents(HashSet<BundleId> asked) =>
    [
        .. _known.Values
            .Where(point => point.Parent is { } parent && !_known.ContainsKey((parent.Id, parent.ManifestDigest)) && !asked.Contains(parent.Id))
            .Select(point => point.Parent!.Id),
    ];

    private CatalogPoint Judge(CatalogPoint point, DateTimeOffset latest)
    {
        (ChainState state, BundleId? problem) = _conflicts.Contains(point.Bundle) ? (ChainState.Conflict, point.Bundle) : Follow(point);
        bool isBeforeParent = point.Parent is { } link && _known.GetValueOrDefault((link.Id, link.ManifestDigest)) is { } parent && point.Created < parent.Created;
        return point with
        {
            Chain = state,
            ChainProblem = problem,
            Clock = point.Created.ToDateTimeOffset() > latest ? ClockDoubt.Future : isBeforeParent ? ClockDoubt.BeforeParent : ClockDoubt.None,
        };
    }

    private (ChainState State, BundleId? Problem) Follow(CatalogPoint point)
    {
        // Not by recursion: a chain may be long, and a hostile one may even be a circle.
        var path = new List<(BundleId, Digest)>();
        var seen = new HashSet<(BundleId, Digest)>();
        (ChainState, BundleId?) verdict = (ChainState.Complete, null);
        for (CatalogPoint? at = point; at is not null;)
        {
            (BundleId, Digest) key = (at.Bundle, at.ManifestDigest);
            if (_verdicts.TryGetValue(key, out (ChainState State, BundleId? Problem) known))
            {
                verdict = known.State == ChainState.Gone ? (ChainState.ParentMissing, at.Bundle) : known;
                break;
            }

            if (!seen.Add(key))
            {
                verdict = (ChainState.ParentMissing, at.Bundle);
                break;
            }

            path.Add(key);
            if (!at.Copies.Any(copy => copy.IsUsable))
            {
                verdict = (ChainState.Gone, at.Bundle);
                break;
            }

            if (at.Parent is not { } link)
            {
                break;
            }

            if (!_known.TryGetValue((link.Id, link.ManifestDigest), out CatalogPoint? parent))
            {
                verdict = (ChainState.ParentMissing, link.Id);
                break;
            }

            at = parent;
        }

        for (int i = path.Count - 1; i >= 0; i--)
        {
            _verdicts[path[i]] = verdict;
            verdict = verdict.Item1 == ChainState.Gone ? (ChainState.ParentMissing, verdict.Item2) : verdict;
        }

        return _verdicts[(point.Bundle, point.ManifestDigest)];
    }
}
