namespace Waybill.Kubernetes;

/// <summary>What the answers of a server become.</summary>
internal static class ApiErrors
{
    private const string Provider = "kubernetes";

    public static WaybillException Of(ApiStatus status, string what) => status.Code switch
    {
        401 => new ProviderException(WaybillErrorCode.ClusterRefused, Provider, "The cluster does not accept the credentials")
        {
            ObjectName = what, VendorCode = "Unauthorized", Hint = "Renew them; the same context with kubectl shows whether they work.",
        },
        403 => new ProviderException(WaybillErrorCode.ClusterRefused, Provider, $"The cluster does not allow that: {status.Message}")
        {
            ObjectName = what, VendorCode = status.Reason, Hint = "Grant it by a role, or leave the object out.",
        },
        404 => new ProviderException(WaybillErrorCode.ObjectNotFound, Provider, $"The cluster has no such object: {status.Message}") { ObjectName = what, VendorCode = status.Reason },
        400 or 405 or 409 or 413 or 415 or 422 => new ProviderException(WaybillErrorCode.ObjectRejected, Provider, $"The cluster rejects the object: {status.Message}")
        {
            ObjectName = what, VendorCode = status.Reason,
        },
        _ => new ProviderException(WaybillErrorCode.ClusterFailed, Provider, $"The cluster answers {status.Code}: {status.Message}")
        {
            ObjectName = what, VendorCode = status.Reason, IsTransient = status.IsTransient,
        },
    };

    public static WaybillException Unreachable(string server, Exception error) =>
        new ProviderException(WaybillErrorCode.ClusterUnreachable, Provider, $"The cluster does not answer: {error.Message}", error)
        {
            ObjectName = server, IsTransient = true, Hint = "Check the address, the network and the cluster's certificate.",
        };
}
