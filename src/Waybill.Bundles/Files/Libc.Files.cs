using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Waybill.Bundles;

/// <summary>Calls that take a name in an open directory. Names are single components, so none of these can leave the directory.</summary>
internal static unsafe partial class Libc
{
    public const int OpenNoAccessTime = 0x40000;

    // The time argument of utimensat that leaves a time as it is.
    public const long TimeOmit = 0x3FFFFFFE;

    private const int NameBufferSize = FilePath.MaxNameLength + 1;

    /// <summary>Opens something in a directory and owns the descriptor.</summary>
    /// <returns>A handle; invalid if the call failed.</returns>
    public static SafeFileHandle OpenAt(SafeFileHandle directory, ReadOnlySpan<byte> name, int flags, uint mode = 0)
    {
        byte* z = stackalloc byte[NameBufferSize];
        Terminate(name, z);
        return new SafeFileHandle(OpenFileAt(directory, z, flags | OpenCloseOnExec, mode), ownsHandle: true);
    }

    /// <summary>Asks about something in a directory; about a symbolic link itself, not about what it leads to.</summary>
    public static bool TryGetStatusAt(SafeFileHandle directory, ReadOnlySpan<byte> name, out FileStatus status)
    {
        byte* z = stackalloc byte[NameBufferSize];
        Terminate(name, z);
        fixed (FileStatus* result = &status)
        {
            return Status(directory, z, AtSymbolicLinkNoFollow | AtNoAutomount, FileStatus.MaskBasic | FileStatus.MaskBirthTime, result) == 0;
        }
    }

    /// <summary>Reads the target of a symbolic link.</summary>
    /// <returns>The number of bytes, or -1.</returns>
    public static nint ReadLinkAt(SafeFileHandle directory, ReadOnlySpan<byte> name, Span<byte> target)
    {
        byte* z = stackalloc byte[NameBufferSize];
        Terminate(name, z);
        fixed (byte* buffer = target)
        {
            return ReadLink(directory, z, buffer, (nuint)target.Length);
        }
    }

    public static int MakeDirectoryAt(SafeFileHandle directory, ReadOnlySpan<byte> name, uint mode)
    {
        byte* z = stackalloc byte[NameBufferSize];
        Terminate(name, z);
        return MakeDirectory(directory, z, mode);
    }

    public static int MakeFifoAt(SafeFileHandle directory, ReadOnlySpan<byte> name, uint mode)
    {
        byte* z = stackalloc byte[NameBufferSize];
        Terminate(name, z);
        return MakeFifo(directory, z, mode);
    }

    public static int MakeNodeAt(SafeFileHandle directory, ReadOnlySpan<byte> name, uint mode, uint major, uint minor)
    {
        byte* z = stackalloc byte[NameBufferSize];
        Terminate(name, z);
        try
        {
            return MakeNode(directory, z, mode, MakeDeviceNumber(major, minor));
        }
        catch (EntryPointNotFoundException)
        {
            // C libraries from before 2021 have it under another name only.
            Marshal.SetLastPInvokeError(Errno.NotImplemented);
            return -1;
        }
    }

    /// <summary>Makes a symbolic link; the target is stored as it is.</summary>
    public static int MakeSymbolicLinkAt(SafeFileHandle directory, ReadOnlySpan<byte> name, ReadOnlySpan<byte> target)
    {
        byte* z = stackalloc byte[NameBufferSize];
        Terminate(name, z);
        var text = new byte[target.Length + 1];
        target.CopyTo(text);
        fixed (byte* t = text)
        {
            return MakeSymbolicLink(t, directory, z);
        }
    }

    /// <summary>Gives a file a second name; a symbolic link gets the name itself.</summary>
    public static int LinkAt(SafeFileHandle oldDirectory, ReadOnlySpan<byte> oldName, SafeFileHandle newDirectory, ReadOnlySpan<byte> newName)
    {
        byte* old = stackalloc byte[NameBufferSize];
        byte* z = stackalloc byte[NameBufferSize];
        Terminate(oldName, old);
        Terminate(newName, z);
        return LinkFile(oldDirectory, old, newDirectory, z, 0);
    }

    public static int RemoveAt(SafeFileHandle directory, ReadOnlySpan<byte> name)
    {
        byte* z = stackalloc byte[NameBufferSize];
        Terminate(name, z);
        return Unlink(directory, z, 0);
    }

    public static int RemoveDirectoryAt(SafeFileHandle directory, ReadOnlySpan<byte> name)
    {
        const int RemoveDirectory = 0x200;
        byte* z = stackalloc byte[NameBufferSize];
        Terminate(name, z);
        return Unlink(directory, z, RemoveDirectory);
    }

    /// <summary>Sets the owner of something in a directory; of a symbolic link itself.</summary>
    public static int ChangeOwnerAt(SafeFileHandle directory, ReadOnlySpan<byte> name, uint uid, uint gid)
    {
        byte* z = stackalloc byte[NameBufferSize];
        Terminate(name, z);
        return ChangeOwner(directory, z, uid, gid, AtSymbolicLinkNoFollow);
    }

    /// <summary>Sets times of something in a directory; of a symbolic link itself.</summary>
    public static int SetTimesAt(SafeFileHandle directory, ReadOnlySpan<byte> name, Timestamp? accessed, Timestamp? modified)
    {
        byte* z = stackalloc byte[NameBufferSize];
        Terminate(name, z);
        long* times = stackalloc long[4];
        Write(accessed, times);
        Write(modified, times + 2);
        return SetTimes(directory, z, times, AtSymbolicLinkNoFollow);
    }

    /// <summary>Sets times of an open file.</summary>
    public static int SetTimes(SafeFileHandle file, Timestamp? accessed, Timestamp? modified)
    {
        long* times = stackalloc long[4];
        Write(accessed, times);
        Write(modified, times + 2);
        return SetOpenTimes(file, times);
    }

    /// <summary>Reads directory records as the kernel lays them out.</summary>
    /// <returns>The number of bytes, 0 at the end, or -1.</returns>
    public static nint ReadDirectory(SafeFileHandle directory, Span<byte> records)
    {
        fixed (byte* buffer = records)
        {
            return GetDirectoryEntries(directory, buffer, (nuint)records.Length);
        }
    }

    /// <summary>Reads at an offset.</summary>
    /// <returns>The number of bytes, 0 at the end, or -1.</returns>
    public static nint Read(SafeFileHandle file, Span<byte> destination, long offset)
    {
        fixed (byte* buffer = destination)
        {
            return ReadAt(file, buffer, (nuint)destination.Length, offset);
        }
    }

    [LibraryImport(Library, EntryPoint = "fchown", SetLastError = true)]
    public static partial int ChangeOwner(SafeFileHandle file, uint uid, uint gid);

    [LibraryImport(Library, EntryPoint = "fchmod", SetLastError = true)]
    public static partial int ChangeMode(SafeFileHandle file, uint mode);

    [LibraryImport(Library, EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int Truncate(SafeFileHandle file, long length);

    [LibraryImport(Library, EntryPoint = "syncfs", SetLastError = true)]
    public static partial int SyncFileSystem(SafeFileHandle file);

    private static void Terminate(ReadOnlySpan<byte> name, byte* buffer)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(name.Length, FilePath.MaxNameLength, nameof(name));
        name.CopyTo(new Span<byte>(buffer, NameBufferSize));
        buffer[name.Length] = 0;
    }

    private static void Write(Timestamp? time, long* result)
    {
        result[0] = time?.Seconds ?? 0;
        result[1] = time?.Nanoseconds ?? TimeOmit;
    }

    // The encoding of dev_t that the C library takes, whatever the kernel makes of it.
    private static ulong MakeDeviceNumber(uint major, uint minor) =>
        ((ulong)(major & 0xFFFFF000) << 32) | ((ulong)(major & 0xFFF) << 8) | ((ulong)(minor & 0xFFFFFF00) << 12) | (minor & 0xFF);

    [LibraryImport(Library, EntryPoint = "openat", SetLastError = true)]
    private static partial int OpenFileAt(SafeFileHandle directory, byte* name, int flags, uint mode);

    [LibraryImport(Library, EntryPoint = "pread", SetLastError = true)]
    private static partial nint ReadAt(SafeFileHandle file, byte* buffer, nuint size, long offset);

    [LibraryImport(Library, EntryPoint = "readlinkat", SetLastError = true)]
    private static partial nint ReadLink(SafeFileHandle directory, byte* name, byte* target, nuint size);

    [LibraryImport(Library, EntryPoint = "getdents64", SetLastError = true)]
    private static partial nint GetDirectoryEntries(SafeFileHandle directory, byte* records, nuint size);

    [LibraryImport(Library, EntryPoint = "mkdirat", SetLastError = true)]
    private static partial int MakeDirectory(SafeFileHandle directory, byte* name, uint mode);

    [LibraryImport(Library, EntryPoint = "mkfifoat", SetLastError = true)]
    private static partial int MakeFifo(SafeFileHandle directory, byte* name, uint mode);

    [LibraryImport(Library, EntryPoint = "mknodat", SetLastError = true)]
    private static partial int MakeNode(SafeFileHandle directory, byte* name, uint mode, ulong device);

    [LibraryImport(Library, EntryPoint = "symlinkat", SetLastError = true)]
    private static partial int MakeSymbolicLink(byte* target, SafeFileHandle directory, byte* name);

    [LibraryImport(Library, EntryPoint = "linkat", SetLastError = true)]
    private static partial int LinkFile(SafeFileHandle oldDirectory, byte* oldName, SafeFileHandle newDirectory, byte* newName, int flags);

    [LibraryImport(Library, EntryPoint = "unlinkat", SetLastError = true)]
    private static partial int Unlink(SafeFileHandle directory, byte* name, int flags);

    [LibraryImport(Library, EntryPoint = "fchownat", SetLastError = true)]
    private static partial int ChangeOwner(SafeFileHandle directory, byte* name, uint uid, uint gid, int flags);

    [LibraryImport(Library, EntryPoint = "utimensat", SetLastError = true)]
    private static partial int SetTimes(SafeFileHandle directory, byte* name, long* times, int flags);

    [LibraryImport(Library, EntryPoint = "futimens", SetLastError = true)]
    private static partial int SetOpenTimes(SafeFileHandle file, long* times);
}
