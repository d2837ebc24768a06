using Grpc.Core;
using Waybill.Csi.Wire;
using ControllerCall = Waybill.Csi.Wire.ControllerServiceCapability.Types.RPC.Types.Type;

namespace Waybill.Testing;

/// <summary>The driver is ended at once and started anew.</summary>
internal static class RestartChecks
{
    public static IReadOnlyList<CsiCheck> All { get; } =
    [
        new("csi.restart.volumes", "Volumes MUST outlive the driver, and the same request return the same volume.", VolumesAsync),
        new("csi.restart.snapshots", "Snapshots MUST outlive the driver, and the same request return the same snapshot.", SnapshotsAsync),
        new("csi.restart.published", "A published volume MUST stay usable, be published again and be unpublished after a restart.", PublishedAsync),
        new("csi.restart.create", "A volume whose making was interrupted MUST be made by the same request, once, and nothing else be left.", CreateAsync),
        new("csi.restart.metadata", "A stream that a restart cuts MUST end with an error, and what is missing be read afterwards.", MetadataAsync),
    ];

    private static async Task VolumesAsync(CsiScope scope, CancellationToken token)
    {
        RequireRestart(scope);
        scope.Session.Require(ControllerCall.CreateDeleteVolume);
        CreateVolumeRequest request = scope.VolumeRequest();
        Volume volume = await scope.CreateVolumeAsync(request, token).ConfigureAwait(false);
        await scope.Session.RestartAsync(token).ConfigureAwait(false);
        await CsiStatus.SucceedAsync("Validating the volume", () => VolumeChecks.ValidateAsync(scope, volume.VolumeId, volume, true, token)).ConfigureAwait(false);
        Volume again = await scope.CreateVolumeAsync(request, token).ConfigureAwait(false);
        Verdicts.Require(again.VolumeId == volume.VolumeId, $"First {volume.VolumeId} was made, then {again.VolumeId}.");
    }

    private static async Task SnapshotsAsync(CsiScope scope, CancellationToken token)
    {
        RequireRestart(scope);
        scope.Session.Require(ControllerCall.CreateDeleteSnapshot);
        Volume volume = await scope.NewVolumeAsync(token).ConfigureAwait(false);
        CreateSnapshotRequest request = scope.SnapshotRequest(volume.VolumeId);
        Snapshot snapshot = await scope.ReadySnapshotAsync(request, token).ConfigureAwait(false);
        await scope.Session.RestartAsync(token).ConfigureAwait(false);
        Snapshot again = await scope.CreateSnapshotAsync(request, token).ConfigureAwait(false);
        Verdicts.Require(again.SnapshotId == snapshot.SnapshotId, $"First {snapshot.SnapshotId} was taken, then {again.SnapshotId}.");
        await scope.RestoreAsync(snapshot.SnapshotId, scope.Options.Access, token).ConfigureAwait(false);
    }

    private static async Task PublishedAsync(CsiScope scope, CancellationToken token)
    {
        RequireRestart(scope);
        scope.Session.RequireNode();
        Volume volume = await scope.NewVolumeAsync(token).ConfigureAwait(false);
        CsiPlace place = await scope.BringAsync(volume, scope.Options.Access, token).ConfigureAwait(false);
        await scope.Session.RestartAsync(token).ConfigureAwait(false);
        Verdicts.Require(CsiScope.Exists(place.Target), "The volume is gone from where it was published.");
        await CsiStatus.SucceedAsync("Staging it again", () => scope.StageAsync(place, token)).ConfigureAwait(false);
        await CsiStatus.SucceedAsync("Publishing it again", () => scope.PublishAsync(place, token)).ConfigureAwait(false);
        await scope.TakeAwayAsync(place, token).ConfigureAwait(false);
        Verdicts.Require(!CsiScope.Exists(place.Target), $"{place.Target} is still there after unpublishing.");
    }

    private static async Task CreateAsync(CsiScope scope, CancellationToken token)
    {
        RequireRestart(scope);
        scope.Session.Require(ControllerCall.CreateDeleteVolume);
        bool lists = scope.Session.Has(ControllerCall.ListVolumes);
        HashSet<string> before = lists ? await ListAsync(scope, token).ConfigureAwait(false) : [];
        CreateVolumeRequest[] requests = [.. Enumerable.Range(0, scope.Options.Concurrency).Select(_ => scope.VolumeRequest())];
        Task[] interrupted = [.. requests.Select(request => AtOnce.TryAnyAsync(() => scope.CreateVolumeAsync(request, token)))];
        await scope.Session.RestartAsync(token).ConfigureAwait(false);
        await Task.WhenAll(interrupted).ConfigureAwait(false);
        HashSet<string> made = [];
        foreach (CreateVolumeRequest request in requests)
        {
            Volume volume = await AtOnce.FinallyAsync(scope, () => scope.CreateVolumeAsync(request, token), token).ConfigureAwait(false);
            Volume again = await scope.CreateVolumeAsync(request, token).ConfigureAwait(false);
            Verdicts.Require(again.VolumeId == volume.VolumeId, $"First {volume.VolumeId} was made, then {again.VolumeId}.");
            made.Add(volume.VolumeId);
        }

        if (lists)
        {
            string[] others = [.. (await ListAsync(scope, token).ConfigureAwait(false)).Except(before).Except(made)];
            Verdicts.Require(others.Length == 0, $"Nobody was told of {string.Join(", ", others)}.");
        }
    }

    private static async Task MetadataAsync(CsiScope scope, CancellationToken token)
    {
        RequireRestart(scope);
        MetadataHistory history = await scope.Session.HistoryAsync(token).ConfigureAwait(false);
        MetadataQuestion question = MetadataQuestion.Allocated(history.Rewritten);
        MetadataAnswer whole = await question.AskAsync(scope, token).ConfigureAwait(false);
        List<MetadataMessage> received = [];
        Task? restart = null;
        bool isClean = true;
        try
        {
            await foreach (MetadataMessage message in question.ReadAsync(scope, 0, 1, null, token).ConfigureAwait(false))
            {
                received.Add(message);
                restart ??= scope.Session.RestartAsync(token);
            }
        }
        catch (RpcException)
        {
            token.ThrowIfCancellationRequested();
            isClean = false;
        }

        await (restart ?? scope.Session.RestartAsync(token)).ConfigureAwait(false);
        if (!isClean)
        {
            // As whoever was cut off does: go on behind the last byte that arrived.
            long next = received.SelectMany(message => message.Ranges).Select(range => range.End).DefaultIfEmpty(0).Last();
            if (next < whole.Capacity)
            {
                received.AddRange((await question.AskAsync(scope, token, next).ConfigureAwait(false)).Messages);
            }
        }

        string? difference = whole.FindDifference(new MetadataAnswer(received));
        Verdicts.Require(difference is null, $"{(isClean ? "The stream ended cleanly and is" : "Both parts together are")} not the whole: {difference}.");
    }

    private static void RequireRestart(CsiScope scope) => CsiSession.Require(scope.Options.RestartAsync is not null, "Nothing was given that restarts the driver.");

    private static async Task<HashSet<string>> ListAsync(CsiScope scope, CancellationToken token) =>
        [.. (await ControllerChecks.ListAsync(scope, 0, token).ConfigureAwait(false)).Select(volume => volume.VolumeId)];
}
