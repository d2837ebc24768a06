using Waybill.Csi.Wire;
using Waybill.Providers;
using Mode = Waybill.Csi.Wire.VolumeCapability.Types.AccessMode.Types.Mode;

namespace Waybill.Csi;

/// <summary>Says which ways of using a volume the plugin supports.</summary>
internal sealed class CapabilityCheck(CsiPlugin plugin)
{
    /// <summary>Finds out what a volume that is used in all these ways must hold.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT if one way is malformed or not supported, or if they contradict each other.</exception>
    public VolumeKind GetKind(IReadOnlyList<VolumeCapability> capabilities)
    {
        ThrowIfMalformed(capabilities);
        VolumeKind[] kinds = [.. capabilities.Select(KindOf).Distinct()];
        if (kinds.Length > 1)
        {
            throw CallError.Invalid("A volume cannot be a tree of files and a block device.");
        }

        return FindObstacle(capabilities, kinds[0]) is { } reason ? throw CallError.Invalid(reason) : kinds[0];
    }

    /// <summary>Finds out why a volume cannot be used in all these ways; <see langword="null"/> if it can.</summary>
    public string? FindObstacle(IReadOnlyList<VolumeCapability> capabilities, VolumeKind kind) =>
        capabilities.Select(capability => FindObstacle(capability, kind)).FirstOrDefault(reason => reason is not null);

    /// <summary>Refuses ways of use that say nothing.</summary>
    public static void ThrowIfMalformed(IReadOnlyList<VolumeCapability> capabilities)
    {
        foreach (VolumeCapability capability in capabilities)
        {
            if (capability.AccessTypeCase == VolumeCapability.AccessTypeOneofCase.None)
            {
                throw CallError.Invalid("volume_capability has no access type.");
            }

            if (capability.AccessMode is null || capability.AccessMode.Mode == Mode.Unknown || !Enum.IsDefined(capability.AccessMode.Mode))
            {
                throw CallError.Invalid("volume_capability has no access mode that is known.");
            }
        }
    }

    /// <summary>Says whether several nodes may have the volume at the same time.</summary>
    public static bool IsShared(VolumeCapability capability) =>
        capability.AccessMode.Mode is Mode.MultiNodeReaderOnly or Mode.MultiNodeSingleWriter or Mode.MultiNodeMultiWriter;

    private VolumeKind KindOf(VolumeCapability capability) =>
        capability.AccessTypeCase == VolumeCapability.AccessTypeOneofCase.Block ? VolumeKind.Block : plugin.MountedKind;

    private string? FindObstacle(VolumeCapability capability, VolumeKind kind)
    {
        bool isBlock = capability.AccessTypeCase == VolumeCapability.AccessTypeOneofCase.Block;
        if (isBlock && kind == VolumeKind.FileTree)
        {
            return "A tree of files cannot be used as a block device.";
        }

        MultiNodeAccess needed = capability.AccessMode.Mode switch
        {
            Mode.MultiNodeReaderOnly => MultiNodeAccess.Readers,
            Mode.MultiNodeSingleWriter => MultiNodeAccess.SingleWriter,
            Mode.MultiNodeMultiWriter => MultiNodeAccess.Writers,
            _ => MultiNodeAccess.None,
        };
        if ((plugin.MultiNode & needed) != needed)
        {
            return $"This platform does not support access mode {capability.AccessMode.Mode}.";
        }

        // ext4, xfs and btrfs know nothing of each other's writers, and readers would see what is half written.
        return !isBlock && kind == VolumeKind.Block && needed is MultiNodeAccess.SingleWriter or MultiNodeAccess.Writers
            ? $"A file system on a block device cannot be mounted with access mode {capability.AccessMode.Mode}."
            : null;
    }
}
