using System.Runtime.InteropServices;

namespace Waybill.Csi;

/// <summary>What statfs says of a file system, as the kernel lays it out on 64-bit processors.</summary>
[StructLayout(LayoutKind.Explicit, Size = 120)]
internal struct FileSystemUsage
{
    [FieldOffset(8)]
    public long BlockSize;

    [FieldOffset(16)]
    public long Blocks;

    [FieldOffset(24)]
    public long FreeBlocks;

    [FieldOffset(32)]
    public long AvailableBlocks;

    [FieldOffset(40)]
    public long Files;

    [FieldOffset(48)]
    public long FreeFiles;

    [FieldOffset(72)]
    public long FragmentSize;

    /// <summary>Gets the unit of the numbers of blocks, in bytes.</summary>
    public readonly long Unit => FragmentSize > 0 ? FragmentSize : BlockSize;
}
