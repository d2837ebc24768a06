using Waybill.Providers;

namespace Waybill.Testing.Tests;

public sealed class QuiescerConformanceTests
{
    [Fact]
    public async Task RunAsync_ScriptedQuiescer_Passes_AndNothingStaysHeld()
    {
        ManualTimeProvider clock = new();
        ScriptedQuiescer quiescer = new(clock);

        ConformanceReport report = await QuiescerConformance.RunAsync(quiescer, Options(clock, () => !quiescer.Held.IsEmpty));

        report.ThrowIfFailed();
        Assert.All(report.Checks, check => Assert.Equal(ConformanceOutcome.Passed, check.Outcome));
        Assert.Empty(quiescer.Held);
    }

    [Theory]
    [InlineData(QuiesceBreach.HoldsNothing, "quiesce.holds")]
    [InlineData(QuiesceBreach.IgnoresCancel, "quiesce.cancelled")]
    [InlineData(QuiesceBreach.ReportsBroken, "thaw.outcome")]
    [InlineData(QuiesceBreach.SecondThawDiffers, "thaw.idempotent")]
    [InlineData(QuiesceBreach.DisposeDoesNothing, "dispose.thaws")]
    [InlineData(QuiesceBreach.DisposeThrows, "dispose.quiet")]
    [InlineData(QuiesceBreach.ReleaseDoesNothing, "release.lets-go")]
    [InlineData(QuiesceBreach.ReleaseOfUnknownThrows, "release.idempotent")]
    [InlineData(QuiesceBreach.NoDeadline, "deadline.lets-go")]
    [InlineData(QuiesceBreach.ReportsUnbroken, "deadline.breaks")]
    public async Task RunAsync_BrokenQuiescer_FailsTheCheckThatNamesTheObligation(QuiesceBreach breach, string check)
    {
        ManualTimeProvider clock = new();
        ScriptedQuiescer inner = new(clock);

        ConformanceReport report = await QuiescerConformance.RunAsync(
            new BrokenQuiescer(inner, breach), Options(clock, () => breach != QuiesceBreach.HoldsNothing && !inner.Held.IsEmpty));

        Assert.True(report.Failures.Any(failure => failure.Id == check), $"{check} did not fail.\n{report}");
    }

    private static QuiescerConformanceOptions Options(ManualTimeProvider clock, Func<bool> isHeld) => new()
    {
        PassTime = (time, _) =>
        {
            clock.Advance(time);
            return Task.CompletedTask;
        },
        IsHeld = _ => ValueTask.FromResult(isHeld()),
    };
}
