using Waybill.Testing;

namespace Waybill.Samples.SimulatedArray.Tests;

public sealed class ConformanceTests
{
    [Fact]
    public async Task Array_KeepsEveryObligation()
    {
        ConformanceReport report = await ProviderConformance.RunAsync(new SimulatedArrayProvider());

        report.ThrowIfFailed();

        // Groups are never refused here; everything else is checked.
        // It has no trees of files.
        Assert.Equal(
            ["groups.refused"],
            report.Checks.Where(check => check.Outcome == ConformanceOutcome.NotApplicable).Select(check => check.Id).Where(id => id.Split('.')[0] is not ("trees" or "files")));
    }

    [Fact]
    public async Task Array_ThatIsSlowAndBusy_KeepsEveryObligation()
    {
        var clock = new WaitingClock();
        var array = new SimulatedArrayProvider(new ArrayOptions
        {
            Latency = TimeSpan.FromMilliseconds(3),
            RequestLimit = 20,
            PageLength = 2,
            TimeProvider = clock,
        });

        ConformanceReport report = await ProviderConformance.RunAsync(array, new ConformanceOptions { Histories = 1, TimeProvider = clock });

        report.ThrowIfFailed();
    }
}
