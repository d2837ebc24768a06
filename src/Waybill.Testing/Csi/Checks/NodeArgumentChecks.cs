using Grpc.Core;
using Waybill.Csi.Wire;
using NodeCall = Waybill.Csi.Wire.NodeServiceCapability.Types.RPC.Types.Type;

namespace Waybill.Testing;

/// <summary>Calls to the node that lack something, or name what is not there.</summary>
internal static class NodeArgumentChecks
{
    public static IReadOnlyList<CsiCheck> All { get; } =
    [
        Publish("csi.node.publish.no-volume", "Publishing without a volume id MUST be refused with INVALID_ARGUMENT.", request => request.VolumeId = ""),
        Publish("csi.node.publish.no-target", "Publishing without a target path MUST be refused with INVALID_ARGUMENT.", request => request.TargetPath = ""),
        Publish("csi.node.publish.no-capability", "Publishing without a volume capability MUST be refused with INVALID_ARGUMENT.", request => request.VolumeCapability = null),
        Refusal(
            "csi.node.unpublish.no-volume",
            "Unpublishing without a volume id MUST be refused with INVALID_ARGUMENT.",
            null,
            (scope, token) => scope.UnpublishAsync("", NowhereTarget(scope), token)),
        Refusal(
            "csi.node.unpublish.no-target",
            "Unpublishing without a target path MUST be refused with INVALID_ARGUMENT.",
            null,
            (scope, token) => scope.UnpublishAsync(scope.NewUnknownId(), "", token)),
        Stage("csi.node.stage.no-volume", "Staging without a volume id MUST be refused with INVALID_ARGUMENT.", request => request.VolumeId = ""),
        Stage("csi.node.stage.no-path", "Staging without a path MUST be refused with INVALID_ARGUMENT.", request => request.StagingTargetPath = ""),
        Stage("csi.node.stage.no-capability", "Staging without a volume capability MUST be refused with INVALID_ARGUMENT.", request => request.VolumeCapability = null),
        Refusal(
            "csi.node.unstage.no-volume",
            "Unstaging without a volume id MUST be refused with INVALID_ARGUMENT.",
            NodeCall.StageUnstageVolume,
            (scope, token) => UnstageAsync(scope, "", NowhereTarget(scope), token)),
        Refusal(
            "csi.node.unstage.no-path",
            "Unstaging without a path MUST be refused with INVALID_ARGUMENT.",
            NodeCall.StageUnstageVolume,
            (scope, token) => UnstageAsync(scope, scope.NewUnknownId(), "", token)),
        Refusal(
            "csi.node.stats.no-volume",
            "Statistics without a volume id MUST be refused with INVALID_ARGUMENT.",
            NodeCall.GetVolumeStats,
            (scope, token) => StatsAsync(scope, "", NowhereTarget(scope), token)),
        Refusal(
            "csi.node.stats.no-path",
            "Statistics without a path MUST be refused with INVALID_ARGUMENT.",
            NodeCall.GetVolumeStats,
            (scope, token) => StatsAsync(scope, scope.NewUnknownId(), "", token)),
        Refusal(
            "csi.node.stats.unknown",
            "Statistics of a volume that does not exist MUST be refused with NOT_FOUND.",
            NodeCall.GetVolumeStats,
            (scope, token) => StatsAsync(scope, scope.NewUnknownId(), NowhereTarget(scope), token),
            StatusCode.NotFound),
        Refusal(
            "csi.node.expand.no-volume",
            "Expanding without a volume id MUST be refused with INVALID_ARGUMENT.",
            NodeCall.ExpandVolume,
            (scope, token) => ExpandAsync(scope, "", NowhereTarget(scope), token)),
        new("csi.node.expand.no-path", "Expanding without a path MUST be refused with INVALID_ARGUMENT.", ExpandNoPathAsync),
        Refusal(
            "csi.node.expand.unknown",
            "Expanding a volume that does not exist MUST be refused with NOT_FOUND.",
            NodeCall.ExpandVolume,
            (scope, token) => ExpandAsync(scope, scope.NewUnknownId(), NowhereTarget(scope), token),
            StatusCode.NotFound),
    ];

    /// <summary>Asks for the statistics of a volume.</summary>
    public static async Task<NodeGetVolumeStatsResponse> StatsAsync(CsiScope scope, string volume, string path, CancellationToken token, string staging = "") =>
        await scope.Session.Node.NodeGetVolumeStatsAsync(new() { VolumeId = volume, VolumePath = path, StagingTargetPath = staging }, scope.Call(token)).ConfigureAwait(false);

    /// <summary>Grows what a volume holds on the node.</summary>
    public static async Task<NodeExpandVolumeResponse> ExpandAsync(
        CsiScope scope, string volume, string path, CancellationToken token, string staging = "", VolumeCapability? capability = null)
    {
        NodeExpandVolumeRequest request = new()
        {
            VolumeId = volume,
            VolumePath = path,
            StagingTargetPath = staging,
            CapacityRange = new CapacityRange { RequiredBytes = scope.Options.LengthAfterExpansion },
            VolumeCapability = capability ?? CsiScope.Capability(scope.Options.Access),
        };
        request.Secrets.Add(scope.Options.Secrets);
        return await scope.Session.Node.NodeExpandVolumeAsync(request, scope.Call(token)).ConfigureAwait(false);
    }

    private static CsiCheck Refusal(
        string id, string text, NodeCall? requires, Func<CsiScope, CancellationToken, Task> call, StatusCode code = StatusCode.InvalidArgument) => CsiCheck.Refusal(
        id,
        text,
        code,
        scope =>
        {
            scope.Session.RequireNode();
            scope.Session.PrepareDirectories();
            if (requires is { } capability)
            {
                scope.Session.Require(capability);
            }
        },
        call);

    private static CsiCheck Publish(string id, string text, Action<NodePublishVolumeRequest> spoil) => new(
        id,
        text,
        async (scope, token) =>
        {
            CsiPlace place = await StagedAsync(scope, token).ConfigureAwait(false);
            NodePublishVolumeRequest request = new()
            {
                VolumeId = place.Volume.VolumeId,
                StagingTargetPath = place.Staging,
                TargetPath = place.Target,
                VolumeCapability = place.Capability,
            };
            request.PublishContext.Add(place.PublishContext);
            request.VolumeContext.Add(place.Volume.VolumeContext);
            request.Secrets.Add(scope.Options.Secrets);
            spoil(request);
            await ExpectAsync(
                async () => await scope.Session.Node.NodePublishVolumeAsync(request, scope.Call(token)).ConfigureAwait(false),
                () => scope.UnpublishAsync(place.Volume.VolumeId, place.Target, CancellationToken.None)).ConfigureAwait(false);
        });

    private static CsiCheck Stage(string id, string text, Action<NodeStageVolumeRequest> spoil) => new(
        id,
        text,
        async (scope, token) =>
        {
            scope.Session.RequireNode();
            scope.Session.Require(NodeCall.StageUnstageVolume);
            Volume volume = await scope.NewVolumeAsync(token).ConfigureAwait(false);
            CsiPlace place = scope.NewPlace(volume, scope.Options.Access);
            await scope.AttachAsync(place, token).ConfigureAwait(false);
            NodeStageVolumeRequest request = new()
            {
                VolumeId = volume.VolumeId,
                StagingTargetPath = place.Staging,
                VolumeCapability = place.Capability,
            };
            request.PublishContext.Add(place.PublishContext);
            request.VolumeContext.Add(volume.VolumeContext);
            request.Secrets.Add(scope.Options.Secrets);
            spoil(request);
            await ExpectAsync(
                async () => await scope.Session.Node.NodeStageVolumeAsync(request, scope.Call(token)).ConfigureAwait(false),
                () => UnstageAsync(scope, volume.VolumeId, place.Staging, CancellationToken.None)).ConfigureAwait(false);
        });

    private static async Task ExpectAsync(Func<Task> call, Func<Task> undo)
    {
        try
        {
            await CsiStatus.ExpectAsync(call, StatusCode.InvalidArgument).ConfigureAwait(false);
        }
        catch (CheckFailedException)
        {
            await AtOnce.TryAnyAsync(undo).ConfigureAwait(false);
            throw;
        }
    }

    private static async Task<CsiPlace> StagedAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.RequireNode();
        Volume volume = await scope.NewVolumeAsync(token).ConfigureAwait(false);
        CsiPlace place = scope.NewPlace(volume, scope.Options.Access);
        await scope.AttachAsync(place, token).ConfigureAwait(false);
        await scope.StageAsync(place, token).ConfigureAwait(false);
        return place;
    }

    private static async Task UnstageAsync(CsiScope scope, string volume, string path, CancellationToken token) =>
        await scope.Session.Node.NodeUnstageVolumeAsync(new() { VolumeId = volume, StagingTargetPath = path }, scope.Call(token)).ConfigureAwait(false);

    private static async Task ExpandNoPathAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.RequireNode();
        scope.Session.Require(NodeCall.ExpandVolume);
        Volume volume = await scope.NewVolumeAsync(token).ConfigureAwait(false);
        await CsiStatus.ExpectAsync(() => ExpandAsync(scope, volume.VolumeId, "", token), StatusCode.InvalidArgument).ConfigureAwait(false);
    }

    private static string NowhereTarget(CsiScope scope) => Path.Combine(scope.Session.MountDirectory, scope.NewUnknownId());
}
