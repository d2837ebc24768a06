using Waybill.Testing;
using Xunit.Abstractions;

namespace Waybill.Samples.QemuNbd.Tests;

public sealed class ConformanceTests(ITestOutputHelper output)
{
    [SkippableFact]
    public async Task Provider_KeepsEveryObligation()
    {
        await using var lab = new QemuLab();
        VolumeId[] scratch = [await lab.Provider.AddVolumeAsync("one", 4 * 1024 * 1024), await lab.Provider.AddVolumeAsync("two", 4 * 1024 * 1024)];

        // One history: every answer starts servers of its own.
        ConformanceReport report = await ProviderConformance.RunAsync(lab.Provider, new ConformanceOptions { ScratchVolumes = [.. scratch], Histories = 1 });

        output.WriteLine(report.ToString());
        report.ThrowIfFailed();
        Assert.All(report.Checks.Where(check => check.Outcome == ConformanceOutcome.NotApplicable), check => Assert.Matches("^(provisioning|groups|trees|files|volumes.provision|changes[.](grown|base-deleted))", check.Id));
    }
}
