using Grpc.Core;
using Waybill.Csi.Wire;
using ControllerCall = Waybill.Csi.Wire.ControllerServiceCapability.Types.RPC.Types.Type;

namespace Waybill.Testing;

/// <summary>Lists of snapshots: all, of a volume, one by its id, in pages.</summary>
internal static class SnapshotListChecks
{
    private const int PageSize = 2;
    private const int MaxPages = 100_000;

    public static IReadOnlyList<CsiCheck> All { get; } =
    [
        new("csi.controller.snapshots.entries", "Every listed snapshot MUST have an id, a volume and a time, and none may be listed twice.", EntriesAsync),
        new("csi.controller.snapshots.by-id", "A list for an id MUST hold that snapshot and no other.", ByIdAsync),
        new("csi.controller.snapshots.id-unknown", "A list for an id that no snapshot has MUST be empty.", IdUnknownAsync),
        new("csi.controller.snapshots.by-volume", "A list for a volume MUST hold all of its snapshots and no others.", ByVolumeAsync),
        new("csi.controller.snapshots.volume-unknown", "A list for a volume that does not exist MUST be empty.", VolumeUnknownAsync),
        new("csi.controller.snapshots.current", "A snapshot MUST be listed once it was taken, and not any more once it was removed.", CurrentAsync),
        new("csi.controller.snapshots.pages", "Pages MUST hold at most as many entries as asked for and together list every snapshot once.", PagesAsync),
        new("csi.controller.snapshots.bad-token", "A starting token that the driver did not give MUST be refused with ABORTED.", BadTokenAsync),
        new("csi.controller.snapshots.changing", "Pages MUST end, each with OK or ABORTED, while snapshots are taken and removed.", ChangingAsync),
    ];

    /// <summary>Reads a list to its end.</summary>
    public static async Task<List<Snapshot>> ListAsync(CsiScope scope, CancellationToken token, string id = "", string volume = "", int pageSize = 0)
    {
        List<Snapshot> snapshots = [];
        string next = "";
        for (int page = 0; ; page++)
        {
            Verdicts.Require(page < MaxPages, $"The list did not end after {MaxPages} pages.");
            ListSnapshotsResponse answer = await PageAsync(scope, pageSize, next, id, volume, token).ConfigureAwait(false);
            snapshots.AddRange(answer.Entries.Select(entry => entry.Snapshot));
            if (answer.NextToken.Length == 0)
            {
                return snapshots;
            }

            Verdicts.Require(answer.NextToken != next, $"A page gave the token '{next}' that it was asked with.");
            next = answer.NextToken;
        }
    }

    private static async Task EntriesAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.ListSnapshots);
        if (scope.Session.Has(ControllerCall.CreateDeleteSnapshot))
        {
            await TakeAsync(scope, 1, token).ConfigureAwait(false);
        }

        RequireEntries(await ListAsync(scope, token).ConfigureAwait(false));
    }

    private static async Task ByIdAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.ListSnapshots);
        List<Snapshot> taken = await TakeAsync(scope, 3, token).ConfigureAwait(false);
        List<Snapshot> listed = await ListAsync(scope, token, id: taken[1].SnapshotId).ConfigureAwait(false);
        RequireEntries(listed);
        RequireSame([taken[1].SnapshotId], listed);
    }

    private static async Task IdUnknownAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.ListSnapshots);
        RequireSame([], await ListAsync(scope, token, id: scope.NewUnknownId()).ConfigureAwait(false));
    }

    private static async Task ByVolumeAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.ListSnapshots);
        List<Snapshot> taken = await TakeAsync(scope, 3, token).ConfigureAwait(false);
        Snapshot second = await scope.NewSnapshotAsync(taken[1].SourceVolumeId, token).ConfigureAwait(false);
        List<Snapshot> listed = await ListAsync(scope, token, volume: taken[1].SourceVolumeId).ConfigureAwait(false);
        RequireEntries(listed);
        RequireSame([taken[1].SnapshotId, second.SnapshotId], listed);
    }

    private static async Task VolumeUnknownAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.ListSnapshots);
        RequireSame([], await ListAsync(scope, token, volume: scope.NewUnknownId()).ConfigureAwait(false));
    }

    private static async Task CurrentAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.ListSnapshots);
        Snapshot snapshot = (await TakeAsync(scope, 1, token).ConfigureAwait(false))[0];
        Verdicts.Require(await IsListedAsync().ConfigureAwait(false), $"Snapshot {snapshot.SnapshotId} was taken and is not listed.");
        await scope.DeleteSnapshotAsync(snapshot.SnapshotId, token).ConfigureAwait(false);
        Verdicts.Require(!await IsListedAsync().ConfigureAwait(false), $"Snapshot {snapshot.SnapshotId} was removed and is still listed.");

        async Task<bool> IsListedAsync() => (await ListAsync(scope, token).ConfigureAwait(false)).Any(one => one?.SnapshotId == snapshot.SnapshotId);
    }

    private static async Task PagesAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.ListSnapshots);
        List<Snapshot> taken = await TakeAsync(scope, (2 * PageSize) + 1, token).ConfigureAwait(false);
        List<Snapshot> listed = await ListAsync(scope, token, pageSize: PageSize).ConfigureAwait(false);
        RequireEntries(listed);
        string[] missing = [.. taken.Select(one => one.SnapshotId).Except(listed.Select(one => one.SnapshotId))];
        Verdicts.Require(missing.Length == 0, $"Not in any page: {string.Join(", ", missing)}.");

        // A token is for going on, in pages of any size.
        ListSnapshotsResponse first = await PageAsync(scope, PageSize, "", "", "", token).ConfigureAwait(false);
        ListSnapshotsResponse rest = await PageAsync(scope, 0, first.NextToken, "", "", token).ConfigureAwait(false);
        Verdicts.Require(
            !first.Entries.Select(one => one.Snapshot.SnapshotId).Intersect(rest.Entries.Select(one => one.Snapshot.SnapshotId)).Any(),
            "What stood in the first page stands behind its token again.");
    }

    private static async Task BadTokenAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.ListSnapshots);
        await CsiStatus.ExpectAsync(() => PageAsync(scope, 0, "no-token-of-this-driver", "", "", token), StatusCode.Aborted).ConfigureAwait(false);
    }

    private static async Task ChangingAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.ListSnapshots);
        List<Snapshot> taken = await TakeAsync(scope, PageSize + 1, token).ConfigureAwait(false);
        string next = "";
        for (int page = 0; ; page++)
        {
            Verdicts.Require(page < MaxPages, $"The list did not end after {MaxPages} pages.");
            ListSnapshotsResponse answer;
            try
            {
                answer = await PageAsync(scope, PageSize, next, "", "", token).ConfigureAwait(false);
            }
            catch (RpcException failure)
            {
                Verdicts.Require(failure.StatusCode == StatusCode.Aborted && next.Length > 0, $"Page {page + 1} ended with {CsiStatus.Describe(failure)}.");
                return;
            }

            foreach (ListSnapshotsResponse.Types.Entry entry in answer.Entries)
            {
                SnapshotChecks.RequireDescribed(entry.Snapshot);
            }

            if (answer.NextToken.Length == 0)
            {
                return;
            }

            next = answer.NextToken;
            if (page <= PageSize)
            {
                Snapshot added = await scope.NewSnapshotAsync(taken[0].SourceVolumeId, token).ConfigureAwait(false);
                await scope.NewSnapshotAsync(taken[0].SourceVolumeId, token).ConfigureAwait(false);
                await scope.DeleteSnapshotAsync(added.SnapshotId, token).ConfigureAwait(false);
            }
        }
    }

    private static async Task<List<Snapshot>> TakeAsync(CsiScope scope, int count, CancellationToken token)
    {
        List<Snapshot> taken = [];
        for (int i = 0; i < count; i++)
        {
            Volume volume = await scope.NewVolumeAsync(token).ConfigureAwait(false);
            taken.Add(await scope.NewSnapshotAsync(volume.VolumeId, token).ConfigureAwait(false));
        }

        return taken;
    }

    private static async Task<ListSnapshotsResponse> PageAsync(CsiScope scope, int pageSize, string start, string id, string volume, CancellationToken token)
    {
        ListSnapshotsRequest request = new() { MaxEntries = pageSize, StartingToken = start, SnapshotId = id, SourceVolumeId = volume };
        request.Secrets.Add(scope.Options.Secrets);
        ListSnapshotsResponse answer = await scope.Session.Controller.ListSnapshotsAsync(request, scope.Call(token)).ConfigureAwait(false);
        Verdicts.Require(pageSize == 0 || answer.Entries.Count <= pageSize, $"A page of at most {pageSize} entries holds {answer.Entries.Count}.");
        return answer;
    }

    private static void RequireSame(string[] wanted, List<Snapshot> listed)
    {
        string[] ids = [.. listed.Select(one => one.SnapshotId).Order(StringComparer.Ordinal)];
        Verdicts.Require(
            ids.SequenceEqual(wanted.Order(StringComparer.Ordinal)), $"Listed: {(ids.Length == 0 ? "none" : string.Join(", ", ids))}; {wanted.Length} were to be listed.");
    }

    private static void RequireEntries(List<Snapshot> snapshots)
    {
        foreach (Snapshot snapshot in snapshots)
        {
            SnapshotChecks.RequireDescribed(snapshot);
        }

        string[] repeated = [.. snapshots.GroupBy(one => one.SnapshotId).Where(group => group.Count() > 1).Select(group => group.Key)];
        Verdicts.Require(repeated.Length == 0, $"Listed more than once: {string.Join(", ", repeated)}.");
    }
}
