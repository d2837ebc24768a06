using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Waybill.Csi;

/// <summary>Makes a mounted file system take all of its device, by asking the kernel.</summary>
internal static unsafe class FileSystemGrowth
{
    /// <summary>Grows a file system. One that has all of its device stays as it is.</summary>
    /// <param name="mountPoint">Where it is mounted for writing.</param>
    /// <param name="type">What it is.</param>
    /// <param name="device">The device, open for reading.</param>
    /// <param name="length">The size of the device.</param>
    public static void Run(string mountPoint, string type, SafeFileHandle device, long length)
    {
        using SafeFileHandle place = NodeLibc.Open(mountPoint, NodeLibc.OpenReadOnly | NodeLibc.OpenDirectory);
        if (place.IsInvalid)
        {
            throw NodeErrno.Fail($"{mountPoint} cannot be opened", NodeErrno.Last);
        }

        int error = type switch
        {
            "ext4" => GrowExt(place, device, length),
            "xfs" => GrowXfs(place, length),
            "btrfs" => GrowBtrfs(place, length),
            _ => throw CallError.FailedPrecondition($"A file system of type {type} cannot be grown here."),
        };
        if (error == NodeErrno.NotPermitted && type == "ext4")
        {
            throw CallError.FailedPrecondition($"The ext4 at {mountPoint} is smaller than its device, and growing it while it is mounted needs CAP_SYS_RESOURCE.");
        }

        if (error != 0)
        {
            throw NodeErrno.Fail($"The file system at {mountPoint} cannot be made as large as its device", error);
        }
    }

    private static int GrowExt(SafeFileHandle place, SafeFileHandle device, long length)
    {
        const uint Wide = 0x80;
        Span<byte> super = stackalloc byte[1024];
        if (RandomAccess.Read(device, super, 1024) != super.Length)
        {
            throw CallError.Internal("The super block of the file system cannot be read.");
        }

        long blockSize = 1024L << (int)(BinaryPrimitives.ReadUInt32LittleEndian(super[0x18..]) & 0xF);
        bool wide = (BinaryPrimitives.ReadUInt32LittleEndian(super[0x60..]) & Wide) != 0;
        ulong blocks = BinaryPrimitives.ReadUInt32LittleEndian(super[4..]) | (wide ? (ulong)BinaryPrimitives.ReadUInt32LittleEndian(super[0x150..]) << 32 : 0);
        ulong target = (ulong)(length / blockSize);
        target = wide ? target : Math.Min(target, uint.MaxValue);
        return target > blocks ? Try(place, NodeLibc.ExtResize, &target) : 0;
    }

    private static int GrowXfs(SafeFileHandle place, long length)
    {
        // Fewer blocks than this make no allocation group, and stay unused.
        const ulong SmallestGroup = 64;
        uint* geometry = stackalloc uint[28];
        if (Try(place, NodeLibc.XfsGeometry, geometry) is not 0 and var error)
        {
            return error;
        }

        ulong blocks = ((ulong*)geometry)[4];
        ulong target = (ulong)length / geometry[0];
        ulong* request = stackalloc ulong[2] { target, geometry[7] };
        return target >= blocks + SmallestGroup ? Try(place, NodeLibc.XfsGrow, request) : 0;
    }

    private static int GrowBtrfs(SafeFileHandle place, long length)
    {
        // Sizes are kept in sectors, and no growth is worth less than this.
        const long Unit = 64 * 1024;
        byte* info = stackalloc byte[4096];
        new Span<byte>(info, 4096).Clear();
        *(ulong*)info = 1;
        if (Try(place, NodeLibc.BtrfsDeviceInfo, info) is not 0 and var error)
        {
            return error;
        }

        long total = *(long*)(info + 32);
        byte* request = stackalloc byte[4096];
        new Span<byte>(request, 4096).Clear();
        "1:max"u8.CopyTo(new Span<byte>(request + 8, 4088));
        return length >= total + Unit ? Try(place, NodeLibc.BtrfsResize, request) : 0;
    }

    private static int Try(SafeFileHandle place, nuint request, void* argument) => NodeLibc.Control(place, request, argument) >= 0 ? 0 : NodeErrno.Last;
}
