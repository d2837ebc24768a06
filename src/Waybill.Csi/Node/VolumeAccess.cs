using Waybill.Csi.Wire;
using Mode = Waybill.Csi.Wire.VolumeCapability.Types.AccessMode.Types.Mode;

namespace Waybill.Csi;

/// <summary>How a volume is to be used on this node.</summary>
/// <param name="IsBlock">Whether as a device, not as a file system.</param>
/// <param name="FileSystem">The file system; <see langword="null"/> for whichever is there, or a common one.</param>
/// <param name="Options">How it is mounted.</param>
/// <param name="Mode">Who uses it.</param>
internal sealed record VolumeAccess(bool IsBlock, FileSystemKind? FileSystem, MountOptions Options, Mode Mode)
{
    /// <summary>Gets whether nothing is written.</summary>
    public bool IsReadOnly => Mode is Mode.SingleNodeReaderOnly or Mode.MultiNodeReaderOnly || (!IsBlock && Options.IsReadOnly);

    /// <summary>Gets whether other nodes have the volume at the same time and none of them may write.</summary>
    public bool IsSharedForReading => Mode == Mode.MultiNodeReaderOnly;

    /// <summary>Gets whether other nodes have the volume at the same time and some of them write.</summary>
    public bool IsSharedForWriting => Mode is Mode.MultiNodeSingleWriter or Mode.MultiNodeMultiWriter;

    /// <summary>Gets whether the volume may be published at one path of the node only.</summary>
    public bool IsForOneTarget => Mode is Mode.SingleNodeWriter or Mode.SingleNodeReaderOnly or Mode.SingleNodeSingleWriter;

    /// <summary>Reads a capability.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT.</exception>
    public static VolumeAccess Parse(VolumeCapability? capability)
    {
        if (capability is null)
        {
            throw CallError.Invalid("volume_capability is missing.");
        }

        Mode mode = capability.AccessMode?.Mode ?? Mode.Unknown;
        if (mode == Mode.Unknown || !Enum.IsDefined(mode))
        {
            throw CallError.Invalid("volume_capability has no access mode that is known.");
        }

        switch (capability.AccessTypeCase)
        {
            case VolumeCapability.AccessTypeOneofCase.Block:
                return new VolumeAccess(true, null, new MountOptions(0, []), mode);
            case VolumeCapability.AccessTypeOneofCase.Mount when capability.Mount.VolumeMountGroup.Length > 0:
                throw CallError.Invalid("volume_mount_group is not supported: the orchestrator gives the files to the group itself.");
            case VolumeCapability.AccessTypeOneofCase.Mount:
                string name = capability.Mount.FsType;
                FileSystemKind? kind = FileSystemKinds.Find(name);
                return kind is null && name.Length > 0
                    ? throw CallError.Invalid($"A file system of type '{name}' is not supported: ext4, xfs and btrfs are.")
                    : new VolumeAccess(false, kind, MountOptions.Parse(capability.Mount.MountFlags), mode);
            default:
                throw CallError.Invalid("volume_capability says neither block nor mount.");
        }
    }
}
