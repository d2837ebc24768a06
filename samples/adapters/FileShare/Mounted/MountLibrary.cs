using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Waybill.Samples.FileShare;

/// <summary>The calls of the system that take names as bytes and follow no link on the way.</summary>
internal static partial class MountLibrary
{
    public const int NoEntry = 2;

    private const int CurrentDirectory = -100;
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;

    // The two differ between processors.
    private static readonly bool s_isArm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
    private static readonly int s_directory = CloseOnExec | NonBlocking | (s_isArm ? 0x4000 : 0x10000);
    private static readonly int s_noFollow = s_isArm ? 0x8000 : 0x20000;

    /// <summary>Opens the mount point; a link to it is followed here, and only here.</summary>
    public static SafeFileHandle OpenRoot(string path) => Open(CurrentDirectory, Terminated(Encoding.UTF8.GetBytes(path)), s_directory);

    public static SafeFileHandle OpenDirectory(SafeFileHandle directory, ReadOnlySpan<byte> name) => Open(directory, Terminated(name), s_directory | s_noFollow);

    public static byte[] Terminated(ReadOnlySpan<byte> name) => [.. name, 0];

    [LibraryImport("libc", EntryPoint = "dup", SetLastError = true)]
    public static partial int Duplicate(SafeFileHandle handle);

    [LibraryImport("libc", EntryPoint = "fdopendir", SetLastError = true)]
    public static partial nint OpenStream(int handle);

    [LibraryImport("libc", EntryPoint = "readdir", SetLastError = true)]
    public static partial nint ReadStream(nint stream);

    [LibraryImport("libc", EntryPoint = "closedir")]
    public static partial int CloseStream(nint stream);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    public static partial int GetStatus(SafeFileHandle directory, byte[] name, int flags, uint mask, byte[] status);

    [LibraryImport("libc", EntryPoint = "readlinkat", SetLastError = true)]
    public static partial nint ReadLink(SafeFileHandle directory, byte[] name, byte[] target, nint size);

    [LibraryImport("libc", EntryPoint = "llistxattr", SetLastError = true)]
    public static partial nint ListXattrs(byte[] path, byte[] names, nint size);

    [LibraryImport("libc", EntryPoint = "lgetxattr", SetLastError = true)]
    public static partial nint GetXattr(byte[] path, byte[] name, byte[] value, nint size);

    [LibraryImport("libc", EntryPoint = "getpwuid")]
    public static partial nint GetUser(uint id);

    [LibraryImport("libc", EntryPoint = "getgrgid")]
    public static partial nint GetGroup(uint id);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true)]
    private static partial SafeFileHandle Open(int directory, byte[] name, int flags);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true)]
    private static partial SafeFileHandle Open(SafeFileHandle directory, byte[] name, int flags);
}
