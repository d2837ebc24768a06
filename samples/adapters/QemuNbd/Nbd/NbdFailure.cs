using System.Globalization;

namespace Waybill.Samples.QemuNbd;

/// <summary>Turns what goes wrong on a connection into errors of the contract.</summary>
internal static class NbdFailure
{
    /// <summary>The vendor code of requests that failed as another one on their connection was cancelled.</summary>
    public const string CancelledConnection = "cancelled-connection";

    public const string Provider = "qemu-nbd";

    /// <summary>The server is gone: it may be back later.</summary>
    public static ProviderException Lost(string what, Exception? cause = null) =>
        new(WaybillErrorCode.ProviderFailed, Provider, $"The connection to the NBD server was lost: {what}", cause) { IsTransient = true };

    /// <summary>The connection was closed, as the answer to a cancelled request could no longer be told from others.</summary>
    public static ProviderException Cancelled() =>
        new(WaybillErrorCode.ProviderFailed, Provider, "The connection to the NBD server was closed as a request on it was cancelled")
        {
            IsTransient = true,
            VendorCode = CancelledConnection,
        };

    /// <summary>The server breaks the protocol: asking again would not help.</summary>
    public static ProviderException Protocol(string what) =>
        new(WaybillErrorCode.ProviderFailed, Provider, $"The NBD server breaks the protocol: {what}") { VendorCode = "protocol" };

    /// <summary>The server answered with an error.</summary>
    public static ProviderException Refused(NbdCommand command, long offset, uint error, string message)
    {
        (WaybillErrorCode code, string name, bool transient) = error switch
        {
            1 => (WaybillErrorCode.ProviderFailed, "EPERM", false),
            5 => (WaybillErrorCode.ProviderFailed, "EIO", false),
            12 => (WaybillErrorCode.ProviderFailed, "ENOMEM", true),
            22 => (WaybillErrorCode.ProviderFailed, "EINVAL", false),
            28 => (WaybillErrorCode.NoSpace, "ENOSPC", false),
            75 => (WaybillErrorCode.ProviderFailed, "EOVERFLOW", false),
            95 => (WaybillErrorCode.ProviderUnsupported, "ENOTSUP", false),
            108 => (WaybillErrorCode.ProviderFailed, "ESHUTDOWN", true),
            _ => (WaybillErrorCode.ProviderFailed, error.ToString(CultureInfo.InvariantCulture), false),
        };
        string detail = message.Length > 0 ? $": {message}" : "";
        return new ProviderException(code, Provider, $"The NBD server failed a {command} with {name}{detail}")
        {
            VendorCode = name,
            Offset = offset,
            IsTransient = transient,
        };
    }
}
