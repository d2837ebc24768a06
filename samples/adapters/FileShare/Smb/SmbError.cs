using System.Runtime.InteropServices;

namespace Waybill.Samples.FileShare;

/// <summary>Makes errors of what the library leaves in <c>errno</c>.</summary>
internal static class SmbError
{
    private const int Exists = 17;
    private const int NoSpace = 28;

    // Interrupted, again, broken pipe, network down or unreachable, connection aborted, reset, timed out, refused, host down or unreachable.
    private static readonly int[] s_transient = [4, 11, 32, 100, 101, 103, 104, 110, 111, 112, 113];

    public static void ThrowIf(bool failed, string url)
    {
        if (failed)
        {
            throw Of(Marshal.GetLastPInvokeError(), url);
        }
    }

    public static ProviderException Of(int errno, string url) => new(
        errno == NoSpace ? WaybillErrorCode.NoSpace : errno == Exists ? WaybillErrorCode.TargetExists : WaybillErrorCode.SourceReadFailed,
        "smb",
        $"The server answered: {Marshal.GetPInvokeErrorMessage(errno)}")
    {
        ObjectName = url,
        VendorCode = errno.ToString(System.Globalization.CultureInfo.InvariantCulture),
        IsTransient = s_transient.Contains(errno),
    };
}
