namespace Waybill.Engine.Tests;

/// <summary>A clock on which a wait of a second or less is over at once, and a longer one never.</summary>
internal sealed class PollingClock : TimeProvider
{
    private static readonly DateTimeOffset s_start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private long _passed;

    /// <summary>Gets how much time passed by waiting.</summary>
    public TimeSpan Waited => new(Interlocked.Read(ref _passed));

    public override DateTimeOffset GetUtcNow() => s_start + Waited;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        bool isPoll = dueTime >= TimeSpan.Zero && dueTime <= TimeSpan.FromSeconds(1);
        if (isPoll)
        {
            Interlocked.Add(ref _passed, dueTime.Ticks);
        }

        return System.CreateTimer(callback, state, isPoll ? TimeSpan.Zero : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }
}
