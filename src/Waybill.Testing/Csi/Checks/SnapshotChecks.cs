using Grpc.Core;
using Waybill.Csi.Wire;
using ControllerCall = Waybill.Csi.Wire.ControllerServiceCapability.Types.RPC.Types.Type;

namespace Waybill.Testing;

/// <summary>Snapshots are taken once for each name, got and removed.</summary>
internal static class SnapshotChecks
{
    public static IReadOnlyList<CsiCheck> All { get; } =
    [
        new("csi.controller.snapshot.no-name", "A snapshot without a name MUST be refused with INVALID_ARGUMENT.", NoNameAsync),
        new("csi.controller.snapshot.no-volume", "A snapshot without a volume MUST be refused with INVALID_ARGUMENT.", (scope, token) => RefusedAsync(scope, "", StatusCode.InvalidArgument, token)),
        new(
            "csi.controller.snapshot.volume-unknown",
            "A snapshot of a volume that does not exist MUST be refused with NOT_FOUND.",
            (scope, token) => RefusedAsync(scope, scope.NewUnknownId(), StatusCode.NotFound, token)),
        new("csi.controller.snapshot.described", "A snapshot MUST be given with its id, its volume and the time it was taken.", DescribedAsync),
        new("csi.controller.snapshot.idempotent", "The same name for the same volume again MUST return the same snapshot, taken at the same time.", IdempotentAsync),
        new("csi.controller.snapshot.concurrent", "The same request several times at once MUST take one snapshot; a call may end with ABORTED.", ConcurrentAsync),
        new("csi.controller.snapshot.other-volume", "A name that another volume has a snapshot of MUST be refused with ALREADY_EXISTS.", OtherVolumeAsync),
        new("csi.controller.snapshot.long-name", "Names of 128 bytes MUST be accepted, and two that differ in the last byte MUST take two snapshots.", LongNameAsync),
        new("csi.controller.snapshot.delete-no-id", "Removing a snapshot without an id MUST be refused with INVALID_ARGUMENT.", DeleteNoIdAsync),
        new("csi.controller.snapshot.delete-unknown", "Removing a snapshot that does not exist MUST succeed.", DeleteUnknownAsync),
        new("csi.controller.snapshot.delete-works", "A snapshot that was removed MUST be gone, and removing it again MUST succeed.", DeleteAsync),
        new("csi.controller.get-snapshot.no-id", "Getting a snapshot without an id MUST be refused with INVALID_ARGUMENT.", (scope, token) => GetRefusedAsync(scope, "", StatusCode.InvalidArgument, token)),
        new("csi.controller.get-snapshot.works", "Of several snapshots the one asked for MUST be got, as it was taken.", GetAsync),
        new(
            "csi.controller.get-snapshot.unknown",
            "Getting a snapshot that does not exist MUST be refused with NOT_FOUND.",
            (scope, token) => GetRefusedAsync(scope, scope.NewUnknownId(), StatusCode.NotFound, token)),
    ];

    /// <summary>Fails unless a snapshot says what it is.</summary>
    public static void RequireDescribed(Snapshot? snapshot)
    {
        Verdicts.Require(snapshot is { SnapshotId.Length: > 0 }, "A snapshot has no id.");
        Verdicts.Require(snapshot.SourceVolumeId.Length > 0, $"Snapshot {snapshot.SnapshotId} has no volume.");
        Verdicts.Require(snapshot.CreationTime is { Seconds: > 0 }, $"Snapshot {snapshot.SnapshotId} has no time.");
        Verdicts.Require(snapshot.SizeBytes >= 0, $"Snapshot {snapshot.SnapshotId} has {snapshot.SizeBytes} bytes.");
    }

    public static async Task<Snapshot> GetAsync(CsiScope scope, string id, CancellationToken token)
    {
        GetSnapshotRequest request = new() { SnapshotId = id };
        request.Secrets.Add(scope.Options.Secrets);
        return (await scope.Session.Controller.GetSnapshotAsync(request, scope.Call(token)).ConfigureAwait(false)).Snapshot;
    }

    private static async Task NoNameAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.CreateDeleteSnapshot);
        Volume volume = await scope.NewVolumeAsync(token).ConfigureAwait(false);
        await CsiStatus.ExpectAsync(() => scope.CreateSnapshotAsync(scope.SnapshotRequest(volume.VolumeId, ""), token), StatusCode.InvalidArgument).ConfigureAwait(false);
    }

    private static async Task RefusedAsync(CsiScope scope, string volume, StatusCode code, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.CreateDeleteSnapshot);
        await CsiStatus.ExpectAsync(() => scope.CreateSnapshotAsync(scope.SnapshotRequest(volume), token), code).ConfigureAwait(false);
    }

    private static async Task DescribedAsync(CsiScope scope, CancellationToken token)
    {
        Volume volume = await scope.NewVolumeAsync(token).ConfigureAwait(false);
        Snapshot snapshot = await scope.NewSnapshotAsync(volume.VolumeId, token).ConfigureAwait(false);
        RequireDescribed(snapshot);
        Verdicts.Require(snapshot.SourceVolumeId == volume.VolumeId, $"The snapshot of {volume.VolumeId} says that it is one of {snapshot.SourceVolumeId}.");
    }

    private static async Task IdempotentAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.CreateDeleteSnapshot);
        Volume volume = await scope.NewVolumeAsync(token).ConfigureAwait(false);
        CreateSnapshotRequest request = scope.SnapshotRequest(volume.VolumeId);
        Snapshot first = await scope.CreateSnapshotAsync(request, token).ConfigureAwait(false);
        for (int i = 1; i < scope.Options.Repetitions; i++)
        {
            Snapshot again = await scope.CreateSnapshotAsync(request, token).ConfigureAwait(false);
            Verdicts.Require(
                again.SnapshotId == first.SnapshotId && Equals(again.CreationTime, first.CreationTime),
                $"First {first.SnapshotId} of {first.CreationTime} was taken, then {again.SnapshotId} of {again.CreationTime}.");
        }
    }

    private static async Task ConcurrentAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.CreateDeleteSnapshot);
        Volume volume = await scope.NewVolumeAsync(token).ConfigureAwait(false);
        CreateSnapshotRequest request = scope.SnapshotRequest(volume.VolumeId);
        Snapshot?[] taken = await Task.WhenAll(Enumerable.Range(0, scope.Options.Concurrency).Select(_ => AtOnce.TryAsync(() => scope.CreateSnapshotAsync(request.Clone(), token)))).ConfigureAwait(false);
        Snapshot last = await AtOnce.FinallyAsync(scope, () => scope.CreateSnapshotAsync(request, token), token).ConfigureAwait(false);
        string[] ids = [.. taken.OfType<Snapshot>().Append(last).Select(one => one.SnapshotId).Distinct()];
        Verdicts.Require(ids.Length == 1, $"One name took {ids.Length} snapshots: {string.Join(", ", ids)}.");
    }

    private static async Task OtherVolumeAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.CreateDeleteSnapshot);
        Volume one = await scope.NewVolumeAsync(token).ConfigureAwait(false);
        Volume other = await scope.NewVolumeAsync(token).ConfigureAwait(false);
        CreateSnapshotRequest request = scope.SnapshotRequest(one.VolumeId);
        await scope.CreateSnapshotAsync(request, token).ConfigureAwait(false);
        await CsiStatus.ExpectAsync(() => scope.CreateSnapshotAsync(scope.SnapshotRequest(other.VolumeId, request.Name), token), StatusCode.AlreadyExists)
            .ConfigureAwait(false);
    }

    private static async Task LongNameAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.CreateDeleteSnapshot);
        Volume volume = await scope.NewVolumeAsync(token).ConfigureAwait(false);
        string name = CreateVolumeChecks.LongName(scope, 1);
        Snapshot one = await scope.CreateSnapshotAsync(scope.SnapshotRequest(volume.VolumeId, name), token).ConfigureAwait(false);
        Snapshot other = await scope.CreateSnapshotAsync(scope.SnapshotRequest(volume.VolumeId, name[..^1] + '2'), token).ConfigureAwait(false);
        Verdicts.Require(
            one.SnapshotId != other.SnapshotId, $"Two names that differ in byte {CreateVolumeChecks.MaxNameBytes} took one snapshot, {one.SnapshotId}.");
    }

    private static async Task DeleteNoIdAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.CreateDeleteSnapshot);
        await CsiStatus.ExpectAsync(() => scope.DeleteSnapshotAsync("", token), StatusCode.InvalidArgument).ConfigureAwait(false);
    }

    private static async Task DeleteUnknownAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.CreateDeleteSnapshot);
        await scope.DeleteSnapshotAsync(scope.NewUnknownId(), token).ConfigureAwait(false);
    }

    private static async Task DeleteAsync(CsiScope scope, CancellationToken token)
    {
        Volume volume = await scope.NewVolumeAsync(token).ConfigureAwait(false);
        Snapshot snapshot = await scope.NewSnapshotAsync(volume.VolumeId, token).ConfigureAwait(false);
        await scope.DeleteSnapshotAsync(snapshot.SnapshotId, token).ConfigureAwait(false);
        CreateVolumeRequest restore = scope.VolumeRequest();
        restore.VolumeContentSource = new VolumeContentSource { Snapshot = new VolumeContentSource.Types.SnapshotSource { SnapshotId = snapshot.SnapshotId } };
        await CsiStatus.ExpectAsync(() => scope.CreateVolumeAsync(restore, token), StatusCode.NotFound).ConfigureAwait(false);
        await scope.DeleteSnapshotAsync(snapshot.SnapshotId, token).ConfigureAwait(false);
    }

    private static async Task GetRefusedAsync(CsiScope scope, string id, StatusCode code, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.GetSnapshot);
        await CsiStatus.ExpectAsync(() => GetAsync(scope, id, token), code).ConfigureAwait(false);
    }

    private static async Task GetAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.GetSnapshot);
        List<Snapshot> taken = [];
        for (int i = 0; i < 3; i++)
        {
            Volume volume = await scope.NewVolumeAsync(token).ConfigureAwait(false);
            taken.Add(await scope.NewSnapshotAsync(volume.VolumeId, token).ConfigureAwait(false));
        }

        Snapshot got = await GetAsync(scope, taken[1].SnapshotId, token).ConfigureAwait(false);
        RequireDescribed(got);
        Verdicts.Require(
            got.SnapshotId == taken[1].SnapshotId && got.SourceVolumeId == taken[1].SourceVolumeId && Equals(got.CreationTime, taken[1].CreationTime),
            $"{taken[1]} was taken, {got} was got.");
    }
}
