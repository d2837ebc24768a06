using Google.Protobuf;
using Grpc.Core;

namespace Waybill.Kubernetes;

/// <summary>What the statuses of a SnapshotMetadata service become.</summary>
internal static class MetadataErrors
{
    // What the gRPC client itself says of a message that is larger than it takes. The status is that of a busy server, and yet the next answer would be no smaller.
    private const string TooLarge = "Received message exceeds the maximum configured message size.";

    /// <summary>Says whether a list may be gone on with a moment later.</summary>
    /// <remarks>The service is also unavailable where there is no such VolumeSnapshot: whoever asks again must stop some time.</remarks>
    public static bool MayPass(RpcException error) =>
        !IsBreach(error)
        && (BackupErrors.IsConnection(error)
            || error.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Aborted or StatusCode.ResourceExhausted or StatusCode.Cancelled);

    public static ProviderException Of(RpcException error, string provider, MetadataQuestion question)
    {
        string said = error.Status.Detail;
        if (IsBreach(error))
        {
            return new ProviderException(WaybillErrorCode.DeltaInvalid, provider, $"What the SnapshotMetadata service of '{provider}' sends cannot be read: {said}", error)
            {
                ObjectName = question.FullName, VendorCode = error.StatusCode.ToString(),
            };
        }

        if (BackupErrors.IsConnection(error))
        {
            return new ProviderException(WaybillErrorCode.ProviderFailed, provider, $"The SnapshotMetadata service of '{provider}' does not answer: {said}", error)
            {
                ObjectName = question.FullName,
                IsTransient = true,
                VendorCode = error.StatusCode.ToString(),
                Hint = "Check the address and certificate in its SnapshotMetadataService, and the network.",
            };
        }

        (WaybillErrorCode code, string message) = error.StatusCode switch
        {
            StatusCode.InvalidArgument => (WaybillErrorCode.ProviderFailed, "refuses the question"),
            StatusCode.Unauthenticated => (WaybillErrorCode.ClusterRefused, "does not accept the token"),
            StatusCode.PermissionDenied => (WaybillErrorCode.ClusterRefused, "does not allow that"),

            // That there is a VolumeSnapshot is looked at before the driver is asked: what it does not find is most likely the base.
            StatusCode.NotFound when question.Base is not null => (WaybillErrorCode.ChangeTrackingLost, "knows no such base, or no such snapshot"),
            StatusCode.NotFound => (WaybillErrorCode.SnapshotNotFound, "knows no such snapshot"),
            StatusCode.OutOfRange => (WaybillErrorCode.RangeOutsideStream, "has nothing there"),
            StatusCode.FailedPrecondition => (WaybillErrorCode.ChangeTrackingLost, "does not track what is written to the volume"),
            StatusCode.Unimplemented => (WaybillErrorCode.ProviderUnsupported, "cannot do that"),
            StatusCode.DataLoss => (WaybillErrorCode.SourceReadFailed, "lost data"),
            _ when MayPass(error) => (WaybillErrorCode.ProviderBusy, "is busy, or there is no such VolumeSnapshot"),
            _ => (WaybillErrorCode.ProviderFailed, "failed"),
        };
        return new ProviderException(code, provider, $"The SnapshotMetadata service of '{provider}' {message}: {said}", error)
        {
            ObjectName = question.FullName, VendorCode = error.StatusCode.ToString(), IsTransient = MayPass(error),
        };
    }

    /// <summary>An answer that breaks the contract of the interface.</summary>
    public static ProviderException Broken(string provider, string what, string why, long offset) =>
        new(WaybillErrorCode.DeltaInvalid, provider, $"The SnapshotMetadata service of '{provider}' breaks its contract: {why}") { ObjectName = what, Offset = offset };

    /// <summary>Takes a token out of what a server says, which may repeat what it was sent.</summary>
    public static RpcException Without(string token, RpcException error) =>
        token.Length > 0 && error.Status.Detail.Contains(token, StringComparison.Ordinal)
            ? new RpcException(new Status(error.StatusCode, error.Status.Detail.Replace(token, "(token)", StringComparison.Ordinal), error.Status.DebugException))
            : error;

    private static bool IsBreach(RpcException error) =>
        error.Status.DebugException is InvalidProtocolBufferException || (error.StatusCode == StatusCode.ResourceExhausted && error.Status.Detail == TooLarge);
}
