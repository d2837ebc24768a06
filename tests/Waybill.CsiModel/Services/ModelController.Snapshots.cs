using Grpc.Core;
using Waybill.Csi.Wire;

namespace Waybill.CsiModel;

/// <summary>Snapshots, and volumes on the node as the controller sees them.</summary>
internal sealed partial class ModelController
{
    public override async Task<CreateSnapshotResponse> CreateSnapshot(CreateSnapshotRequest request, ServerCallContext context)
    {
        Refused.Empty(request.Name, "name");
        Refused.Empty(request.SourceVolumeId, "volume id");
        CreateSnapshotResponse response = await OnceAsync(request.Name, "csi.controller.snapshot.concurrent", () => Find(request), () => Take(request));
        if (faults.Break("csi.controller.snapshot.described"))
        {
            response.Snapshot.CreationTime = null;
        }

        return response;
    }

    public override Task<DeleteSnapshotResponse> DeleteSnapshot(DeleteSnapshotRequest request, ServerCallContext context)
    {
        Refused.Empty(request.SnapshotId, "snapshot id");
        lock (state.Gate)
        {
            if (!state.Snapshots.TryGetValue(request.SnapshotId, out ModelSnapshot? snapshot))
            {
                return faults.Break("csi.controller.snapshot.delete-unknown")
                    ? throw Refused.With(StatusCode.NotFound, "There is no such snapshot.")
                    : Task.FromResult(new DeleteSnapshotResponse());
            }

            if (faults.Break("csi.controller.snapshots.current"))
            {
                state.GhostSnapshots.Add(snapshot.Describe());
            }

            if (!faults.Break("csi.controller.snapshot.delete-works"))
            {
                state.RemoveSnapshot(snapshot);
            }

            return Task.FromResult(new DeleteSnapshotResponse());
        }
    }

    public override Task<GetSnapshotResponse> GetSnapshot(GetSnapshotRequest request, ServerCallContext context)
    {
        Refused.Empty(request.SnapshotId, "snapshot id");
        lock (state.Gate)
        {
            ModelSnapshot snapshot = Refused.Unknown(state.Snapshots, request.SnapshotId);
            ModelSnapshot got = faults.Break("csi.controller.get-snapshot.works") ? state.Snapshots.Values.First() : snapshot;
            return Task.FromResult(new GetSnapshotResponse { Snapshot = got.Describe() });
        }
    }

    public override Task<ControllerPublishVolumeResponse> ControllerPublishVolume(ControllerPublishVolumeRequest request, ServerCallContext context)
    {
        Refused.Empty(request.VolumeId, "volume id");
        Refused.Empty(request.NodeId, "node id");
        Refused.Missing(request.VolumeCapability, "volume capability");
        lock (state.Gate)
        {
            ModelVolume volume = Refused.Unknown(state.Volumes, request.VolumeId);
            if (request.NodeId != ModelNode.NodeId)
            {
                throw Refused.With(StatusCode.NotFound, $"There is no node '{request.NodeId}'.");
            }

            if (volume.AttachedReadOnly is { } readOnly && readOnly != request.Readonly)
            {
                throw Refused.With(StatusCode.AlreadyExists, "The volume is published to the node otherwise.");
            }

            if (faults.Break("csi.controller.publish.works") || (volume.AttachedReadOnly is not null && faults.Break("csi.controller.publish.idempotent")))
            {
                throw Refused.Broken();
            }

            bool isFull = volume.AttachedReadOnly is null && state.Volumes.Values.Count(one => one.AttachedReadOnly is not null) >= ModelNode.MaxVolumes;
            if (isFull && !faults.Break("csi.controller.publish.attach-limit"))
            {
                throw Refused.With(StatusCode.ResourceExhausted, "The node can have no more volumes.");
            }

            volume.AttachedReadOnly = request.Readonly;
            ControllerPublishVolumeResponse response = new();
            response.PublishContext.Add("path", volume.Path);
            return Task.FromResult(response);
        }
    }

    public override Task<ControllerUnpublishVolumeResponse> ControllerUnpublishVolume(ControllerUnpublishVolumeRequest request, ServerCallContext context)
    {
        Refused.Empty(request.VolumeId, "volume id");
        lock (state.Gate)
        {
            if (state.Volumes.TryGetValue(request.VolumeId, out ModelVolume? volume))
            {
                volume.AttachedReadOnly = null;
            }
            else if (faults.Break("csi.controller.unpublish.unknown"))
            {
                throw Refused.Broken();
            }

            return Task.FromResult(new ControllerUnpublishVolumeResponse());
        }
    }

    private CreateSnapshotResponse? Find(CreateSnapshotRequest request)
    {
        string name = NameOf(request.Name);
        ModelSnapshot? known = state.Snapshots.Values.FirstOrDefault(one => one.Name == name && one.Group.Length == 0);
        if (known is null || faults.Break("csi.controller.snapshot.idempotent"))
        {
            return null;
        }

        return known.Volume.Id == request.SourceVolumeId
            ? new CreateSnapshotResponse { Snapshot = known.Describe() }
            : throw Refused.With(StatusCode.AlreadyExists, $"'{request.Name}' is a snapshot of another volume.");
    }

    private CreateSnapshotResponse Take(CreateSnapshotRequest request) => new()
    {
        Snapshot = state.AddSnapshot(NameOf(request.Name), Refused.Unknown(state.Volumes, request.SourceVolumeId)).Describe(),
    };
}
