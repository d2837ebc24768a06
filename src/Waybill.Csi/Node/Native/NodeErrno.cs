using System.Runtime.InteropServices;

namespace Waybill.Csi;

/// <summary>Error numbers of Linux that the node service tells apart.</summary>
internal static class NodeErrno
{
    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int AccessDenied = 13;
    public const int Busy = 16;
    public const int Exists = 17;
    public const int NotDirectory = 20;
    public const int Invalid = 22;
    public const int NoSpace = 28;
    public const int ReadOnlyFileSystem = 30;
    public const int NotEmpty = 39;
    public const int Loop = 40;
    public const int NeedsCleaning = 117;

    /// <summary>Gets the error of the last call into the C library on this thread.</summary>
    public static int Last => Marshal.GetLastPInvokeError();

    /// <summary>Gets the system's words for an error.</summary>
    public static string Describe(int error) => Marshal.GetPInvokeErrorMessage(error);
}
