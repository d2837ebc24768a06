using Grpc.Core;

namespace Waybill.CsiDriver.Tests.Support;

/// <summary>What a call that fails has to answer.</summary>
internal static class Answer
{
    public static async Task<string> AssertAsync(StatusCode expected, Func<Task> call)
    {
        RpcException error = await Assert.ThrowsAsync<RpcException>(call);
        Assert.True(expected == error.StatusCode, $"{error.StatusCode} instead of {expected}: {error.Status.Detail}");
        Assert.NotEqual("", error.Status.Detail);
        return error.Status.Detail;
    }
}
