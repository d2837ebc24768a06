namespace Waybill.Samples.SimulatedArray;

/// <summary>Counts requests, and turns away those above the limit until the next window begins.</summary>
internal sealed class RequestWindow(int limit, TimeSpan length, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private long _start = clock.GetTimestamp();
    private int _count;

    /// <summary>Takes a request, or says how long to wait.</summary>
    public TimeSpan? Enter()
    {
        if (limit == 0)
        {
            return null;
        }

        lock (_gate)
        {
            TimeSpan elapsed = clock.GetElapsedTime(_start);
            if (elapsed >= length)
            {
                _start = clock.GetTimestamp();
                _count = 0;
                elapsed = TimeSpan.Zero;
            }

            return _count++ < limit ? null : length - elapsed;
        }
    }
}
