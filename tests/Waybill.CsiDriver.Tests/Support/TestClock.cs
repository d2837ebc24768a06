namespace Waybill.CsiDriver.Tests.Support;

/// <summary>A clock that is as fast as it is told, and on which nothing comes due any more once its process is taken to be dead.</summary>
internal sealed class TestClock(int speed = 1) : TimeProvider
{
    private readonly long _begun = System.GetTimestamp();
    private readonly DateTimeOffset _date = System.GetUtcNow();
    private volatile bool _isStopped;

    public override long TimestampFrequency => System.TimestampFrequency;

    /// <summary>Lets whoever goes by this clock do nothing any more by itself.</summary>
    public void Stop() => _isStopped = true;

    public override long GetTimestamp() => _begun + ((System.GetTimestamp() - _begun) * speed);

    public override DateTimeOffset GetUtcNow() => _date + GetElapsedTime(_begun);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new Timer(this, System.CreateTimer(
            with =>
            {
                if (!_isStopped)
                {
                    callback(with);
                }
            },
            state,
            Scale(dueTime),
            Scale(period)));

    private TimeSpan Scale(TimeSpan time) => time > TimeSpan.Zero ? time / speed : time;

    private sealed class Timer(TestClock clock, ITimer timer) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(clock.Scale(dueTime), clock.Scale(period));

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
