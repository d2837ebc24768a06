using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Waybill.Local;

/// <summary>The few system calls of the quiescers.</summary>
internal static partial class QuiesceLibc
{
    public const int PermissionDenied = 1;
    public const int Busy = 16;
    public const int InvalidArgument = 22;
    public const int NotATerminal = 25;
    public const int NotSupported = 95;

    private const string Library = "libc";
    private const int OpenNonBlocking = 0x800;
    private const int OpenCloseOnExec = 0x80000;
    private const nuint FreezeRequest = 0xC0045877;
    private const nuint ThawRequest = 0xC0045878;
    private const int KillSignal = 9;

    /// <summary>Opens something for reading without waiting for it, whatever it is.</summary>
    /// <returns>A handle; invalid if the call failed, and the error is then the last one of this thread.</returns>
    public static SafeFileHandle Open(string path) => OpenFile(path, OpenNonBlocking | OpenCloseOnExec);

    /// <summary>Freezes a file system: blocks until everything is written.</summary>
    /// <returns>0, or the error.</returns>
    public static int Freeze(SafeFileHandle mountPoint) => Control(mountPoint, FreezeRequest, 0) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>Thaws a file system.</summary>
    /// <returns>0, or the error; <see cref="InvalidArgument"/> if it was not frozen.</returns>
    public static int Thaw(SafeFileHandle mountPoint) => Control(mountPoint, ThawRequest, 0) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>Kills all processes of a group. A group that is gone is no error.</summary>
    public static void KillGroup(int groupId)
    {
        // 0 and 1 would mean this process's own group and everything.
        if (groupId > 1)
        {
            _ = Kill(-groupId, KillSignal);
        }
    }

    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle OpenFile(string path, int flags);

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(SafeFileHandle file, nuint request, nint argument);

    [LibraryImport(Library, EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}
