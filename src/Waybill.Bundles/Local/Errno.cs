using System.Runtime.InteropServices;

namespace Waybill.Bundles;

/// <summary>Error numbers of Linux, and what they mean to a caller.</summary>
internal static class Errno
{
    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int Interrupted = 4;
    public const int IoError = 5;
    public const int NoSuchAddress = 6;
    public const int AccessDenied = 13;
    public const int Busy = 16;
    public const int Exists = 17;
    public const int CrossDevice = 18;
    public const int NotDirectory = 20;
    public const int IsDirectory = 21;
    public const int Invalid = 22;
    public const int TooManyOpenFiles = 24;
    public const int NotTerminal = 25;
    public const int NoSpace = 28;
    public const int ReadOnlyFileSystem = 30;
    public const int TooManyLinks = 31;
    public const int OutOfRange = 34;
    public const int NameTooLong = 36;
    public const int NotImplemented = 38;
    public const int TooManySymbolicLinks = 40;
    public const int NoData = 61;
    public const int NotSupported = 95;
    public const int Stale = 116;
    public const int QuotaExceeded = 122;

    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);

    /// <summary>Gets the error of the last call into the C library on this thread.</summary>
    public static int Last => Marshal.GetLastPInvokeError();

    /// <summary>Gets the system's own sentence for an error.</summary>
    public static string Describe(int error) => Marshal.GetPInvokeErrorMessage(error);

    /// <summary>Turns a failure of the base library into the error of this library.</summary>
    public static ProviderException ToSourceError(Exception failure, string name, long? offset = null) =>
        failure is IOException or UnauthorizedAccessException
            ? Make(WaybillErrorCode.SourceReadFailed, $"The file cannot be read: {failure.Message}", name, offset, failure)
            : throw new ArgumentException("Not a failure of input or output.", nameof(failure), failure);

    /// <summary>Turns a failure of the base library into the error of this library; a full disk has a code of its own.</summary>
    public static ProviderException ToTargetError(Exception failure, string name, long? offset = null) =>
        failure is IOException or UnauthorizedAccessException
            ? Make(ToTargetCode(failure.HResult), $"The file cannot be written: {failure.Message}", name, offset, failure)
            : throw new ArgumentException("Not a failure of input or output.", nameof(failure), failure);

    /// <summary>Makes the error of a source from an error number.</summary>
    public static ProviderException ToSourceError(int error, string name, long? offset = null) =>
        Make(WaybillErrorCode.SourceReadFailed, $"The file cannot be read: {Describe(error)}", name, offset, null, error);

    /// <summary>Makes the error of a target from an error number; a full disk has a code of its own.</summary>
    public static ProviderException ToTargetError(int error, string name, long? offset = null) =>
        error == Exists
            ? TargetExists(name)
            : Make(ToTargetCode(error), $"The file cannot be written: {Describe(error)}", name, offset, null, error);

    /// <summary>Makes the error for a target that is there already.</summary>
    public static ProviderException TargetExists(string name) =>
        new(WaybillErrorCode.TargetExists, "file", "The target exists already and is not overwritten")
        {
            ObjectName = name,
            Hint = "Choose another name, or remove it first.",
        };

    private static WaybillErrorCode ToTargetCode(int error) =>
        error is NoSpace or QuotaExceeded or WindowsDiskFull or WindowsHandleDiskFull ? WaybillErrorCode.NoSpace : WaybillErrorCode.TargetWriteFailed;

    private static ProviderException Make(WaybillErrorCode code, string message, string name, long? offset, Exception? inner, int error = 0) =>
        new(code, "file", message, inner)
        {
            ObjectName = name,
            Offset = offset,
            VendorCode = error == 0 ? null : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"errno {error}"),
            Hint = code == WaybillErrorCode.NoSpace ? "Free some space, or write to another file system." : null,
        };
}
