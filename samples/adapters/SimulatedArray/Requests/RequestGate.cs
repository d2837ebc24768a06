namespace Waybill.Samples.SimulatedArray;

/// <summary>What every request passes: it takes time, may be turned away, and may go wrong.</summary>
internal sealed class RequestGate(ArrayOptions options, FaultPlan faults, Action revokeTokens)
{
    /// <summary>The wait after a fault that names none; a throttled request is told its own.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    private readonly RequestWindow _window = new(options.RequestLimit, options.RequestWindow, options.TimeProvider);

    /// <summary>Makes a request. While the array is busy it is made again, as long as the adapter's patience lasts.</summary>
    public async ValueTask PassAsync(ArrayOperation operation, CancellationToken cancellationToken)
    {
        TimeSpan waited = TimeSpan.Zero;
        while (await TryAsync(operation, cancellationToken).ConfigureAwait(false) is { } wait)
        {
            waited += wait;
            if (waited > options.BusyPatience)
            {
                throw new ProviderException(WaybillErrorCode.ProviderBusy, options.Name, $"The array takes no more requests ({operation}).") { IsTransient = true };
            }

            await Task.Delay(wait, options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Makes a request once.</summary>
    /// <returns>Nothing if it was taken; else how long to wait before it is made again.</returns>
    public async ValueTask<TimeSpan?> TryAsync(ArrayOperation operation, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (options.Latency > TimeSpan.Zero)
        {
            await Task.Delay(options.Latency, options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }

        switch (faults.Take(operation))
        {
            case ArrayFault.Busy:
                return s_pause;
            case ArrayFault.Disconnected:
                throw new ProviderException(WaybillErrorCode.ProviderFailed, options.Name, $"The connection to the array was lost ({operation}).") { IsTransient = true };
            case ArrayFault.Failed:
                throw new ProviderException(WaybillErrorCode.ProviderFailed, options.Name, $"The array failed ({operation}).");
            case ArrayFault.TokensRevoked:
                revokeTokens();
                break;
            default:
                break;
        }

        return _window.Enter();
    }
}
