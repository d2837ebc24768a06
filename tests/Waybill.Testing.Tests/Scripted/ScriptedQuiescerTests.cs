using Waybill.Providers;

namespace Waybill.Testing.Tests;

public sealed class ScriptedQuiescerTests
{
    [Fact]
    public async Task ThawAsync_Failure_LeavesTheLeaseHeld_UntilTheDeadline()
    {
        ManualTimeProvider clock = new();
        ScriptedQuiescer quiescer = new(clock) { ThawFailures = 1 };
        QuiesceLease lease = await quiescer.QuiesceAsync(new QuiesceRequest("a", TimeSpan.FromSeconds(30)));

        Assert.Equal(WaybillErrorCode.ThawFailed, (await Assert.ThrowsAsync<ProviderException>(async () => await lease.ThawAsync())).Code);
        Assert.Equal(["a"], quiescer.Held.AsEnumerable());
        clock.Advance(TimeSpan.FromSeconds(31));

        QuiesceOutcome outcome = await lease.ThawAsync();
        Assert.True(outcome.Broken);
        Assert.Equal(30, outcome.HeldUntil.Seconds - outcome.HeldSince.Seconds);
        Assert.Equal(["quiesce a", "thaw a", "deadline a"], quiescer.Events.AsEnumerable());
    }

    [Fact]
    public async Task QuiesceAsync_Failure_HoldsNothing()
    {
        ScriptedQuiescer quiescer = new() { QuiesceFailures = 1 };

        await Assert.ThrowsAsync<ProviderException>(async () => await quiescer.QuiesceAsync(new QuiesceRequest("a", TimeSpan.FromSeconds(30))));

        Assert.Empty(quiescer.Held);
    }

    [Fact]
    public async Task Break_HeldLease_IsReportedByThaw()
    {
        ScriptedQuiescer quiescer = new();
        QuiesceLease lease = await quiescer.QuiesceAsync(new QuiesceRequest("a", TimeSpan.FromSeconds(30)));

        quiescer.Break("a");

        Assert.True((await lease.ThawAsync()).Broken);
    }
}
