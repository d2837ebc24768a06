using Grpc.Core;

namespace Waybill.Csi;

/// <summary>Makes the statuses that the library itself answers with.</summary>
internal static class CallError
{
    public static RpcException Invalid(string message) => Make(StatusCode.InvalidArgument, message);

    public static RpcException NotFound(string message) => Make(StatusCode.NotFound, message);

    public static RpcException AlreadyExists(string message) => Make(StatusCode.AlreadyExists, message);

    public static RpcException OutOfRange(string message) => Make(StatusCode.OutOfRange, message);

    public static RpcException FailedPrecondition(string message) => Make(StatusCode.FailedPrecondition, message);

    public static RpcException Exhausted(string message) => Make(StatusCode.ResourceExhausted, message);

    public static RpcException Aborted(string message) => Make(StatusCode.Aborted, message);

    public static RpcException Unavailable(string message) => Make(StatusCode.Unavailable, message);

    public static RpcException Internal(string message) => Make(StatusCode.Internal, message);

    public static RpcException Unimplemented(string method) => Make(StatusCode.Unimplemented, $"This plugin does not offer {method}.");

    private static RpcException Make(StatusCode code, string message) => new(new Status(code, message));
}
