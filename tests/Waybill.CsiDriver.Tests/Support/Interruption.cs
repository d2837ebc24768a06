using Grpc.Core;

namespace Waybill.CsiDriver.Tests.Support;

/// <summary>Kills the driver in the middle of calls.</summary>
internal static class Interruption
{
    /// <summary>Makes a call, kills the driver a while after it began, and starts it again.</summary>
    /// <param name="lab">The driver.</param>
    /// <param name="call">The call.</param>
    /// <param name="moment">How long after its beginning: not waited for in order to see something happen, but to hit any of its steps.</param>
    /// <returns>Whether the call was answered with success before.</returns>
    public static async Task<bool> CutAsync(DriverLab lab, Func<Task> call, TimeSpan moment)
    {
        Task<bool> running = TryAsync(call);
        await Task.Delay(moment);
        await lab.Driver.KillAsync();
        bool done = await running;
        await lab.CrashAsync();
        return done;
    }

    private static async Task<bool> TryAsync(Func<Task> call)
    {
        try
        {
            await call();
            return true;
        }
        catch (RpcException e) when (e.StatusCode is StatusCode.Unavailable or StatusCode.Internal or StatusCode.Cancelled or StatusCode.Unknown)
        {
            // The connection ended with the process.
            return false;
        }
    }
}
