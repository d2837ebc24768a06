using System.Runtime.InteropServices;

namespace Waybill.Local;

/// <summary>What statx says of a file, as the kernel lays it out on every processor.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct FileStatus
{
    public const uint MaskBasic = 0x7FF;

    public const int TypeMask = 0xF000;
    public const int TypeDirectory = 0x4000;
    public const int TypeBlockDevice = 0x6000;
    public const int TypeRegular = 0x8000;

    [FieldOffset(0x10)]
    public uint LinkCount;

    [FieldOffset(0x1C)]
    public ushort Mode;

    [FieldOffset(0x20)]
    public ulong Inode;

    [FieldOffset(0x28)]
    public long Size;

    [FieldOffset(0x30)]
    public ulong Blocks;

    [FieldOffset(0x60)]
    public long ChangedSeconds;

    [FieldOffset(0x68)]
    public uint ChangedNanoseconds;

    [FieldOffset(0x70)]
    public long ModifiedSeconds;

    [FieldOffset(0x78)]
    public uint ModifiedNanoseconds;

    [FieldOffset(0x88)]
    public uint DeviceMajor;

    [FieldOffset(0x8C)]
    public uint DeviceMinor;

    public readonly bool IsDirectory => (Mode & TypeMask) == TypeDirectory;

    public readonly bool IsBlockDevice => (Mode & TypeMask) == TypeBlockDevice;

    public readonly bool IsRegular => (Mode & TypeMask) == TypeRegular;

    /// <summary>Whether nothing shows that the file was written between two looks at it.</summary>
    public readonly bool HasSameContentAs(in FileStatus other) =>
        (Size, ModifiedSeconds, ModifiedNanoseconds, ChangedSeconds, ChangedNanoseconds)
        == (other.Size, other.ModifiedSeconds, other.ModifiedNanoseconds, other.ChangedSeconds, other.ChangedNanoseconds);

    public readonly bool IsSameFileAs(in FileStatus other) =>
        (DeviceMajor, DeviceMinor, Inode) == (other.DeviceMajor, other.DeviceMinor, other.Inode);
}
