using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Waybill.CsiDriver.Loop;

/// <summary>Sets loop devices up, finds them again and takes them down.</summary>
/// <remarks>They are found by the file they are on, as the kernel knows it: names differ between mount namespaces, and come again.</remarks>
internal static class LoopDevices
{
    private const string Root = "/sys/block";
    private const string ControlPath = "/dev/loop-control";

    // struct loop_config: descriptor, size of blocks, loop_info64, eight words of nothing.
    private const int ConfigurationSize = 304;
    private const int BlockSizeAt = 4;
    private const int InfoAt = 8;
    private const int FlagsAt = InfoAt + 52;
    private const int NameAt = InfoAt + 56;
    private const int NameLength = 63;
    private const int InfoSize = 232;
    private const uint FlagDirect = 16;

    // What every file system and partition table can live with. Left to the kernel, it would change when the image first shares blocks with a snapshot.
    private const uint BlockSize = 512;

    private const int Attempts = 100;

    /// <summary>Lists the devices on a file, lowest number first.</summary>
    public static List<string> FindOn(in FileIdentity file)
    {
        var numbers = new List<int>();
        foreach (string device in Directory.EnumerateDirectories(Root, "loop*"))
        {
            if (int.TryParse(Path.GetFileName(device).AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                && File.Exists(Path.Join(device, "loop", "backing_file")) && IsOn(PathOf(number), file))
            {
                numbers.Add(number);
            }
        }

        numbers.Sort();
        return numbers.ConvertAll(PathOf);
    }

    /// <summary>Sets a device up on an open file. The device is there as a whole, or not at all.</summary>
    /// <exception cref="ProviderException">It cannot be set up.</exception>
    public static unsafe string Attach(SafeFileHandle image, string path, string provider)
    {
        using SafeFileHandle control = LoopLibc.Open(ControlPath, LoopLibc.OpenReadWrite);
        if (control.IsInvalid)
        {
            throw Fail(provider, "Loop devices are not offered by this system, or not to this process", ControlPath);
        }

        Span<byte> configuration = stackalloc byte[ConfigurationSize];
        configuration.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(configuration, (uint)image.DangerousGetHandle());
        BinaryPrimitives.WriteUInt32LittleEndian(configuration[BlockSizeAt..], BlockSize);
        BinaryPrimitives.WriteUInt32LittleEndian(configuration[FlagsAt..], FlagDirect);
        Encoding.UTF8.GetEncoder().Convert(path, configuration.Slice(NameAt, NameLength), flush: true, out _, out _, out _);
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            int number = LoopLibc.Control(control, LoopLibc.LoopControlGetFree, null);
            if (number < 0)
            {
                throw Fail(provider, "No loop device is free", ControlPath);
            }

            using SafeFileHandle device = LoopLibc.Open(PathOf(number), LoopLibc.OpenReadWrite | LoopLibc.OpenNonBlocking);
            if (device.IsInvalid)
            {
                throw Fail(provider, "The loop device cannot be opened; is /dev that of the host?", PathOf(number));
            }

            fixed (byte* c = configuration)
            {
                if (LoopLibc.Control(device, LoopLibc.LoopConfigure, c) == 0)
                {
                    // Whoever had the device before may have made it refuse writes, which outlasts its file.
                    int writable = 0;
                    _ = LoopLibc.Control(device, LoopLibc.BlockSetReadOnly, &writable);
                    return PathOf(number);
                }
            }

            int error = LoopLibc.Error;
            if (error == LoopLibc.Invalid && BinaryPrimitives.ReadUInt32LittleEndian(configuration[FlagsAt..]) != 0)
            {
                // The file system of the pool does not take direct I/O.
                BinaryPrimitives.WriteUInt32LittleEndian(configuration[FlagsAt..], 0);
            }
            else if (error != LoopLibc.Busy)
            {
                throw Fail(provider, "The loop device cannot be set up", PathOf(number));
            }
        }

        throw new ProviderException(WaybillErrorCode.ProviderBusy, provider, "Every loop device that was free was taken by others meanwhile") { IsTransient = true };
    }

    /// <summary>Makes all that was written to a device durable, and takes it down. The system does so later if something still has it open.</summary>
    public static unsafe void Detach(string device, string provider)
    {
        using SafeFileHandle file = LoopLibc.Open(device, LoopLibc.OpenReadOnly | LoopLibc.OpenNonBlocking);
        if (file.IsInvalid || LoopLibc.Sync(file) != 0)
        {
            throw Fail(provider, "The loop device cannot be flushed", device);
        }

        if (LoopLibc.Control(file, LoopLibc.LoopClear, null) != 0 && LoopLibc.Error != LoopLibc.NoSuchAddress)
        {
            throw Fail(provider, "The loop device cannot be taken down", device);
        }
    }

    /// <summary>Makes what was written to a device part of its file.</summary>
    public static void Flush(string device, string provider)
    {
        using SafeFileHandle file = LoopLibc.Open(device, LoopLibc.OpenReadOnly | LoopLibc.OpenNonBlocking);
        if (file.IsInvalid || LoopLibc.Sync(file) != 0)
        {
            throw Fail(provider, "The loop device cannot be flushed", device);
        }
    }

    /// <summary>Makes a device as large as its file.</summary>
    /// <returns>Its size in bytes.</returns>
    public static unsafe long TakeNewSize(string device, string provider)
    {
        using SafeFileHandle file = LoopLibc.Open(device, LoopLibc.OpenReadOnly | LoopLibc.OpenNonBlocking);
        long size;
        return !file.IsInvalid && LoopLibc.Control(file, LoopLibc.LoopSetCapacity, null) == 0 && LoopLibc.Control(file, LoopLibc.BlockSize, &size) == 0
            ? size
            : throw Fail(provider, "The loop device cannot take the size of its file", device);
    }

    /// <summary>Makes the error of the last call.</summary>
    public static ProviderException Fail(string provider, string what, string path)
    {
        int error = LoopLibc.Error;
        return new ProviderException(WaybillErrorCode.ProviderFailed, provider, $"{what}: {Marshal.GetPInvokeErrorMessage(error)}")
        {
            ObjectName = path,
            VendorCode = string.Create(CultureInfo.InvariantCulture, $"errno {error}"),
        };
    }

    private static string PathOf(int number) => string.Create(CultureInfo.InvariantCulture, $"/dev/loop{number}");

    private static unsafe bool IsOn(string device, in FileIdentity identity)
    {
        Span<byte> info = stackalloc byte[InfoSize];
        using SafeFileHandle file = LoopLibc.Open(device, LoopLibc.OpenReadOnly | LoopLibc.OpenNonBlocking);
        fixed (byte* i = info)
        {
            return !file.IsInvalid && LoopLibc.Control(file, LoopLibc.LoopGetStatus, i) == 0
                && BinaryPrimitives.ReadUInt64LittleEndian(info) == identity.Device && BinaryPrimitives.ReadUInt64LittleEndian(info[8..]) == identity.Inode;
        }
    }
}
