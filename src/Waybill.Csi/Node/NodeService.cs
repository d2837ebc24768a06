using System.Collections.Immutable;
using Google.Protobuf.Collections;
using Grpc.Core;
using Waybill.Csi.Wire;
using Capability = Waybill.Csi.Wire.NodeServiceCapability.Types.RPC.Types.Type;

namespace Waybill.Csi;

/// <summary>The Node service of the interface over <see cref="INodeVolumes"/>.</summary>
/// <remarks>Nothing is remembered between calls; only those that work on one volume, or on one path, at the same time are kept apart.</remarks>
internal sealed partial class NodeService : Node.NodeBase
{
    private static readonly Capability[] s_capabilities =
        [Capability.StageUnstageVolume, Capability.GetVolumeStats, Capability.ExpandVolume, Capability.SingleNodeMultiWriter];

    private readonly CsiPlugin _plugin;
    private readonly ObjectLocks _locks;
    private readonly INodeVolumes _volumes;
    private readonly VolumeStaging _staging;
    private readonly VolumePublishing _publishing;

    public NodeService(PluginContext plugin)
    {
        _plugin = plugin.Plugin;
        _locks = plugin.Locks;
        _volumes = _plugin.Node ?? throw new ArgumentException("The plugin has no node.", nameof(plugin));
        _staging = new VolumeStaging(_volumes, _plugin.TimeProvider);
        _publishing = new VolumePublishing(_volumes);
    }

    /// <inheritdoc/>
    public override Task<NodeGetCapabilitiesResponse> NodeGetCapabilities(NodeGetCapabilitiesRequest request, ServerCallContext context)
    {
        var response = new NodeGetCapabilitiesResponse();
        response.Capabilities.AddRange(s_capabilities.Select(
            type => new NodeServiceCapability { Rpc = new NodeServiceCapability.Types.RPC { Type = type } }));
        return Task.FromResult(response);
    }

    /// <inheritdoc/>
    public override Task<NodeGetInfoResponse> NodeGetInfo(NodeGetInfoRequest request, ServerCallContext context)
    {
        var response = new NodeGetInfoResponse { NodeId = _plugin.NodeId, MaxVolumesPerNode = _plugin.MaxVolumesPerNode };
        if (_plugin.NodeTopology.Count > 0)
        {
            response.AccessibleTopology = new Topology();
            foreach ((string domain, string value) in _plugin.NodeTopology)
            {
                response.AccessibleTopology.Segments.Add(domain, value);
            }
        }

        return Task.FromResult(response);
    }

    // What a controller does with a volume meanwhile, such as a snapshot of it, is no reason to turn a node away.
    private IDisposable EnterVolume(VolumeId volume) => _locks.Enter("volume on the node", volume.ToString());

    private IDisposable EnterPath(string path) => _locks.Enter("path", path);

    private static VolumeId ParseVolume(string text) =>
        text.Length == 0 ? throw CallError.Invalid("volume_id is missing.")
        : VolumeId.TryParse(text, null, out VolumeId volume) ? volume
        : throw CallError.Invalid($"volume_id has to be at most {VolumeId.MaxLength} bytes of printable text.");

    private static ImmutableSortedDictionary<string, string> Copy(MapField<string, string> map) => map.ToImmutableSortedDictionary(StringComparer.Ordinal);

    /// <summary>Finds a volume that is on the node already.</summary>
    /// <exception cref="RpcException">NOT_FOUND: there is no such volume; FAILED_PRECONDITION: it is not here.</exception>
    private async Task<NodeVolume> GetStagedAsync(VolumeId volume, CancellationToken cancellationToken)
    {
        if (await _volumes.FindAsync(volume, cancellationToken).ConfigureAwait(false) is { } found)
        {
            return found;
        }

        bool exists = _plugin.Provider is { } provider && await provider.FindVolumeAsync(volume, cancellationToken).ConfigureAwait(false) is not null;
        throw exists || _plugin.Provider is null ? CallError.FailedPrecondition($"Volume {volume} is not staged on this node.") : CallError.NotFound($"There is no volume {volume}.");
    }

    /// <summary>Finds what shows a volume at a path that a caller names.</summary>
    /// <exception cref="RpcException">NOT_FOUND: it is not on the node, or not at that path.</exception>
    private async Task<(DeviceOnNode Device, MountEntry? Mount)> GetShownAsync(VolumeId volume, string path, CancellationToken cancellationToken)
    {
        if (path.Length == 0)
        {
            throw CallError.Invalid("volume_path is missing.");
        }

        NodeVolume found = await _volumes.FindAsync(volume, cancellationToken).ConfigureAwait(false) ?? throw CallError.NotFound($"Volume {volume} is not on this node.");
        var device = DeviceOnNode.Open(found);
        if (TargetPath.Normalize(path) is not { } full)
        {
            throw CallError.NotFound($"Volume {volume} is not at '{path}', which is no absolute path.");
        }

        using TargetPath place = TargetPath.Open(full);
        return (device, place.FindMount() is { } mount && device.IsShownBy(mount) ? mount : null);
    }
}
