namespace Waybill.Testing.Tests;

public sealed class ManualTimeProviderTests
{
    [Fact]
    public async Task Advance_Delay_EndsWhenItsTimeCame()
    {
        ManualTimeProvider clock = new();
        Task delay = Task.Delay(TimeSpan.FromSeconds(10), clock);

        clock.Advance(TimeSpan.FromSeconds(9));
        Assert.False(delay.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(1));

        await delay;
        Assert.Equal(TimeSpan.FromSeconds(10), clock.GetElapsedTime(new ManualTimeProvider().GetTimestamp()));
    }

    [Fact]
    public void Advance_Timers_RunInTheOrderOfTheirTimes_EachAtItsTime()
    {
        ManualTimeProvider clock = new();
        DateTimeOffset start = clock.GetUtcNow();
        List<(string, double)> fired = [];
        using ITimer later = clock.CreateTimer(_ => fired.Add(("later", (clock.GetUtcNow() - start).TotalSeconds)), null, TimeSpan.FromSeconds(5), Timeout.InfiniteTimeSpan);
        using ITimer often = clock.CreateTimer(_ => fired.Add(("often", (clock.GetUtcNow() - start).TotalSeconds)), null, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));

        clock.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal([("often", 2), ("often", 4), ("later", 5), ("often", 6)], fired);
    }
}
