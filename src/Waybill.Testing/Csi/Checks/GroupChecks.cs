using Grpc.Core;
using Waybill.Csi.Wire;
using ControllerCall = Waybill.Csi.Wire.ControllerServiceCapability.Types.RPC.Types.Type;
using GroupCall = Waybill.Csi.Wire.GroupControllerServiceCapability.Types.RPC.Types.Type;
using ServiceKind = Waybill.Csi.Wire.PluginCapability.Types.Service.Types.Type;

namespace Waybill.Testing;

/// <summary>Snapshots of several volumes that belong together.</summary>
internal static class GroupChecks
{
    public static IReadOnlyList<CsiCheck> All { get; } =
    [
        new("csi.group.capabilities", "The capabilities of the group controller MUST be given, the same at every call.", CapabilitiesAsync),
        new("csi.group.create.no-name", "A group snapshot without a name MUST be refused with INVALID_ARGUMENT.", NoNameAsync),
        new("csi.group.create.no-volumes", "A group snapshot without volumes MUST be refused with INVALID_ARGUMENT.", NoVolumesAsync),
        new("csi.group.create.volume-unknown", "A group snapshot with a volume that does not exist MUST be refused with NOT_FOUND, and leave nothing.", VolumeUnknownAsync),
        new("csi.group.create.works", "A group snapshot MUST hold one snapshot of each volume, each with the id of the group.", CreateAsync),
        new("csi.group.create.idempotent", "The same name for the same volumes again MUST return the same group snapshot.", IdempotentAsync),
        new("csi.group.create.concurrent", "The same request several times at once MUST take one group snapshot; a call may end with ABORTED.", ConcurrentAsync),
        new("csi.group.create.other-volumes", "A name that other volumes have a group snapshot of MUST be refused with ALREADY_EXISTS.", OtherVolumesAsync),
        new("csi.group.create.long-name", "Names of 128 bytes MUST be accepted, and two that differ in the last byte MUST take two group snapshots.", LongNameAsync),
        new("csi.group.create.restorable", "A volume MUST be made of each snapshot of a group.", RestorableAsync),
        new("csi.group.get.no-id", "Getting a group snapshot without an id MUST be refused with INVALID_ARGUMENT.", (scope, token) => GetRefusedAsync(scope, "", StatusCode.InvalidArgument, token)),
        new(
            "csi.group.get.unknown",
            "Getting a group snapshot that does not exist MUST be refused with NOT_FOUND.",
            (scope, token) => GetRefusedAsync(scope, scope.NewUnknownId(), StatusCode.NotFound, token)),
        new("csi.group.get.works", "A group snapshot MUST be got as it was taken.", GetAsync),
        new("csi.group.delete.no-id", "Removing a group snapshot without an id MUST be refused with INVALID_ARGUMENT.", DeleteNoIdAsync),
        new("csi.group.delete.unknown", "Removing a group snapshot that does not exist MUST succeed.", DeleteUnknownAsync),
        new("csi.group.delete.works", "A group snapshot that was removed MUST be gone with its snapshots, and removing it again MUST succeed.", DeleteAsync),
    ];

    /// <summary>Waits until a group snapshot can be used.</summary>
    public static async Task<VolumeGroupSnapshot> ReadyAsync(CsiScope scope, CreateVolumeGroupSnapshotRequest request, CancellationToken token)
    {
        long start = scope.Options.TimeProvider.GetTimestamp();
        while (true)
        {
            VolumeGroupSnapshot group = await scope.CreateGroupAsync(request, token).ConfigureAwait(false);
            if (group.ReadyToUse)
            {
                return group;
            }

            Verdicts.Require(scope.Options.TimeProvider.GetElapsedTime(start) < scope.Options.Patience, $"Group snapshot {group.GroupSnapshotId} was not ready within {scope.Options.Patience}.");
            await scope.PauseAsync(token).ConfigureAwait(false);
        }
    }

    private static void RequireGroups(CsiScope scope) => scope.Session.Require(GroupCall.CreateDeleteGetVolumeGroupSnapshot);

    private static async Task CapabilitiesAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ServiceKind.GroupControllerService);
        string first = await ListAsync().ConfigureAwait(false);
        string second = await ListAsync().ConfigureAwait(false);
        Verdicts.Require(first == second, $"First {first}, then {second}.");

        async Task<string> ListAsync()
        {
            GroupControllerGetCapabilitiesResponse answer =
                await scope.Session.Groups.GroupControllerGetCapabilitiesAsync(new GroupControllerGetCapabilitiesRequest(), scope.Call(token)).ConfigureAwait(false);
            Verdicts.Require(!answer.Capabilities.Any(one => one.Rpc is { Type: GroupCall.Unknown }), "A capability of the kind UNKNOWN is announced, which says nothing.");
            return string.Join(", ", answer.Capabilities.Select(one => one.ToString()).Order(StringComparer.Ordinal));
        }
    }

    private static async Task NoNameAsync(CsiScope scope, CancellationToken token)
    {
        CreateVolumeGroupSnapshotRequest request = await RequestAsync(scope, token).ConfigureAwait(false);
        request.Name = "";
        await CsiStatus.ExpectAsync(() => scope.CreateGroupAsync(request, token), StatusCode.InvalidArgument).ConfigureAwait(false);
    }

    private static async Task NoVolumesAsync(CsiScope scope, CancellationToken token)
    {
        RequireGroups(scope);
        await CsiStatus.ExpectAsync(() => scope.CreateGroupAsync(scope.GroupRequest(), token), StatusCode.InvalidArgument).ConfigureAwait(false);
    }

    private static async Task VolumeUnknownAsync(CsiScope scope, CancellationToken token)
    {
        CreateVolumeGroupSnapshotRequest request = await RequestAsync(scope, token).ConfigureAwait(false);
        string known = request.SourceVolumeIds[0];
        request.SourceVolumeIds[1] = scope.NewUnknownId();
        await CsiStatus.ExpectAsync(() => scope.CreateGroupAsync(request, token), StatusCode.NotFound).ConfigureAwait(false);
        if (scope.Session.Has(ControllerCall.ListSnapshots))
        {
            List<Snapshot> left = await SnapshotListChecks.ListAsync(scope, token, volume: known).ConfigureAwait(false);
            Verdicts.Require(left.Count == 0, $"{left.Count} snapshot of volume {known} was left.");
        }
    }

    private static async Task CreateAsync(CsiScope scope, CancellationToken token)
    {
        CreateVolumeGroupSnapshotRequest request = await RequestAsync(scope, token).ConfigureAwait(false);
        VolumeGroupSnapshot group = await TakeAsync(scope, request, token).ConfigureAwait(false);
        Verdicts.Require(group.CreationTime is { Seconds: > 0 }, "The group snapshot has no time.");
        foreach (Snapshot snapshot in group.Snapshots)
        {
            SnapshotChecks.RequireDescribed(snapshot);
            Verdicts.Require(
                snapshot.GroupSnapshotId == group.GroupSnapshotId, $"Snapshot {snapshot.SnapshotId} of group {group.GroupSnapshotId} says that it is of group '{snapshot.GroupSnapshotId}'.");
        }

        string[] volumes = [.. group.Snapshots.Select(one => one.SourceVolumeId).Order(StringComparer.Ordinal)];
        Verdicts.Require(
            volumes.SequenceEqual(request.SourceVolumeIds.Order(StringComparer.Ordinal)),
            $"Of {string.Join(", ", request.SourceVolumeIds)} were asked for, of {string.Join(", ", volumes)} were taken.");
    }

    private static async Task IdempotentAsync(CsiScope scope, CancellationToken token)
    {
        CreateVolumeGroupSnapshotRequest request = await RequestAsync(scope, token).ConfigureAwait(false);
        VolumeGroupSnapshot first = await TakeAsync(scope, request, token).ConfigureAwait(false);
        for (int i = 1; i < scope.Options.Repetitions; i++)
        {
            VolumeGroupSnapshot again = await scope.CreateGroupAsync(request, token).ConfigureAwait(false);
            RequireSame(first, again);
        }

        // The order of the volumes is not part of what was asked for.
        CreateVolumeGroupSnapshotRequest reversed = request.Clone();
        reversed.SourceVolumeIds.Clear();
        reversed.SourceVolumeIds.Add(request.SourceVolumeIds.Reverse());
        RequireSame(first, await scope.CreateGroupAsync(reversed, token).ConfigureAwait(false));
    }

    private static async Task ConcurrentAsync(CsiScope scope, CancellationToken token)
    {
        CreateVolumeGroupSnapshotRequest request = await RequestAsync(scope, token).ConfigureAwait(false);
        VolumeGroupSnapshot?[] taken = await Task.WhenAll(
            Enumerable.Range(0, scope.Options.Concurrency).Select(_ => AtOnce.TryAsync(() => TakeAsync(scope, request.Clone(), token)))).ConfigureAwait(false);
        VolumeGroupSnapshot last = await AtOnce.FinallyAsync(scope, () => scope.CreateGroupAsync(request, token), token).ConfigureAwait(false);
        string[] ids = [.. taken.OfType<VolumeGroupSnapshot>().Append(last).Select(one => one.GroupSnapshotId).Distinct()];
        Verdicts.Require(ids.Length == 1, $"One name took {ids.Length} group snapshots: {string.Join(", ", ids)}.");
        foreach (VolumeGroupSnapshot group in taken.OfType<VolumeGroupSnapshot>())
        {
            RequireSame(last, group);
        }
    }

    private static async Task OtherVolumesAsync(CsiScope scope, CancellationToken token)
    {
        CreateVolumeGroupSnapshotRequest request = await RequestAsync(scope, token).ConfigureAwait(false);
        await TakeAsync(scope, request, token).ConfigureAwait(false);
        CreateVolumeGroupSnapshotRequest other = await RequestAsync(scope, token).ConfigureAwait(false);
        other.Name = request.Name;
        await CsiStatus.ExpectAsync(() => scope.CreateGroupAsync(other, token), StatusCode.AlreadyExists).ConfigureAwait(false);
    }

    private static async Task LongNameAsync(CsiScope scope, CancellationToken token)
    {
        CreateVolumeGroupSnapshotRequest request = await RequestAsync(scope, token).ConfigureAwait(false);
        request.Name = CreateVolumeChecks.LongName(scope, 1);
        VolumeGroupSnapshot one = await TakeAsync(scope, request, token).ConfigureAwait(false);
        CreateVolumeGroupSnapshotRequest next = request.Clone();
        next.Name = request.Name[..^1] + '2';
        VolumeGroupSnapshot other = await TakeAsync(scope, next, token).ConfigureAwait(false);
        Verdicts.Require(
            one.GroupSnapshotId != other.GroupSnapshotId, $"Two names that differ in byte {CreateVolumeChecks.MaxNameBytes} took one group snapshot, {one.GroupSnapshotId}.");
    }

    private static async Task RestorableAsync(CsiScope scope, CancellationToken token)
    {
        CreateVolumeGroupSnapshotRequest request = await RequestAsync(scope, token).ConfigureAwait(false);
        await TakeAsync(scope, request, token).ConfigureAwait(false);
        VolumeGroupSnapshot group = await ReadyAsync(scope, request, token).ConfigureAwait(false);
        foreach (Snapshot snapshot in group.Snapshots)
        {
            await scope.RestoreAsync(snapshot.SnapshotId, scope.Options.Access, token).ConfigureAwait(false);
        }
    }

    private static async Task GetRefusedAsync(CsiScope scope, string id, StatusCode code, CancellationToken token)
    {
        RequireGroups(scope);
        await CsiStatus.ExpectAsync(() => GetAsync(scope, id, [], token), code).ConfigureAwait(false);
    }

    private static async Task GetAsync(CsiScope scope, CancellationToken token)
    {
        CreateVolumeGroupSnapshotRequest request = await RequestAsync(scope, token).ConfigureAwait(false);
        VolumeGroupSnapshot group = await TakeAsync(scope, request, token).ConfigureAwait(false);
        RequireSame(group, await GetAsync(scope, group.GroupSnapshotId, group.Snapshots.Select(one => one.SnapshotId), token).ConfigureAwait(false));
    }

    private static async Task DeleteNoIdAsync(CsiScope scope, CancellationToken token)
    {
        RequireGroups(scope);
        await CsiStatus.ExpectAsync(() => scope.DeleteGroupAsync("", [], token), StatusCode.InvalidArgument).ConfigureAwait(false);
    }

    private static async Task DeleteUnknownAsync(CsiScope scope, CancellationToken token)
    {
        RequireGroups(scope);
        await scope.DeleteGroupAsync(scope.NewUnknownId(), [], token).ConfigureAwait(false);
    }

    private static async Task DeleteAsync(CsiScope scope, CancellationToken token)
    {
        CreateVolumeGroupSnapshotRequest request = await RequestAsync(scope, token).ConfigureAwait(false);
        VolumeGroupSnapshot group = await TakeAsync(scope, request, token).ConfigureAwait(false);
        string[] snapshots = [.. group.Snapshots.Select(one => one.SnapshotId)];
        await scope.DeleteGroupAsync(group.GroupSnapshotId, snapshots, token).ConfigureAwait(false);
        await GetRefusedAsync(scope, group.GroupSnapshotId, StatusCode.NotFound, token).ConfigureAwait(false);
        if (scope.Session.Has(ControllerCall.ListSnapshots))
        {
            foreach (string snapshot in snapshots)
            {
                Verdicts.Require(
                    (await SnapshotListChecks.ListAsync(scope, token, id: snapshot).ConfigureAwait(false)).Count == 0, $"Snapshot {snapshot} of the group is still listed.");
            }
        }

        await scope.DeleteGroupAsync(group.GroupSnapshotId, snapshots, token).ConfigureAwait(false);
    }

    private static async Task<CreateVolumeGroupSnapshotRequest> RequestAsync(CsiScope scope, CancellationToken token)
    {
        RequireGroups(scope);
        Volume one = await scope.NewVolumeAsync(token).ConfigureAwait(false);
        Volume other = await scope.NewVolumeAsync(token).ConfigureAwait(false);
        return scope.GroupRequest(one.VolumeId, other.VolumeId);
    }

    // The interface wants write order or a refusal; a driver that cannot give it for volumes like these has nothing more to show.
    private static async Task<VolumeGroupSnapshot> TakeAsync(CsiScope scope, CreateVolumeGroupSnapshotRequest request, CancellationToken token)
    {
        try
        {
            return await scope.CreateGroupAsync(request, token).ConfigureAwait(false);
        }
        catch (RpcException refused) when (refused.StatusCode == StatusCode.FailedPrecondition)
        {
            throw new CheckSkippedException($"The driver refused the group: {CsiStatus.Describe(refused)}");
        }
    }

    private static async Task<VolumeGroupSnapshot> GetAsync(CsiScope scope, string id, IEnumerable<string> snapshots, CancellationToken token)
    {
        GetVolumeGroupSnapshotRequest request = new() { GroupSnapshotId = id };
        request.SnapshotIds.Add(snapshots);
        request.Secrets.Add(scope.Options.Secrets);
        return (await scope.Session.Groups.GetVolumeGroupSnapshotAsync(request, scope.Call(token)).ConfigureAwait(false)).GroupSnapshot;
    }

    private static void RequireSame(VolumeGroupSnapshot first, VolumeGroupSnapshot again)
    {
        Verdicts.Require(again.GroupSnapshotId == first.GroupSnapshotId, $"First group snapshot {first.GroupSnapshotId}, then {again.GroupSnapshotId}.");
        Verdicts.Require(
            again.Snapshots.Select(one => one.SnapshotId).Order(StringComparer.Ordinal).SequenceEqual(first.Snapshots.Select(one => one.SnapshotId).Order(StringComparer.Ordinal)),
            $"First {string.Join(", ", first.Snapshots.Select(one => one.SnapshotId))}, then {string.Join(", ", again.Snapshots.Select(one => one.SnapshotId))}.");
    }
}
