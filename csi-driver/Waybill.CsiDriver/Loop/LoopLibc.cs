using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Waybill.CsiDriver.Loop;

/// <summary>The calls that set loop devices up. Linux on 64-bit processors only.</summary>
internal static unsafe partial class LoopLibc
{
    public const int OpenReadOnly = 0;
    public const int OpenReadWrite = 2;
    public const int OpenNonBlocking = 0x800;

    public const int LockExclusive = 2;
    public const int LockNonBlocking = 4;
    public const int Unlock = 8;

    public const int SeekData = 3;

    public const int NoEntry = 2;
    public const int NoSuchAddress = 6;
    public const int WouldBlock = 11;
    public const int Busy = 16;
    public const int Invalid = 22;

    // linux/loop.h and linux/fs.h, the same numbers on x86-64 and arm64.
    public const nuint LoopClear = 0x4C01;
    public const nuint LoopGetStatus = 0x4C05;
    public const nuint LoopSetCapacity = 0x4C07;
    public const nuint LoopConfigure = 0x4C0A;
    public const nuint LoopControlGetFree = 0x4C82;
    public const nuint BlockSetReadOnly = 0x125D;
    public const nuint BlockSize = 0x80081272;

    private const string Library = "libc";
    private const int OpenCloseOnExec = 0x80000;
    private const int OpenNoTerminal = 0x100;
    private const int AtEmptyPath = 0x1000;
    private const int AtCurrentDirectory = -100;
    private const uint BasicFields = 0x7FF;

    /// <summary>Gets the error of the last call on this thread.</summary>
    public static int Error => Marshal.GetLastPInvokeError();

    /// <summary>Opens a file and owns the descriptor.</summary>
    public static SafeFileHandle Open(string path, int flags) => new(OpenFile(path, flags | OpenCloseOnExec | OpenNoTerminal, 0), ownsHandle: true);

    /// <summary>Asks which file is open.</summary>
    public static bool TryGetIdentity(SafeFileHandle file, out FileIdentity identity)
    {
        FileStatus status;
        bool done = Status(file, "", AtEmptyPath, BasicFields, &status) == 0;
        identity = done ? status.Identity : default;
        return done;
    }

    /// <summary>Asks which file is at a path.</summary>
    public static bool TryGetIdentity(string path, out FileIdentity identity)
    {
        FileStatus status;
        bool done = StatusOf(AtCurrentDirectory, path, 0, BasicFields, &status) == 0;
        identity = done ? status.Identity : default;
        return done;
    }

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Control(SafeFileHandle file, nuint request, void* argument);

    [LibraryImport(Library, EntryPoint = "flock", SetLastError = true)]
    public static partial int Lock(SafeFileHandle file, int operation);

    [LibraryImport(Library, EntryPoint = "fsync", SetLastError = true)]
    public static partial int Sync(SafeFileHandle file);

    [LibraryImport(Library, EntryPoint = "lseek", SetLastError = true)]
    public static partial long Seek(SafeFileHandle file, long offset, int whence);

    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags, uint mode);

    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Status(SafeFileHandle directory, string path, int flags, uint mask, FileStatus* status);

    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatusOf(int directory, string path, int flags, uint mask, FileStatus* status);

    // What statx says of a file, as the kernel lays it out on every processor.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct FileStatus
    {
        [FieldOffset(0x10)]
        public uint LinkCount;

        [FieldOffset(0x20)]
        public ulong Inode;

        [FieldOffset(0x88)]
        public uint DeviceMajor;

        [FieldOffset(0x8C)]
        public uint DeviceMinor;

        public readonly FileIdentity Identity => new(DeviceMajor, DeviceMinor, Inode, LinkCount);
    }
}
