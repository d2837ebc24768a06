using Grpc.Core;

namespace Waybill.Csi.Tests.Support;

/// <summary>Checks how a call fails.</summary>
internal static class Expect
{
    public static async Task<Status> StatusAsync<T>(StatusCode code, AsyncUnaryCall<T> call)
    {
        RpcException error = await Assert.ThrowsAsync<RpcException>(async () => await call);
        Assert.True(error.StatusCode == code, $"{code} was expected, not {error.Status}.");
        Assert.NotEmpty(error.Status.Detail);
        return error.Status;
    }
}
