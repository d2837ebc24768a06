namespace Waybill.Fuzz;

/// <summary>Cancels work once this process has computed for too long since the limit was made. Time in which the machine was busy with others does not count.</summary>
/// <remarks>All threads of the process count, so nothing else should run in it.</remarks>
internal sealed class ProcessorLimit : IAsyncDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _source;
    private readonly TimeSpan _end;
    private readonly Timer _timer;

    public ProcessorLimit(TimeSpan limit, CancellationToken cancellationToken)
    {
        _source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _end = Environment.CpuUsage.TotalTime + limit;
        _timer = new Timer(Check, null, s_interval, s_interval);
    }

    /// <summary>Gets what is cancelled when the limit is reached.</summary>
    public CancellationToken Token => _source.Token;

    public async ValueTask DisposeAsync()
    {
        // Waits for a check that is under way, which would meet a disposed source.
        await _timer.DisposeAsync().ConfigureAwait(false);
        _source.Dispose();
    }

    private void Check(object? state)
    {
        if (Environment.CpuUsage.TotalTime >= _end)
        {
            _source.Cancel();
        }
    }
}
