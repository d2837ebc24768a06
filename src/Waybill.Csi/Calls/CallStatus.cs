using Grpc.Core;

namespace Waybill.Csi;

/// <summary>The one place that says which status an error of Waybill becomes.</summary>
internal static class CallStatus
{
    /// <summary>Finds the status of an error.</summary>
    /// <param name="code">The error.</param>
    /// <param name="isTransient">Whether the same call may succeed later.</param>
    /// <param name="method">The call without its service, such as <c>DeleteVolume</c>: the specification gives some errors a meaning of their own in some calls.</param>
    public static StatusCode Of(WaybillErrorCode code, bool isTransient, string method)
    {
        StatusCode status = code switch
        {
            WaybillErrorCode.VolumeNotFound or WaybillErrorCode.SnapshotNotFound or WaybillErrorCode.NodeNotFound => StatusCode.NotFound,
            WaybillErrorCode.VolumeConflict or WaybillErrorCode.SnapshotConflict or WaybillErrorCode.TargetExists => StatusCode.AlreadyExists,
            WaybillErrorCode.NoSpace or WaybillErrorCode.LimitExceeded => StatusCode.ResourceExhausted,
            WaybillErrorCode.TargetTooSmall or WaybillErrorCode.RangeOutsideStream => StatusCode.OutOfRange,
            WaybillErrorCode.GroupRefused or WaybillErrorCode.QuiesceFailed or WaybillErrorCode.ConsistencyTooLow => StatusCode.FailedPrecondition,
            WaybillErrorCode.ChangeTrackingLost or WaybillErrorCode.PlatformUnsupported => StatusCode.FailedPrecondition,
            WaybillErrorCode.ProviderUnsupported => IsMetadata(method) ? StatusCode.FailedPrecondition : StatusCode.InvalidArgument,
            WaybillErrorCode.ProviderBusy => MeansInUse(method) ? StatusCode.FailedPrecondition : StatusCode.Unavailable,
            WaybillErrorCode.ChangeListExpired => StatusCode.Unavailable,
            WaybillErrorCode.RunInProgress => StatusCode.Aborted,
            _ => StatusCode.Internal,
        };
        return status == StatusCode.Internal && isTransient ? StatusCode.Unavailable : status;
    }

    private static bool IsMetadata(string method) => method is "GetMetadataAllocated" or "GetMetadataDelta";

    // What is in use cannot be removed, grown or given to a second node until somebody lets go of it: that is more than being busy.
    private static bool MeansInUse(string method) =>
        method.StartsWith("Delete", StringComparison.Ordinal) || method is "ControllerExpandVolume" or "ControllerPublishVolume";
}
