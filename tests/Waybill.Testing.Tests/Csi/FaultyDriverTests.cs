using Waybill.CsiModel;

namespace Waybill.Testing.Tests;

public sealed class FaultyDriverTests
{
    // Nothing of its own to run: it tells of what other checks made.
    private const string Cleanup = "csi.cleanup";

    /// <summary>Gets every check, so that none can be added without a driver that breaks what it checks.</summary>
    public static TheoryData<string> Checks => [.. CsiConformance.CheckIds];

    public static TheoryData<string> Refusals => [.. Faults.Refusals];

    [Theory]
    [MemberData(nameof(Checks))]
    public async Task RunAsync_DriverThatBreaksTheObligation_FailsItsCheck(string check)
    {
        await using DriverLab lab = await DriverLab.StartAsync(new Faults(check));

        RequireFailed(check, await RunAsync(lab, check));
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task RunAsync_DriverThatRefusesWithAnotherStatus_FailsItsCheck(string check)
    {
        await using DriverLab lab = await DriverLab.StartAsync(new Faults(check, wrongCode: true));

        RequireFailed(check, await RunAsync(lab, check));
    }

    [Fact]
    public void Refusals_AreChecks()
    {
        Assert.Empty(Faults.Refusals.Except(CsiConformance.CheckIds));
    }

    private static Task<ConformanceReport> RunAsync(DriverLab lab, string check) =>
        CsiConformance.RunAsync(lab.Options with { Only = [check == Cleanup ? "csi.controller.create.idempotent" : check] });

    private static void RequireFailed(string check, ConformanceReport report)
    {
        ConformanceCheck found = Assert.Single(report.Checks, one => one.Id == check);
        Assert.True(found.Outcome == ConformanceOutcome.Failed, $"{check} did not notice.\n{report}");
        Assert.NotEmpty(found.Detail);
    }
}
