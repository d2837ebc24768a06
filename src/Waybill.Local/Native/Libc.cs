using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Waybill.Local;

/// <summary>The calls of the C library that the base library does not offer. Linux on 64-bit processors only.</summary>
internal static unsafe partial class Libc
{
    public const int OpenReadOnly = 0;
    public const int OpenReadWrite = 2;
    public const int OpenCreate = 0x40;
    public const int OpenExclusive = 0x80;
    public const int OpenNoTerminal = 0x100;
    public const int OpenNonBlocking = 0x800;
    public const int OpenCloseOnExec = 0x80000;
    public const int OpenPath = 0x200000;

    public const int LockExclusive = 2;
    public const int LockNonBlocking = 4;

    public const int SeekEnd = 2;
    public const int SeekData = 3;
    public const int SeekHole = 4;

    public const int RemoveDirectory = 0x200;

    // Numbers of ioctl as x86-64 and arm64 encode them.
    public const nuint CloneFile = 0x40049409;
    public const nuint FileExtentMap = 0xC020660B;
    public const nuint FreezeFileSystem = 0xC0045877;
    public const nuint ThawFileSystem = 0xC0045878;
    public const nuint LoopGetStatus = 0x4C05;
    public const nuint LoopSetCapacity = 0x4C07;
    public const nuint BtrfsTreeSearch = 0xC0709411;

    private const string Library = "libc";

    private const int AtCurrentDirectory = -100;
    private const int AtEmptyPath = 0x1000;
    private const int AtNoAutomount = 0x800;

    // The same number on every processor, as it came after numbers were unified.
    private const nint SystemCallOpenAt2 = 437;

    // No link anywhere on the way, and never above the directory it starts from.
    private const ulong ResolveInsideWithoutLinks = 0x04 | 0x08;

    /// <summary>Gets whether the calls here can be used.</summary>
    public static bool IsSupported { get; } =
        OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;

    /// <summary>Gets O_DIRECTORY, one of the few flags whose value depends on the processor.</summary>
    public static int OpenDirectory { get; } = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x4000 : 0x10000;

    /// <summary>Gets O_NOFOLLOW, likewise.</summary>
    public static int OpenNoFollow { get; } = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x8000 : 0x20000;

    /// <summary>Opens a file and owns the descriptor.</summary>
    /// <returns>A handle; invalid if the call failed, and then the last P/Invoke error says why.</returns>
    public static SafeFileHandle Open(string path, int flags, uint mode = 0)
    {
        ThrowIfNul(path);
        return new SafeFileHandle(OpenFile(path, flags | OpenCloseOnExec, mode), ownsHandle: true);
    }

    /// <summary>Opens something below a directory by a path of bytes without following any symbolic link.</summary>
    public static SafeFileHandle OpenBelow(SafeFileHandle directory, ReadOnlySpan<byte> path, int flags)
    {
        var name = new byte[path.Length + 1];
        path.CopyTo(name);
        ulong* how = stackalloc ulong[3] { (ulong)(uint)(flags | OpenCloseOnExec), 0, ResolveInsideWithoutLinks };
        bool added = false;
        directory.DangerousAddRef(ref added);
        try
        {
            fixed (byte* n = name)
            {
                return new SafeFileHandle(
                    (nint)(int)SystemCall(SystemCallOpenAt2, directory.DangerousGetHandle(), (nint)n, (nint)how, 3 * sizeof(ulong)), ownsHandle: true);
            }
        }
        finally
        {
            directory.DangerousRelease();
        }
    }

    /// <summary>Asks about an open file.</summary>
    public static bool TryGetStatus(SafeFileHandle file, out FileStatus status)
    {
        byte empty = 0;
        fixed (FileStatus* result = &status)
        {
            return Status(file, &empty, AtEmptyPath | AtNoAutomount, FileStatus.MaskBasic, result) == 0;
        }
    }

    /// <summary>Asks about what a path leads to.</summary>
    public static bool TryGetStatus(string path, out FileStatus status)
    {
        ThrowIfNul(path);
        fixed (FileStatus* result = &status)
        {
            return StatusOf(AtCurrentDirectory, path, AtNoAutomount, FileStatus.MaskBasic, result) == 0;
        }
    }

    /// <summary>Removes a name in a directory.</summary>
    public static int RemoveAt(SafeFileHandle directory, ReadOnlySpan<byte> nameWithNul, int flags)
    {
        fixed (byte* n = nameWithNul)
        {
            return UnlinkAt(directory, n, flags);
        }
    }

    /// <summary>Opens a name in a directory.</summary>
    public static SafeFileHandle OpenAt(SafeFileHandle directory, ReadOnlySpan<byte> nameWithNul, int flags)
    {
        fixed (byte* n = nameWithNul)
        {
            return new SafeFileHandle(OpenFileAt(directory, n, flags | OpenCloseOnExec, 0), ownsHandle: true);
        }
    }

    /// <summary>Reads directory records as the kernel lays them out.</summary>
    public static nint ReadDirectory(SafeFileHandle directory, Span<byte> records)
    {
        fixed (byte* buffer = records)
        {
            return GetDirectoryEntries(directory, buffer, (nuint)records.Length);
        }
    }

    /// <summary>Removes a name.</summary>
    public static int Remove(string path)
    {
        ThrowIfNul(path);
        return Unlink(path);
    }

    /// <summary>Makes all of a file the same as another, sharing its blocks.</summary>
    public static int Clone(SafeFileHandle target, SafeFileHandle source)
    {
        bool added = false;
        source.DangerousAddRef(ref added);
        try
        {
            return Control(target, CloneFile, (void*)source.DangerousGetHandle());
        }
        finally
        {
            source.DangerousRelease();
        }
    }

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Control(SafeFileHandle file, nuint request, void* argument);

    [LibraryImport(Library, EntryPoint = "flock", SetLastError = true)]
    public static partial int Lock(SafeFileHandle file, int operation);

    [LibraryImport(Library, EntryPoint = "fsync", SetLastError = true)]
    public static partial int Sync(SafeFileHandle file);

    [LibraryImport(Library, EntryPoint = "syncfs", SetLastError = true)]
    public static partial int SyncFileSystem(SafeFileHandle file);

    [LibraryImport(Library, EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int Truncate(SafeFileHandle file, long length);

    [LibraryImport(Library, EntryPoint = "lseek", SetLastError = true)]
    public static partial long Seek(SafeFileHandle file, long offset, int whence);

    private static void ThrowIfNul(string path)
    {
        if (path.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException("A file name cannot hold a NUL character.", nameof(path));
        }
    }

    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags, uint mode);

    [LibraryImport(Library, EntryPoint = "openat", SetLastError = true)]
    private static partial int OpenFileAt(SafeFileHandle directory, byte* name, int flags, uint mode);

    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true)]
    private static partial int Status(SafeFileHandle directory, byte* path, int flags, uint mask, FileStatus* status);

    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatusOf(int directory, string path, int flags, uint mask, FileStatus* status);

    [LibraryImport(Library, EntryPoint = "unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Unlink(string path);

    [LibraryImport(Library, EntryPoint = "unlinkat", SetLastError = true)]
    private static partial int UnlinkAt(SafeFileHandle directory, byte* name, int flags);

    [LibraryImport(Library, EntryPoint = "getdents64", SetLastError = true)]
    private static partial nint GetDirectoryEntries(SafeFileHandle directory, byte* records, nuint size);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint first, nint second, nint third, nint fourth);
}
