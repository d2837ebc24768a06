using Microsoft.Win32.SafeHandles;
using Waybill.Csi.Wire;

namespace Waybill.Csi;

/// <summary>Asks the kernel how full volumes are.</summary>
internal static class VolumeUsageReader
{
    /// <summary>Reads the usage of what is published or staged at a path.</summary>
    public static IEnumerable<VolumeUsage> Read(DeviceOnNode device, MountEntry mount)
    {
        if (device.IsDeviceFileOf(mount))
        {
            using SafeFileHandle file = device.OpenDevice(NodeLibc.OpenReadOnly);
            return [new VolumeUsage { Unit = VolumeUsage.Types.Unit.Bytes, Total = device.GetLength(file) }];
        }

        if (NodeLibc.GetUsage(mount.MountPoint, out FileSystemUsage usage) != 0)
        {
            throw NodeErrno.Fail($"{mount.MountPoint} cannot be asked how full it is", NodeErrno.Last);
        }

        var result = new List<VolumeUsage>
        {
            new()
            {
                Unit = VolumeUsage.Types.Unit.Bytes,
                Total = usage.Blocks * usage.Unit,
                Used = (usage.Blocks - usage.FreeBlocks) * usage.Unit,
                Available = usage.AvailableBlocks * usage.Unit,
            },
        };

        // btrfs makes inodes as they are needed, and says that it has none.
        if (usage.Files > 0)
        {
            result.Add(new VolumeUsage
            {
                Unit = VolumeUsage.Types.Unit.Inodes,
                Total = usage.Files,
                Used = usage.Files - usage.FreeFiles,
                Available = usage.FreeFiles,
            });
        }

        return result;
    }
}
