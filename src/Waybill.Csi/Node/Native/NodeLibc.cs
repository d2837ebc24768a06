using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Waybill.Csi;

/// <summary>The calls of the C library and the kernel that the node service makes. Linux on 64-bit processors only.</summary>
internal static unsafe partial class NodeLibc
{
    public const int OpenReadOnly = 0;
    public const int OpenReadWrite = 2;
    public const int OpenCreate = 0x40;
    public const int OpenExclusive = 0x80;
    public const int OpenNonBlocking = 0x800;
    public const int OpenPath = 0x200000;

    public const int SeekData = 3;
    public const int SeekHole = 4;

    public const int RemoveDirectoryFlag = 0x200;

    public const nuint MountReadOnly = 1;

    // Numbers of ioctl as x86-64 and arm64 encode them.
    public const nuint BlockGetReadOnly = 0x125E;
    public const nuint BlockSetReadOnly = 0x125D;
    public const nuint BlockZeroOut = 0x127F;
    public const nuint BlockSectorSize = 0x1268;
    public const nuint BlockSize = 0x80081272;
    public const nuint ExtResize = 0x40086610;
    public const nuint XfsGeometry = 0x80705864;
    public const nuint XfsGrow = 0x4010586E;
    public const nuint BtrfsResize = 0x50009403;
    public const nuint BtrfsDeviceInfo = 0xD000941E;

    private const string Library = "libc";

    private const int OpenCloseOnExec = 0x80000;
    private const int OpenTemporary = 0x400000;
    private const int AtCurrentDirectory = -100;
    private const int AtEmptyPath = 0x1000;
    private const int AtNoAutomount = 0x800;
    private const int AtNoFollow = 0x100;
    private const int UnmountNoFollow = 8;

    // These came after numbers were unified: the same on every processor.
    private const nint SystemCallOpenTree = 428;
    private const nint SystemCallMoveMount = 429;
    private const nint SystemCallMountSetAttributes = 442;
    private const nint OpenTreeClone = 1;
    private const nint MoveMountFromEmptyPath = 4;
    private const nint MoveMountToEmptyPath = 0x40;
    private const ulong AttributeReadOnly = 1;

    /// <summary>Gets whether the calls here can be used.</summary>
    public static bool IsSupported { get; } =
        OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;

    /// <summary>Gets O_DIRECTORY, one of the few flags whose value depends on the processor.</summary>
    public static int OpenDirectory { get; } = IsArm ? 0x4000 : 0x10000;

    /// <summary>Gets O_NOFOLLOW, likewise.</summary>
    public static int OpenNoFollow { get; } = IsArm ? 0x8000 : 0x20000;

    /// <summary>Gets O_DIRECT, likewise.</summary>
    public static int OpenDirect { get; } = IsArm ? 0x10000 : 0x4000;

    private static bool IsArm => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    /// <summary>Opens a file and owns the descriptor.</summary>
    /// <returns>A handle; invalid if the call failed, and then the last P/Invoke error says why.</returns>
    public static SafeFileHandle Open(string path, int flags) => new(OpenFile(path, flags | OpenCloseOnExec, 0), ownsHandle: true);

    /// <summary>Makes a file without a name on the file system of a directory; it goes when it is closed, however that comes about.</summary>
    public static SafeFileHandle OpenNameless(string directory) =>
        new(OpenFile(directory, OpenReadWrite | OpenTemporary | OpenDirectory | OpenCloseOnExec, 0x180), ownsHandle: true);

    /// <summary>Opens a name in a directory, or makes a file of that name.</summary>
    public static SafeFileHandle OpenAt(SafeFileHandle directory, string name, int flags, uint mode = 0) =>
        new(OpenFileAt(directory, name, flags | OpenCloseOnExec, mode), ownsHandle: true);

    /// <summary>Asks about an open file.</summary>
    public static bool TryGetStatus(SafeFileHandle file, out NodeStatus status)
    {
        fixed (NodeStatus* result = &status)
        {
            return Status(file, "", AtEmptyPath | AtNoAutomount, NodeStatus.Mask, result) == 0;
        }
    }

    /// <summary>Asks about what a path leads to.</summary>
    public static bool TryGetStatus(string path, out NodeStatus status)
    {
        fixed (NodeStatus* result = &status)
        {
            return StatusOf(AtCurrentDirectory, path, AtNoAutomount, NodeStatus.Mask, result) == 0;
        }
    }

    /// <summary>Asks about a name in a directory, not about what it links to.</summary>
    public static bool TryGetStatusAt(SafeFileHandle directory, string name, out NodeStatus status)
    {
        fixed (NodeStatus* result = &status)
        {
            return Status(directory, name, AtNoFollow | AtNoAutomount, NodeStatus.Mask, result) == 0;
        }
    }

    /// <summary>Takes what is mounted at, or lies at, a path as a mount of its own that is nowhere yet.</summary>
    /// <param name="path">The path.</param>
    /// <param name="follows">Whether a link that the path ends in is followed.</param>
    public static SafeFileHandle CloneTree(string path, bool follows)
    {
        nint flags = OpenTreeClone | OpenCloseOnExec | (follows ? 0 : AtNoFollow);
        byte[] name = ToBytes(path);
        fixed (byte* n = name)
        {
            return new SafeFileHandle((nint)(int)SystemCall(SystemCallOpenTree, AtCurrentDirectory, (nint)n, flags, 0, 0), ownsHandle: true);
        }
    }

    /// <summary>Makes a mount that is nowhere yet read-only.</summary>
    public static int SetReadOnly(SafeFileHandle tree)
    {
        ulong* attributes = stackalloc ulong[4] { AttributeReadOnly, 0, 0, 0 };
        byte empty = 0;
        bool added = false;
        tree.DangerousAddRef(ref added);
        try
        {
            return (int)SystemCall(SystemCallMountSetAttributes, tree.DangerousGetHandle(), (nint)(&empty), AtEmptyPath, (nint)attributes, 4 * sizeof(ulong));
        }
        finally
        {
            tree.DangerousRelease();
        }
    }

    /// <summary>Puts a mount that is nowhere yet onto an open file or directory.</summary>
    public static int MoveMount(SafeFileHandle tree, SafeFileHandle target)
    {
        byte empty = 0;
        bool treeAdded = false;
        bool targetAdded = false;
        tree.DangerousAddRef(ref treeAdded);
        target.DangerousAddRef(ref targetAdded);
        try
        {
            return (int)SystemCall(
                SystemCallMoveMount, tree.DangerousGetHandle(), (nint)(&empty), target.DangerousGetHandle(), (nint)(&empty), MoveMountFromEmptyPath | MoveMountToEmptyPath);
        }
        finally
        {
            target.DangerousRelease();
            tree.DangerousRelease();
        }
    }

    /// <summary>Takes the topmost mount off a path, which no link may end.</summary>
    public static int Unmount(string path) => UnmountFile(path, UnmountNoFollow);

    /// <summary>Asks a block device for its size in bytes.</summary>
    /// <returns>The size; negative if the call failed.</returns>
    public static long GetDeviceSize(SafeFileHandle device)
    {
        long size;
        return Control(device, BlockSize, &size) == 0 ? size : -1;
    }

    [LibraryImport(Library, EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Mount(string source, string target, string type, nuint flags, string data);

    [LibraryImport(Library, EntryPoint = "mkdirat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int MakeDirectoryAt(SafeFileHandle directory, string name, uint mode);

    [LibraryImport(Library, EntryPoint = "unlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int RemoveAt(SafeFileHandle directory, string name, int flags);

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Control(SafeFileHandle file, nuint request, void* argument);

    [LibraryImport(Library, EntryPoint = "fsync", SetLastError = true)]
    public static partial int Sync(SafeFileHandle file);

    [LibraryImport(Library, EntryPoint = "lseek", SetLastError = true)]
    public static partial long Seek(SafeFileHandle file, long offset, int whence);

    [LibraryImport(Library, EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int Truncate(SafeFileHandle file, long length);

    [LibraryImport(Library, EntryPoint = "statfs", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int GetUsage(string path, out FileSystemUsage usage);

    private static byte[] ToBytes(string path)
    {
        var bytes = new byte[System.Text.Encoding.UTF8.GetByteCount(path) + 1];
        System.Text.Encoding.UTF8.GetBytes(path, bytes);
        return bytes;
    }

    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags, uint mode);

    [LibraryImport(Library, EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFileAt(SafeFileHandle directory, string name, int flags, uint mode);

    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Status(SafeFileHandle directory, string path, int flags, uint mask, NodeStatus* status);

    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatusOf(int directory, string path, int flags, uint mask, NodeStatus* status);

    [LibraryImport(Library, EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int UnmountFile(string path, int flags);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint first, nint second, nint third, nint fourth, nint fifth);
}
