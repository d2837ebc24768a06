using System.Runtime.InteropServices;

namespace Waybill.Csi;

/// <summary>What statx says of a file, as the kernel lays it out on every processor.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct NodeStatus
{
    // The basic fields and the id of the mount.
    public const uint Mask = 0x7FF | 0x1000;

    private const int TypeMask = 0xF000;
    private const int TypeDirectory = 0x4000;
    private const int TypeBlockDevice = 0x6000;
    private const int TypeRegular = 0x8000;
    private const int TypeLink = 0xA000;
    private const ulong AttributeMountRoot = 0x2000;

    [FieldOffset(0x08)]
    public ulong Attributes;

    [FieldOffset(0x1C)]
    public ushort Mode;

    [FieldOffset(0x20)]
    public ulong Inode;

    [FieldOffset(0x28)]
    public long Size;

    [FieldOffset(0x80)]
    public uint OwnMajor;

    [FieldOffset(0x84)]
    public uint OwnMinor;

    [FieldOffset(0x88)]
    public uint DeviceMajor;

    [FieldOffset(0x8C)]
    public uint DeviceMinor;

    [FieldOffset(0x90)]
    public ulong MountId;

    public readonly bool IsDirectory => (Mode & TypeMask) == TypeDirectory;

    public readonly bool IsBlockDevice => (Mode & TypeMask) == TypeBlockDevice;

    public readonly bool IsRegular => (Mode & TypeMask) == TypeRegular;

    public readonly bool IsLink => (Mode & TypeMask) == TypeLink;

    /// <summary>Gets whether something is mounted just here.</summary>
    public readonly bool IsMountRoot => (Attributes & AttributeMountRoot) != 0;

    /// <summary>Whether both name one block device.</summary>
    public readonly bool IsSameDeviceAs(in NodeStatus other) =>
        IsBlockDevice && other.IsBlockDevice && (OwnMajor, OwnMinor) == (other.OwnMajor, other.OwnMinor);

    /// <summary>Whether both name one file or directory.</summary>
    public readonly bool IsSameFileAs(in NodeStatus other) =>
        (DeviceMajor, DeviceMinor, Inode) == (other.DeviceMajor, other.DeviceMinor, other.Inode);
}
