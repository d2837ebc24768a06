using System.Globalization;
using System.Runtime.InteropServices;

namespace Waybill.Local;

/// <summary>Error numbers of Linux that this library tells apart.</summary>
internal static class Errno
{
    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int NoSuchAddress = 6;
    public const int WouldBlock = 11;
    public const int AccessDenied = 13;
    public const int Busy = 16;
    public const int Exists = 17;
    public const int CrossDevice = 18;
    public const int Invalid = 22;
    public const int NotTerminal = 25;
    public const int NoSpace = 28;
    public const int NotImplemented = 38;
    public const int NotSupported = 95;
    public const int QuotaExceeded = 122;

    /// <summary>Gets the error of the last call into the C library on this thread.</summary>
    public static int Last => Marshal.GetLastPInvokeError();

    /// <summary>Gets whether an error says that the file system, or the device, does not offer a call.</summary>
    public static bool IsUnsupported(int error) => error is NotSupported or NotTerminal or NotImplemented or Invalid or CrossDevice;

    /// <summary>Makes the error of a failed call.</summary>
    public static ProviderException ToError(string provider, int error, string what, string path) =>
        new(error is NoSpace or QuotaExceeded ? WaybillErrorCode.NoSpace : WaybillErrorCode.ProviderFailed, provider, $"{what}: {Marshal.GetPInvokeErrorMessage(error)}")
        {
            ObjectName = path,
            VendorCode = string.Create(CultureInfo.InvariantCulture, $"errno {error}"),
            IsTransient = error is Busy or WouldBlock,
            Hint = error is NoSpace or QuotaExceeded ? "Free some space in the file system of the pool." : null,
        };
}
