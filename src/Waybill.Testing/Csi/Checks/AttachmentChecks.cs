using Grpc.Core;
using Waybill.Csi.Wire;
using ControllerCall = Waybill.Csi.Wire.ControllerServiceCapability.Types.RPC.Types.Type;

namespace Waybill.Testing;

/// <summary>The controller publishes volumes to nodes.</summary>
internal static class AttachmentChecks
{
    public static IReadOnlyList<CsiCheck> All { get; } =
    [
        Refusal("csi.controller.publish.no-volume", "Publishing without a volume id MUST be refused with INVALID_ARGUMENT.", StatusCode.InvalidArgument, (_, request) => request.VolumeId = ""),
        Refusal("csi.controller.publish.no-node", "Publishing without a node id MUST be refused with INVALID_ARGUMENT.", StatusCode.InvalidArgument, (_, request) => request.NodeId = ""),
        Refusal(
            "csi.controller.publish.no-capability",
            "Publishing without a volume capability MUST be refused with INVALID_ARGUMENT.",
            StatusCode.InvalidArgument,
            (_, request) => request.VolumeCapability = null),
        Refusal(
            "csi.controller.publish.volume-unknown",
            "Publishing a volume that does not exist MUST be refused with NOT_FOUND.",
            StatusCode.NotFound,
            (scope, request) => request.VolumeId = scope.NewUnknownId()),
        Refusal(
            "csi.controller.publish.node-unknown",
            "Publishing to a node that does not exist MUST be refused with NOT_FOUND.",
            StatusCode.NotFound,
            (scope, request) => request.NodeId = scope.NewUnknownId()),
        new("csi.controller.publish.attach-limit", "More volumes than a node can have MUST NOT be published to it.", LimitAsync),
        new("csi.controller.publish.incompatible", "A volume that is published otherwise MUST be refused with ALREADY_EXISTS.", IncompatibleAsync),
        new("csi.controller.publish.works", "A volume MUST be published to a node and unpublished from it.", (scope, token) => CycleAsync(scope, 1, token)),
        new(
            "csi.controller.publish.idempotent",
            "Publishing and unpublishing again MUST succeed, and publishing say the same each time.",
            (scope, token) => CycleAsync(scope, scope.Options.Repetitions, token)),
        new("csi.controller.unpublish.no-volume", "Unpublishing without a volume id MUST be refused with INVALID_ARGUMENT.", UnpublishNothingAsync),
        new("csi.controller.unpublish.unknown", "Unpublishing a volume that does not exist MUST succeed or be refused with NOT_FOUND.", UnpublishUnknownAsync),
    ];

    private static CsiCheck Refusal(string id, string text, StatusCode code, Action<CsiScope, ControllerPublishVolumeRequest> spoil) => new(
        id,
        text,
        async (scope, token) =>
        {
            scope.Session.Require(ControllerCall.PublishUnpublishVolume);
            Volume volume = await scope.NewVolumeAsync(token).ConfigureAwait(false);
            ControllerPublishVolumeRequest request = new()
            {
                VolumeId = volume.VolumeId,
                NodeId = scope.Session.NodeInfo?.NodeId ?? scope.NewUnknownId(),
                VolumeCapability = CsiScope.Capability(scope.Options.Access),
            };
            request.Secrets.Add(scope.Options.Secrets);
            spoil(scope, request);
            try
            {
                await CsiStatus.ExpectAsync(async () => await scope.Session.Controller.ControllerPublishVolumeAsync(request, scope.Call(token)).ConfigureAwait(false), code)
                    .ConfigureAwait(false);
            }
            catch (CheckFailedException)
            {
                // It may be published now.
                await AtOnce.TryAnyAsync(() => UnpublishAsync(scope, request.VolumeId, request.NodeId, CancellationToken.None)).ConfigureAwait(false);
                throw;
            }
        });

    private static async Task LimitAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.PublishUnpublishVolume);
        CsiSession.Require(scope.Options.ChecksAttachLimit, "It was not asked for.");
        scope.Session.RequireNode();
        long limit = scope.Session.NodeInfo?.MaxVolumesPerNode ?? 0;
        CsiSession.Require(limit > 0, "The node has no limit.");
        for (long i = 0; i < limit; i++)
        {
            await AttachNewAsync(scope, token).ConfigureAwait(false);
        }

        try
        {
            await AttachNewAsync(scope, token).ConfigureAwait(false);
        }
        catch (RpcException)
        {
            // Drivers tell this limit with several codes; RESOURCE_EXHAUSTED is the one of the interface.
            return;
        }

        throw new CheckFailedException($"Volume number {limit + 1} was published to a node that can have {limit}.");
    }

    private static async Task IncompatibleAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.PublishUnpublishVolume);
        scope.Session.Require(ControllerCall.PublishReadonly);
        CsiPlace place = await AttachNewAsync(scope, token).ConfigureAwait(false);
        await CsiStatus.ExpectAsync(() => scope.AttachAsync(place, token, readOnly: true), StatusCode.AlreadyExists).ConfigureAwait(false);
    }

    private static async Task CycleAsync(CsiScope scope, int count, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.PublishUnpublishVolume);
        CsiPlace place = await AttachNewAsync(scope, token).ConfigureAwait(false);
        IDictionary<string, string> first = place.PublishContext;
        for (int i = 1; i < count; i++)
        {
            await scope.AttachAsync(place, token).ConfigureAwait(false);
            Verdicts.Require(
                first.Count == place.PublishContext.Count && !first.Except(place.PublishContext).Any(), "Publishing again gave another publish context than the first time.");
        }

        for (int i = 0; i < count; i++)
        {
            await scope.DetachAsync(place, token).ConfigureAwait(false);
        }
    }

    private static async Task UnpublishNothingAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.PublishUnpublishVolume);
        await CsiStatus.ExpectAsync(() => UnpublishAsync(scope, "", scope.NewUnknownId(), token), StatusCode.InvalidArgument).ConfigureAwait(false);
    }

    private static async Task UnpublishUnknownAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.PublishUnpublishVolume);
        try
        {
            await UnpublishAsync(scope, scope.NewUnknownId(), scope.Session.NodeInfo?.NodeId ?? scope.NewUnknownId(), token).ConfigureAwait(false);
        }
        catch (RpcException unknown) when (unknown.StatusCode == StatusCode.NotFound)
        {
        }
    }

    private static async Task<CsiPlace> AttachNewAsync(CsiScope scope, CancellationToken token)
    {
        Volume volume = await scope.NewVolumeAsync(token).ConfigureAwait(false);
        CsiPlace place = scope.NewPlace(volume, scope.Options.Access);
        await scope.AttachAsync(place, token).ConfigureAwait(false);
        return place;
    }

    private static async Task UnpublishAsync(CsiScope scope, string volume, string node, CancellationToken token)
    {
        ControllerUnpublishVolumeRequest request = new() { VolumeId = volume, NodeId = node };
        request.Secrets.Add(scope.Options.Secrets);
        await scope.Session.Controller.ControllerUnpublishVolumeAsync(request, scope.Call(token)).ConfigureAwait(false);
    }
}
