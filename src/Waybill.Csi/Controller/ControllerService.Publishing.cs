using System.Collections.Immutable;
using Grpc.Core;
using Waybill.Csi.Wire;
using Waybill.Providers;

namespace Waybill.Csi;

/// <content>Lets nodes reach volumes.</content>
internal sealed partial class ControllerService
{
    private IVolumePublisher Publisher => plugin.Roles.Publisher ?? throw CallError.Unimplemented("publishing volumes to nodes");

    public override async Task<ControllerPublishVolumeResponse> ControllerPublishVolume(ControllerPublishVolumeRequest request, ServerCallContext context)
    {
        IVolumePublisher publisher = Publisher;
        VolumeId? id = RequiredFields.Volume(request.VolumeId);
        string node = RequiredFields.Text(request.NodeId, "node_id");
        VolumeCapability use = RequiredFields.Message(request.VolumeCapability, "volume_capability");
        CapabilityCheck.ThrowIfMalformed([use]);
        using IDisposable held = plugin.Locks.Enter(VolumeObject, request.VolumeId);
        VolumeDescriptor volume = await RequireVolumeAsync(id, request.VolumeId, context.CancellationToken).ConfigureAwait(false);
        if (_uses.FindObstacle([use], volume.Kind) is { } obstacle)
        {
            throw CallError.Invalid(obstacle);
        }

        ImmutableSortedDictionary<string, string> published = await publisher.PublishAsync(
            new VolumePublishRequest(volume.Id, node)
            {
                ReadOnly = request.Readonly,
                IsMounted = use.AccessTypeCase == VolumeCapability.AccessTypeOneofCase.Mount,
                IsShared = CapabilityCheck.IsShared(use),
                VolumeContext = request.VolumeContext.ToImmutableSortedDictionary(StringComparer.Ordinal),
                Secrets = request.Secrets.ToImmutableSortedDictionary(StringComparer.Ordinal),
            },
            context.CancellationToken).ConfigureAwait(false);
        var response = new ControllerPublishVolumeResponse();
        response.PublishContext.Add(published);
        return response;
    }

    public override async Task<ControllerUnpublishVolumeResponse> ControllerUnpublishVolume(ControllerUnpublishVolumeRequest request, ServerCallContext context)
    {
        IVolumePublisher publisher = Publisher;
        if (RequiredFields.Volume(request.VolumeId) is { } id)
        {
            using IDisposable held = plugin.Locks.Enter(VolumeObject, request.VolumeId);
            await publisher.UnpublishAsync(id, request.NodeId.Length > 0 ? request.NodeId : null, context.CancellationToken).ConfigureAwait(false);
        }

        return new ControllerUnpublishVolumeResponse();
    }
}
