using Grpc.Core;

namespace Waybill.Csi;

/// <summary>Makes the answers of calls that fail.</summary>
internal static class NodeErrors
{
    public static RpcException Invalid(string message) => Make(StatusCode.InvalidArgument, message);

    public static RpcException NotFound(string message) => Make(StatusCode.NotFound, message);

    public static RpcException Incompatible(string message) => Make(StatusCode.AlreadyExists, message);

    public static RpcException Precondition(string message) => Make(StatusCode.FailedPrecondition, message);

    public static RpcException OutOfRange(string message) => Make(StatusCode.OutOfRange, message);

    public static RpcException Pending(string message) => Make(StatusCode.Aborted, message);

    public static RpcException Internal(string message) => Make(StatusCode.Internal, message);

    /// <summary>Makes the answer for a system call that failed.</summary>
    public static RpcException Failed(string what, int error) =>
        Make(error == NodeErrno.NoSpace ? StatusCode.ResourceExhausted : StatusCode.Internal, $"{what}: {NodeErrno.Describe(error)} (errno {error})");

    private static RpcException Make(StatusCode code, string message) => new(new Status(code, message));
}
