using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Waybill.Bundles;

/// <summary>The calls of the C library that the base library does not offer. Linux on 64-bit processors only; names are bytes that end in NUL.</summary>
internal static partial class Libc
{
    public const int AtCurrentDirectory = -100;

    public const int OpenReadOnly = 0;
    public const int OpenWriteOnly = 1;
    public const int OpenReadWrite = 2;
    public const int OpenCreate = 0x40;
    public const int OpenExclusive = 0x80;
    public const int OpenNoTerminal = 0x100;
    public const int OpenNonBlocking = 0x800;
    public const int OpenCloseOnExec = 0x80000;
    public const int OpenPath = 0x200000;

    public const int AtSymbolicLinkNoFollow = 0x100;
    public const int AtNoAutomount = 0x800;
    public const int AtEmptyPath = 0x1000;

    public const int SeekEnd = 2;
    public const int SeekData = 3;
    public const int SeekHole = 4;

    public const int FallocateKeepSize = 1;
    public const int FallocatePunchHole = 2;

    public const uint RenameNoReplace = 1;

    public const int AdviceHugePages = 14;

    // _IO(0x12, 127): the kernel writes zeros or has the device do so; unlike BLKDISCARD it promises that the range reads as zeros.
    public const nuint BlockZeroOut = 0x127F;

    private const int ControlSetStatusFlags = 4;

    private const string Library = "libc";

    /// <summary>Gets whether the calls here can be used.</summary>
    public static bool IsSupported { get; } = OperatingSystem.IsLinux() && Environment.Is64BitProcess;

    /// <summary>Gets O_DIRECTORY, one of the few flags whose value depends on the processor.</summary>
    public static int OpenDirectory { get; } = HasArmFlags ? 0x4000 : 0x10000;

    /// <summary>Gets O_NOFOLLOW, likewise.</summary>
    public static int OpenNoFollow { get; } = HasArmFlags ? 0x8000 : 0x20000;

    /// <summary>Gets O_DIRECT, likewise.</summary>
    public static int OpenDirect { get; } = RuntimeInformation.ProcessArchitecture == Architecture.Ppc64le ? 0x20000 : HasArmFlags ? 0x10000 : 0x4000;

    private static bool HasArmFlags =>
        RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm or Architecture.Ppc64le;

    /// <summary>Opens a file and owns the descriptor.</summary>
    /// <returns>A handle; <see cref="SafeHandle.IsInvalid"/> if the call failed, and then the last P/Invoke error says why.</returns>
    public static SafeFileHandle Open(string path, int flags, uint mode = 0)
    {
        if (path.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException("A file name cannot hold a NUL character.", nameof(path));
        }

        return new SafeFileHandle(OpenFile(path, flags | OpenCloseOnExec, mode), ownsHandle: true);
    }

    /// <summary>Asks about an open file.</summary>
    /// <returns>Whether the call succeeded; if not, the last P/Invoke error says why.</returns>
    public static unsafe bool TryGetStatus(SafeFileHandle file, out FileStatus status)
    {
        byte empty = 0;
        fixed (FileStatus* result = &status)
        {
            return Status(file, &empty, AtEmptyPath | AtNoAutomount, FileStatus.MaskBasic | FileStatus.MaskBirthTime, result) == 0;
        }
    }

    /// <summary>Replaces those flags of an open file that can be changed, O_DIRECT among them.</summary>
    /// <returns>0; otherwise the last P/Invoke error says why.</returns>
    public static int SetStatusFlags(SafeFileHandle file, int flags) => ControlFile(file, ControlSetStatusFlags, flags);

    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true)]
    public static unsafe partial int Status(SafeFileHandle directory, byte* path, int flags, uint mask, FileStatus* status);

    [LibraryImport(Library, EntryPoint = "lseek", SetLastError = true)]
    public static partial long Seek(SafeFileHandle file, long offset, int whence);

    [LibraryImport(Library, EntryPoint = "fsync", SetLastError = true)]
    public static partial int Sync(SafeFileHandle file);

    [LibraryImport(Library, EntryPoint = "sync_file_range", SetLastError = true)]
    public static partial int SyncRange(SafeFileHandle file, long offset, long length, uint flags);

    [LibraryImport(Library, EntryPoint = "madvise", SetLastError = true)]
    public static unsafe partial int Advise(void* start, nuint length, int advice);

    [LibraryImport(Library, EntryPoint = "fallocate", SetLastError = true)]
    public static partial int Allocate(SafeFileHandle file, int mode, long offset, long length);

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    public static unsafe partial int Control(SafeFileHandle file, nuint request, ulong* argument);

    [LibraryImport(Library, EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Rename(int oldDirectory, string oldPath, int newDirectory, string newPath, uint flags);

    [LibraryImport(Library, EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Link(string oldPath, string newPath);

    [LibraryImport(Library, EntryPoint = "geteuid")]
    public static partial uint EffectiveUserId();

    // open and fcntl are variadic in C; on the processors supported here a third integer argument is passed the same way.
    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags, uint mode);

    [LibraryImport(Library, EntryPoint = "fcntl", SetLastError = true)]
    private static partial int ControlFile(SafeFileHandle file, int command, int argument);
}
