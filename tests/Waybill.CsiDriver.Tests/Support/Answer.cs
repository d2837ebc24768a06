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

    /// <summary>
    /// Repeats a call as an orchestrator does that is told to come back later: a program that a killed driver had started may still work on a volume.
    /// </summary>
    public static async Task RepeatAsync(Func<Task> call)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            try
            {
                await call();
                return;
            }
            catch (RpcException e) when (e.StatusCode is StatusCode.Unavailable or StatusCode.Aborted && !limit.IsCancellationRequested)
            {
                await timer.WaitForNextTickAsync(CancellationToken.None);
            }
        }
    }
}
