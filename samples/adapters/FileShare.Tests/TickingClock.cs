namespace Waybill.Samples.FileShare.Tests;

/// <summary>A clock that moves a little each time it is looked at: grants run out in the middle of a run, and in each run at the same place.</summary>
internal sealed class TickingClock : TimeProvider
{
    private long _looks;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddSeconds(Interlocked.Increment(ref _looks));
}
