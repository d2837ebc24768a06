using Grpc.Core;
using Waybill.Csi.Wire;
using AccessMode = Waybill.Csi.Wire.VolumeCapability.Types.AccessMode.Types.Mode;
using NodeCall = Waybill.Csi.Wire.NodeServiceCapability.Types.RPC.Types.Type;

namespace Waybill.CsiModel;

/// <summary>The node: publishing makes a link to the file or directory of a volume.</summary>
internal sealed class ModelNode(ModelState state, Faults faults) : Node.NodeBase
{
    public const string NodeId = "model-node";
    public const int MaxVolumes = 24;

    // Nothing can be written there, as in what is mounted for reading only, whatever rights the process has.
    private const string ReadOnlyPlace = "/proc/self/fdinfo";

    public static Topology Place()
    {
        Topology place = new();
        place.Segments.Add("topology.model.example.com/host", NodeId);
        return place;
    }

    public override Task<NodeGetCapabilitiesResponse> NodeGetCapabilities(NodeGetCapabilitiesRequest request, ServerCallContext context)
    {
        NodeGetCapabilitiesResponse response = new();
        foreach (NodeCall call in (NodeCall[])[NodeCall.StageUnstageVolume, NodeCall.GetVolumeStats, NodeCall.ExpandVolume, NodeCall.SingleNodeMultiWriter])
        {
            if (call != NodeCall.SingleNodeMultiWriter || !faults.BreakEverySecondTime("csi.node.capabilities"))
            {
                response.Capabilities.Add(new NodeServiceCapability { Rpc = new NodeServiceCapability.Types.RPC { Type = call } });
            }
        }

        return Task.FromResult(response);
    }

    public override Task<NodeGetInfoResponse> NodeGetInfo(NodeGetInfoRequest request, ServerCallContext context) => Task.FromResult(
        new NodeGetInfoResponse { NodeId = NodeId, MaxVolumesPerNode = faults.Break("csi.node.info") ? -1 : MaxVolumes, AccessibleTopology = Place() });

    public override Task<NodeStageVolumeResponse> NodeStageVolume(NodeStageVolumeRequest request, ServerCallContext context)
    {
        Refused.Empty(request.VolumeId, "volume id");
        Refused.Empty(request.StagingTargetPath, "staging path");
        Refused.Missing(request.VolumeCapability, "volume capability");
        lock (state.Gate)
        {
            ModelVolume volume = Refused.Unknown(state.Volumes, request.VolumeId);
            bool isNew = volume.Staged.Add(request.StagingTargetPath);
            return faults.Break("csi.node.lifecycle.works") || (!isNew && faults.Break("csi.node.lifecycle.idempotent"))
                ? throw Refused.Broken()
                : Task.FromResult(new NodeStageVolumeResponse());
        }
    }

    public override Task<NodeUnstageVolumeResponse> NodeUnstageVolume(NodeUnstageVolumeRequest request, ServerCallContext context)
    {
        Refused.Empty(request.VolumeId, "volume id");
        Refused.Empty(request.StagingTargetPath, "staging path");
        lock (state.Gate)
        {
            if (!state.Volumes.TryGetValue(request.VolumeId, out ModelVolume? volume))
            {
                return Task.FromResult(new NodeUnstageVolumeResponse());
            }

            if (!volume.Staged.Remove(request.StagingTargetPath) && faults.Break("csi.node.unpublish.again"))
            {
                throw Refused.Broken();
            }

            if (volume.IsBlock && faults.Break("csi.node.content.kept-block"))
            {
                using FileStream file = new(volume.Path, FileMode.Truncate, FileAccess.Write, FileShare.ReadWrite);
                file.SetLength(volume.Capacity);
            }
            else if (!volume.IsBlock && faults.Break("csi.node.content.kept-mounted"))
            {
                foreach (string file in Directory.GetFiles(volume.Path))
                {
                    File.Delete(file);
                }
            }

            return Task.FromResult(new NodeUnstageVolumeResponse());
        }
    }

    public override Task<NodePublishVolumeResponse> NodePublishVolume(NodePublishVolumeRequest request, ServerCallContext context)
    {
        Refused.Empty(request.VolumeId, "volume id");
        Refused.Empty(request.TargetPath, "target path");
        Refused.Missing(request.VolumeCapability, "volume capability");
        lock (state.Gate)
        {
            ModelVolume volume = Refused.Unknown(state.Volumes, request.VolumeId);
            if (volume.Published.TryGetValue(request.TargetPath, out NodePublishVolumeRequest? known))
            {
                return known.Readonly == request.Readonly && known.VolumeCapability.Equals(request.VolumeCapability)
                    ? Task.FromResult(new NodePublishVolumeResponse())
                    : throw Refused.With(StatusCode.AlreadyExists, "The volume is published there otherwise.");
            }

            if (volume.Published.Count > 0 && request.VolumeCapability.AccessMode.Mode == AccessMode.SingleNodeSingleWriter)
            {
                throw Refused.With(StatusCode.FailedPrecondition, "The volume has its one writer.");
            }

            bool isReadOnly = request.Readonly && !volume.IsBlock && !faults.Break("csi.node.publish.read-only");
            File.Delete(request.TargetPath);
            File.CreateSymbolicLink(request.TargetPath, isReadOnly ? ReadOnlyPlace : volume.Path);
            volume.Published.Add(request.TargetPath, request);
            return Task.FromResult(new NodePublishVolumeResponse());
        }
    }

    public override Task<NodeUnpublishVolumeResponse> NodeUnpublishVolume(NodeUnpublishVolumeRequest request, ServerCallContext context)
    {
        Refused.Empty(request.VolumeId, "volume id");
        Refused.Empty(request.TargetPath, "target path");
        lock (state.Gate)
        {
            bool wasPublished = state.Volumes.TryGetValue(request.VolumeId, out ModelVolume? volume) && volume.Published.Remove(request.TargetPath);
            if (wasPublished && !faults.Break("csi.node.unpublish.removes"))
            {
                File.Delete(request.TargetPath);
            }

            return Task.FromResult(new NodeUnpublishVolumeResponse());
        }
    }

    public override Task<NodeGetVolumeStatsResponse> NodeGetVolumeStats(NodeGetVolumeStatsRequest request, ServerCallContext context)
    {
        Refused.Empty(request.VolumeId, "volume id");
        Refused.Empty(request.VolumePath, "path");
        lock (state.Gate)
        {
            ModelVolume volume = Refused.Unknown(state.Volumes, request.VolumeId);
            if (!volume.Published.ContainsKey(request.VolumePath))
            {
                throw Refused.With(StatusCode.NotFound, "The volume is not there.");
            }

            NodeGetVolumeStatsResponse response = new();
            long total = faults.Break("csi.node.stats.works") ? 0 : volume.IsBlock || !faults.Break("csi.node.expand.works") ? volume.Capacity : 4096;
            response.Usage.Add(new VolumeUsage { Unit = VolumeUsage.Types.Unit.Bytes, Total = total, Used = total / 2, Available = total / 2 });
            return Task.FromResult(response);
        }
    }

    public override Task<NodeExpandVolumeResponse> NodeExpandVolume(NodeExpandVolumeRequest request, ServerCallContext context)
    {
        Refused.Empty(request.VolumeId, "volume id");
        Refused.Empty(request.VolumePath, "path");
        lock (state.Gate)
        {
            return Task.FromResult(new NodeExpandVolumeResponse { CapacityBytes = Refused.Unknown(state.Volumes, request.VolumeId).Capacity });
        }
    }
}
