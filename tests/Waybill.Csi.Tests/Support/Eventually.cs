using Grpc.Core;

namespace Waybill.Csi.Tests.Support;

/// <summary>Makes a call as an orchestrator does: again, while the plugin says so.</summary>
internal static class Eventually
{
    public static async Task<T> SucceedsAsync<T>(Func<Task<T>> call, StatusCode again)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            try
            {
                return await call();
            }
            catch (RpcException e) when (e.StatusCode == again && !limit.IsCancellationRequested)
            {
                await Task.Yield();
            }
        }
    }
}
