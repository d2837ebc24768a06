using Grpc.Core;

namespace Waybill.Testing;

/// <summary>What calls end with.</summary>
internal static class CsiStatus
{
    private static readonly Dictionary<StatusCode, string> s_names = new()
    {
        [StatusCode.OK] = "OK",
        [StatusCode.Cancelled] = "CANCELLED",
        [StatusCode.Unknown] = "UNKNOWN",
        [StatusCode.InvalidArgument] = "INVALID_ARGUMENT",
        [StatusCode.DeadlineExceeded] = "DEADLINE_EXCEEDED",
        [StatusCode.NotFound] = "NOT_FOUND",
        [StatusCode.AlreadyExists] = "ALREADY_EXISTS",
        [StatusCode.PermissionDenied] = "PERMISSION_DENIED",
        [StatusCode.ResourceExhausted] = "RESOURCE_EXHAUSTED",
        [StatusCode.FailedPrecondition] = "FAILED_PRECONDITION",
        [StatusCode.Aborted] = "ABORTED",
        [StatusCode.OutOfRange] = "OUT_OF_RANGE",
        [StatusCode.Unimplemented] = "UNIMPLEMENTED",
        [StatusCode.Internal] = "INTERNAL",
        [StatusCode.Unavailable] = "UNAVAILABLE",
        [StatusCode.DataLoss] = "DATA_LOSS",
        [StatusCode.Unauthenticated] = "UNAUTHENTICATED",
    };

    /// <summary>Gets the name that specifications and logs use.</summary>
    public static string NameOf(StatusCode code) => s_names.GetValueOrDefault(code) ?? $"status {code:D}";

    public static string Describe(RpcException failure) =>
        failure.Status.Detail.Length == 0 ? NameOf(failure.StatusCode) : $"{NameOf(failure.StatusCode)}: {failure.Status.Detail}";

    /// <summary>Gets whether a call that ended so did nothing and will not do it later.</summary>
    public static bool IsRefusal(StatusCode code) => code is StatusCode.InvalidArgument or StatusCode.AlreadyExists or StatusCode.NotFound or StatusCode.OutOfRange
        or StatusCode.Unimplemented or StatusCode.FailedPrecondition or StatusCode.ResourceExhausted or StatusCode.PermissionDenied or StatusCode.Unauthenticated;

    /// <summary>Expects a call to be refused.</summary>
    public static async Task ExpectAsync(Func<Task> call, params StatusCode[] codes)
    {
        string wanted = string.Join(" or ", codes.Select(NameOf));
        try
        {
            await call().ConfigureAwait(false);
        }
        catch (RpcException failure)
        {
            Verdicts.Require(codes.Contains(failure.StatusCode), $"It ended with {Describe(failure)} instead of {wanted}.");
            return;
        }

        throw new CheckFailedException($"It ended with OK instead of {wanted}.");
    }

    /// <summary>Runs a call that must succeed and gives a sentence if it does not.</summary>
    public static async Task<T> SucceedAsync<T>(string what, Func<Task<T>> call)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (RpcException failure)
        {
            throw new CheckFailedException($"{what} ended with {Describe(failure)}.");
        }
    }
}
