using Grpc.Core;

namespace Waybill.Csi.Backup;

/// <summary>Turns errors into the statuses of docs/spec/backup-api.md, section 6.</summary>
internal static class BackupStatus
{
    public static RpcException Denied() => new(new Status(StatusCode.PermissionDenied, "There is no such object, or the caller may not use it"));

    public static RpcException Invalid(string why) => new(new Status(StatusCode.InvalidArgument, why));

    public static RpcException Refused(string why) => new(new Status(StatusCode.FailedPrecondition, why));

    /// <summary>Maps whatever ended a call. What a caller may know is said, what went wrong inside is not.</summary>
    public static RpcException From(Exception error, bool cancelled, bool idle) => error switch
    {
        RpcException known => known,
        OperationCanceledException when idle => new RpcException(new Status(StatusCode.DeadlineExceeded, "The call waited too long for the other side")),
        OperationCanceledException when cancelled => new RpcException(new Status(StatusCode.Cancelled, "The call was cancelled")),
        WaybillException e => new RpcException(new Status(From(e), $"{e.CodeText}: {e.Message}")),
        _ => new RpcException(new Status(StatusCode.Internal, "The service failed")),
    };

    private static StatusCode From(WaybillException error) => error.Code switch
    {
        WaybillErrorCode.VolumeNotFound or WaybillErrorCode.SnapshotNotFound => StatusCode.PermissionDenied,
        WaybillErrorCode.ProviderUnsupported => StatusCode.Unimplemented,
        WaybillErrorCode.TargetExists => StatusCode.AlreadyExists,
        WaybillErrorCode.NoSpace => StatusCode.ResourceExhausted,
        WaybillErrorCode.DeltaInvalid or WaybillErrorCode.SourceChanged => StatusCode.DataLoss,
        WaybillErrorCode.ChangeTrackingLost => StatusCode.FailedPrecondition,
        _ when error.IsTransient => StatusCode.Unavailable,
        _ => StatusCode.Internal,
    };
}
