using System.Runtime.InteropServices;
using Grpc.Core;

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

    /// <summary>Makes the answer for a system call that failed.</summary>
    public static RpcException Fail(string what, int error)
    {
        string message = $"{what}: {Marshal.GetPInvokeErrorMessage(error)} (errno {error})";
        return error == NoSpace ? CallError.Exhausted(message) : CallError.Internal(message);
    }
}
