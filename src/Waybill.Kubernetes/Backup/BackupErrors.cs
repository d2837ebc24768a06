using System.Globalization;
using System.Net.Sockets;
using Grpc.Core;

namespace Waybill.Kubernetes;

/// <summary>What the statuses of the backup API become (docs/spec/backup-api.md, section 6).</summary>
internal static class BackupErrors
{
    /// <summary>Says whether the same call may succeed a moment later.</summary>
    public static bool MayPass(RpcException error) =>
        IsConnection(error)
        || error.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Aborted or StatusCode.Cancelled
        || (error.StatusCode == StatusCode.ResourceExhausted && CodeIn(error) != WaybillErrorCode.NoSpace);

    public static ProviderException Of(RpcException error, string provider, string what)
    {
        string said = error.Status.Detail;
        WaybillErrorCode? given = CodeIn(error);
        if (IsConnection(error))
        {
            return new ProviderException(WaybillErrorCode.ProviderFailed, provider, $"The backup API of '{provider}' does not answer: {said}", error)
            {
                ObjectName = what, IsTransient = true, VendorCode = error.StatusCode.ToString(), Hint = "Check the address and certificate in its BackupService, and the network.",
            };
        }

        (WaybillErrorCode code, string message) = error.StatusCode switch
        {
            StatusCode.InvalidArgument => (WaybillErrorCode.ProviderFailed, "refuses the question"),
            StatusCode.Unauthenticated => (WaybillErrorCode.ClusterRefused, "does not accept the token"),
            StatusCode.PermissionDenied => (WaybillErrorCode.ClusterRefused, "does not allow that, or there is no such object"),
            StatusCode.OutOfRange => (WaybillErrorCode.RangeOutsideStream, "has nothing there"),
            StatusCode.FailedPrecondition => (WaybillErrorCode.ChangeTrackingLost, "cannot do that now"),
            StatusCode.Unimplemented => (WaybillErrorCode.ProviderUnsupported, "cannot do that"),
            StatusCode.DataLoss => (WaybillErrorCode.SourceReadFailed, "lost data on the way"),
            StatusCode.Aborted or StatusCode.ResourceExhausted or StatusCode.Unavailable or StatusCode.DeadlineExceeded => (WaybillErrorCode.ProviderBusy, "is busy"),
            _ => (WaybillErrorCode.ProviderFailed, "failed"),
        };
        return new ProviderException(given ?? code, provider, $"The backup API of '{provider}' {message}: {said}", error)
        {
            ObjectName = what, VendorCode = error.StatusCode.ToString(), IsTransient = MayPass(error),
        };
    }

    /// <summary>An answer that breaks the contract of the interface.</summary>
    public static ProviderException Broken(string provider, string what, string why, long? offset = null) =>
        new(WaybillErrorCode.DeltaInvalid, provider, $"The backup API of '{provider}' breaks its contract: {why}") { ObjectName = what, Offset = offset };

    /// <summary>Content that is not what its digest says.</summary>
    public static ProviderException Mismatch(string provider, string what, long offset) =>
        new(WaybillErrorCode.DigestMismatch, provider, $"What came of '{what}' is not what its digest says") { ObjectName = what, Offset = offset };

    /// <summary>Says whether a call ended because there is no connection, or no longer.</summary>
    public static bool IsConnection(RpcException error) =>
        error.StatusCode is StatusCode.Unavailable or StatusCode.Internal or StatusCode.Cancelled or StatusCode.Unknown
        && error.Status.DebugException is HttpRequestException or IOException or SocketException;

    /// <summary>Finds Waybill's own code, with which a message may begin.</summary>
    private static WaybillErrorCode? CodeIn(RpcException error) =>
        error.Status.Detail is { Length: >= 7 } said && said.StartsWith("WB", StringComparison.Ordinal) && said[6] == ':'
        && int.TryParse(said.AsSpan(2, 4), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && Enum.IsDefined((WaybillErrorCode)number)
            ? (WaybillErrorCode)number
            : null;
}
