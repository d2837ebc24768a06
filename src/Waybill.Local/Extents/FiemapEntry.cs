using System.Runtime.InteropServices;

namespace Waybill.Local;

/// <summary>One answer of FIEMAP.</summary>
[StructLayout(LayoutKind.Explicit, Size = 56)]
internal struct FiemapEntry
{
    public const uint Last = 0x0001;
    public const uint Unwritten = 0x0800;
    public const uint Merged = 0x1000;
    public const uint Shared = 0x2000;

    [FieldOffset(0)]
    public ulong Logical;

    [FieldOffset(8)]
    public ulong Physical;

    [FieldOffset(16)]
    public ulong Length;

    [FieldOffset(40)]
    public uint Flags;

    /// <summary>Says what the answer means for a part of it.</summary>
    /// <remarks>
    /// Any flag that is not known to be harmless makes the place useless: unknown, not yet allocated, inside a node, not aligned. So does ENCODED: btrfs
    /// reports for compressed data where its beginning lies plus how far in the uncompressed data the part is, and two different extents can share that sum.
    /// </remarks>
    public readonly Extent ToExtent(long start, long end) => (Flags & ~(Last | Unwritten | Merged | Shared)) != 0
        ? new Extent(start, end, ExtentContent.Unplaced)
        : (Flags & Unwritten) != 0
            ? new Extent(start, end, ExtentContent.Zeros)
            : new Extent(start, end, ExtentContent.Placed, 0, unchecked((long)(Physical - Logical)));
}
