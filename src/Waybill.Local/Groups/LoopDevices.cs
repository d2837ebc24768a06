using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Waybill.Local;

/// <summary>Finds the loop devices of this host that lie on a file.</summary>
internal static class LoopDevices
{
    private const string Root = "/sys/block";

    // linux/loop.h: loop_info64.
    private const int InfoSize = 232;

    /// <summary>Lists the devices on a file, whoever set them up and under whatever path they see the file.</summary>
    public static List<LoopDevice> FindOn(string path)
    {
        var result = new List<LoopDevice>();
        if (!Directory.Exists(Root) || !Libc.TryGetStatus(path, out FileStatus status))
        {
            return result;
        }

        string name = Path.GetFileName(path);
        foreach (string device in Directory.EnumerateDirectories(Root, "loop*"))
        {
            // Other mount namespaces see the file under other directories, but under the same name.
            if (ReadLine(Path.Join(device, "loop", "backing_file")) is { } backing
                && Path.GetFileName(backing.Replace(" (deleted)", "", StringComparison.Ordinal)) == name
                && IsOn(Path.Join("/dev", Path.GetFileName(device)), status, backing == path))
            {
                result.Add(new LoopDevice(Path.Join("/dev", Path.GetFileName(device)), ReadLine(Path.Join(device, "dev")) ?? ""));
            }
        }

        return result;
    }

    /// <summary>Tells a device that the file under it has become larger.</summary>
    public static unsafe void TakeNewSize(LoopDevice device, string provider)
    {
        using SafeFileHandle file = Libc.Open(device.Path, Libc.OpenReadOnly | Libc.OpenNonBlocking);
        if (file.IsInvalid || Libc.Control(file, Libc.LoopSetCapacity, null) != 0)
        {
            throw Errno.ToError(provider, Errno.Last, "The loop device of the volume cannot take its new size", device.Path);
        }
    }

    private static unsafe bool IsOn(string device, in FileStatus status, bool otherwise)
    {
        Span<byte> info = stackalloc byte[InfoSize];
        using SafeFileHandle file = Libc.Open(device, Libc.OpenReadOnly | Libc.OpenNonBlocking);
        fixed (byte* i = info)
        {
            if (file.IsInvalid || Libc.Control(file, Libc.LoopGetStatus, i) != 0)
            {
                return otherwise;
            }
        }

        ulong number = ((ulong)status.DeviceMajor << 8) | (status.DeviceMinor & 0xFF) | (((ulong)status.DeviceMinor & ~0xFFUL) << 12);
        return BinaryPrimitives.ReadUInt64LittleEndian(info) == number && BinaryPrimitives.ReadUInt64LittleEndian(info[8..]) == status.Inode;
    }

    private static string? ReadLine(string path)
    {
        try
        {
            return File.ReadAllText(path).TrimEnd('\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not set up, or no longer.
            return null;
        }
    }
}
