using Grpc.Core;
using Waybill.Csi.Wire;
using ControllerCall = Waybill.Csi.Wire.ControllerServiceCapability.Types.RPC.Types.Type;
using ServiceKind = Waybill.Csi.Wire.PluginCapability.Types.Service.Types.Type;

namespace Waybill.Testing;

/// <summary>Questions about snapshots that lack something, name what is not there, or do not fit together.</summary>
internal static class MetadataArgumentChecks
{
    public static IReadOnlyList<CsiCheck> All { get; } =
    [
        Nothing("csi.metadata.allocated.no-snapshot", "Asking without a snapshot MUST be refused with INVALID_ARGUMENT.", _ => MetadataQuestion.Allocated(""), StatusCode.InvalidArgument),
        Nothing(
            "csi.metadata.allocated.unknown",
            "Asking for a snapshot that does not exist MUST be refused with NOT_FOUND.",
            scope => MetadataQuestion.Allocated(scope.NewUnknownId()),
            StatusCode.NotFound),
        One("csi.metadata.allocated.negative-offset", "A negative offset MUST be refused with OUT_OF_RANGE.", Allocated, _ => -1, 0, StatusCode.OutOfRange),
        One("csi.metadata.allocated.beyond-end", "An offset beyond the end of the volume MUST be refused with OUT_OF_RANGE.", Allocated, BeyondEnd, 0, StatusCode.OutOfRange),
        One("csi.metadata.allocated.negative-results", "A negative number of results MUST be refused with INVALID_ARGUMENT.", Allocated, _ => 0, -1, StatusCode.InvalidArgument),
        One("csi.metadata.delta.no-base", "Asking without a base MUST be refused with INVALID_ARGUMENT.", (_, two) => MetadataQuestion.Delta("", two), _ => 0, 0, StatusCode.InvalidArgument),
        One("csi.metadata.delta.no-target", "Asking without a target MUST be refused with INVALID_ARGUMENT.", (one, _) => MetadataQuestion.Delta(one, ""), _ => 0, 0, StatusCode.InvalidArgument),
        One(
            "csi.metadata.delta.base-unknown",
            "A base that does not exist MUST be refused with NOT_FOUND.",
            (one, two) => MetadataQuestion.Delta(one + "-unknown", two),
            _ => 0,
            0,
            StatusCode.NotFound),
        One(
            "csi.metadata.delta.target-unknown",
            "A target that does not exist MUST be refused with NOT_FOUND.",
            (one, two) => MetadataQuestion.Delta(one, two + "-unknown"),
            _ => 0,
            0,
            StatusCode.NotFound),
        One("csi.metadata.delta.negative-offset", "A negative offset MUST be refused with OUT_OF_RANGE.", MetadataQuestion.Delta, _ => -1, 0, StatusCode.OutOfRange),
        One("csi.metadata.delta.beyond-end", "An offset beyond the end of the volume MUST be refused with OUT_OF_RANGE.", MetadataQuestion.Delta, BeyondEnd, 0, StatusCode.OutOfRange),
        One("csi.metadata.delta.negative-results", "A negative number of results MUST be refused with INVALID_ARGUMENT.", MetadataQuestion.Delta, _ => 0, -1, StatusCode.InvalidArgument),
        One(
            "csi.metadata.delta.reversed",
            "A base that is later than the target MUST be refused with INVALID_ARGUMENT or FAILED_PRECONDITION.",
            (one, two) => MetadataQuestion.Delta(two, one),
            _ => 0,
            0,
            StatusCode.InvalidArgument,
            StatusCode.FailedPrecondition),
        new("csi.metadata.delta.same", "From a snapshot to itself nothing MUST be listed, or the question refused with INVALID_ARGUMENT.", SameAsync),
        new("csi.metadata.delta.other-volume", "A base of another volume MUST be refused.", OtherVolumeAsync),
        new("csi.metadata.delta.base-deleted", "After the base was removed the changes MUST be the same, or the question refused with NOT_FOUND or FAILED_PRECONDITION.", BaseDeletedAsync),
    ];

    private static MetadataQuestion Allocated(string one, string two) => MetadataQuestion.Allocated(two);

    private static long BeyondEnd(Snapshot snapshot) => Math.Max(snapshot.SizeBytes, 1L << 50) + 1;

    private static CsiCheck Nothing(string id, string text, Func<CsiScope, MetadataQuestion> question, StatusCode code) => CsiCheck.Refusal(
        id, text, code, scope => scope.Session.Require(ServiceKind.SnapshotMetadataService), (scope, token) => question(scope).AskAsync(scope, token));

    private static CsiCheck One(
        string id, string text, Func<string, string, MetadataQuestion> question, Func<Snapshot, long> offset, int maxResults, params StatusCode[] codes) => new(
        id,
        text,
        async (scope, token) =>
        {
            (Snapshot one, Snapshot two) = await TakeTwoAsync(scope, token).ConfigureAwait(false);
            MetadataQuestion asked = question(one.SnapshotId, two.SnapshotId);
            await RequireTrackingAsync(scope, asked, codes, one, two, token).ConfigureAwait(false);
            await CsiStatus.ExpectAsync(() => asked.AskAsync(scope, token, offset(two), maxResults), codes).ConfigureAwait(false);
        });

    private static async Task<(Snapshot One, Snapshot Two)> TakeTwoAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ServiceKind.SnapshotMetadataService);
        scope.Session.Require(ControllerCall.CreateDeleteSnapshot);
        Volume volume = await scope.NewVolumeAsync(token, CsiAccess.Block).ConfigureAwait(false);
        Snapshot one = await scope.NewSnapshotAsync(volume.VolumeId, token).ConfigureAwait(false);
        Snapshot two = await scope.NewSnapshotAsync(volume.VolumeId, token).ConfigureAwait(false);
        return (one, two);
    }

    // A driver that does not track changes says so to every question about them.
    private static async Task RequireTrackingAsync(CsiScope scope, MetadataQuestion asked, StatusCode[] codes, Snapshot one, Snapshot two, CancellationToken token)
    {
        if (asked.Base is null || codes.Contains(StatusCode.FailedPrecondition))
        {
            return;
        }

        try
        {
            await MetadataQuestion.Delta(one.SnapshotId, two.SnapshotId).AskAsync(scope, token).ConfigureAwait(false);
        }
        catch (RpcException untracked) when (untracked.StatusCode == StatusCode.FailedPrecondition)
        {
            throw new CheckSkippedException($"Changes are not tracked: {CsiStatus.Describe(untracked)}");
        }
    }

    private static async Task SameAsync(CsiScope scope, CancellationToken token)
    {
        MetadataHistory history = await scope.Session.HistoryAsync(token).ConfigureAwait(false);
        try
        {
            MetadataAnswer answer = await MetadataQuestion.Delta(history.First, history.First).AskAsync(scope, token).ConfigureAwait(false);
            Verdicts.Require(answer.Ranges.Count == 0, $"{string.Join(", ", answer.Ranges.Take(1))} is listed.");
        }
        catch (RpcException refused) when (refused.StatusCode is StatusCode.InvalidArgument or StatusCode.FailedPrecondition)
        {
        }
    }

    private static async Task OtherVolumeAsync(CsiScope scope, CancellationToken token)
    {
        (Snapshot one, _) = await TakeTwoAsync(scope, token).ConfigureAwait(false);
        (_, Snapshot other) = await TakeTwoAsync(scope, token).ConfigureAwait(false);
        await CsiStatus.ExpectAsync(
            () => MetadataQuestion.Delta(one.SnapshotId, other.SnapshotId).AskAsync(scope, token),
            StatusCode.InvalidArgument,
            StatusCode.NotFound,
            StatusCode.FailedPrecondition,
            StatusCode.PermissionDenied).ConfigureAwait(false);
    }

    private static async Task BaseDeletedAsync(CsiScope scope, CancellationToken token)
    {
        // A history of its own: the snapshots of the shared one are needed yet.
        MetadataHistory history = await MetadataHistory.CreateAsync(scope, token).ConfigureAwait(false);
        MetadataQuestion question = MetadataQuestion.Delta(history.First, history.Rewritten);
        MetadataAnswer before = await MetadataStreamChecks.AskTrackedAsync(scope, question, token).ConfigureAwait(false);
        await scope.DeleteSnapshotAsync(history.First, token).ConfigureAwait(false);
        try
        {
            MetadataAnswer after = await question.AskAsync(scope, token).ConfigureAwait(false);
            string? difference = before.FindDifference(after);
            Verdicts.Require(difference is null, $"It ended with OK and says something else than before: {difference}.");
        }
        catch (RpcException refused)
        {
            Verdicts.Require(
                refused.StatusCode is StatusCode.NotFound or StatusCode.FailedPrecondition, $"It ended with {CsiStatus.Describe(refused)} instead of NOT_FOUND or FAILED_PRECONDITION.");
        }
    }
}
