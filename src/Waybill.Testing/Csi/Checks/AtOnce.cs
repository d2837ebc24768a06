using Grpc.Core;

namespace Waybill.Testing;

/// <summary>Calls about one object at the same time, of which some may be turned away.</summary>
internal static class AtOnce
{
    /// <summary>Runs one of the calls; null if it was turned away because another is pending.</summary>
    public static async Task<T?> TryAsync<T>(Func<Task<T>> call)
        where T : class
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (RpcException pending) when (pending.StatusCode == StatusCode.Aborted)
        {
            return null;
        }
    }

    /// <summary>Runs a call of which it does not matter how it ends.</summary>
    public static async Task TryAnyAsync(Func<Task> call)
    {
        try
        {
            await call().ConfigureAwait(false);
        }
        catch (RpcException)
        {
        }
    }

    /// <summary>Runs the call alone, which must succeed in the end.</summary>
    public static async Task<T> FinallyAsync<T>(CsiScope scope, Func<Task<T>> call, CancellationToken cancellationToken)
        where T : class
    {
        long start = scope.Options.TimeProvider.GetTimestamp();
        while (true)
        {
            if (await TryAsync(call).ConfigureAwait(false) is { } done)
            {
                return done;
            }

            Verdicts.Require(scope.Options.TimeProvider.GetElapsedTime(start) < scope.Options.Patience, $"It still ended with ABORTED after {scope.Options.Patience}.");
            await scope.PauseAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
