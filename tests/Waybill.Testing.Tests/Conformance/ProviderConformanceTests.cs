using Waybill.Providers;

namespace Waybill.Testing.Tests;

public sealed class ProviderConformanceTests
{
    [Fact]
    public async Task RunAsync_Cancelled_RemovesWhatItMade()
    {
        ScriptedProvider provider = new();
        using CancellationTokenSource source = new();
        provider.Faults.BeforeCall = async (call, _) =>
        {
            if (call == ScriptedCall.GetAllocated)
            {
                await source.CancelAsync();
            }
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ProviderConformance.RunAsync(provider, Kit.Options, null, source.Token));

        Assert.Empty(await provider.ListVolumesAsync().ToArrayAsync());
        Assert.Empty(await provider.ListSnapshotsAsync().ToArrayAsync());
    }

    [Fact]
    public async Task RunAsync_PlatformThatFails_ReportsIt_AndRemovesWhatItMade()
    {
        ScriptedProvider provider = new();
        provider.Faults.Fail(ScriptedCall.CreateSnapshot, nth: 3);

        ConformanceReport report = await ProviderConformance.RunAsync(provider, Kit.Options);

        Assert.Contains(report.Failures, check => check.Detail.Contains("WB3010", StringComparison.Ordinal));
        Assert.Empty(await provider.ListVolumesAsync().ToArrayAsync());
        Assert.Empty(await provider.ListSnapshotsAsync().ToArrayAsync());
    }

    [Fact]
    public async Task RunAsync_ProviderOfVolumesOnly_WithoutScratchVolume_ChecksNothing()
    {
        ConformanceReport report = await ProviderConformance.RunAsync(new VolumesOnly(new ScriptedProvider()), Kit.Options);

        Assert.True(report.IsConformant, report.ToString());
        Assert.All(report.Checks.SkipLast(1), check => Assert.Equal(ConformanceOutcome.NotApplicable, check.Outcome));
    }

    [Fact]
    public async Task RunAsync_ProviderOfVolumesOnly_WithScratchVolume_ChecksContent()
    {
        ScriptedProvider inner = new();
        VolumeId scratch = inner.AddVolume("scratch", 2 * 1024 * 1024);
        inner.GetDisk(scratch).Write(0, [1, 2, 3]);

        ConformanceReport report = await ProviderConformance.RunAsync(new VolumesOnly(inner), Kit.Options with { ScratchVolumes = [scratch] });

        report.ThrowIfFailed();
        Assert.Equal(ConformanceOutcome.Passed, report.Checks.Single(check => check.Id == "content.round-trip").Outcome);
        Assert.Equal(ConformanceOutcome.NotApplicable, report.Checks.Single(check => check.Id == "snapshots.idempotent").Outcome);
        Assert.Single(await inner.ListVolumesAsync().ToArrayAsync());
    }

    [Fact]
    public async Task RunAsync_ProviderWithoutProvisioning_WithScratchVolumes_ChecksChanges()
    {
        ScriptedProvider inner = new();
        VolumeId[] scratch = [inner.AddVolume("one", 2 * 1024 * 1024), inner.AddVolume("two", 2 * 1024 * 1024)];

        ConformanceReport report = await ProviderConformance.RunAsync(new WithoutProvisioning(inner), Kit.Options with { ScratchVolumes = [.. scratch] });

        report.ThrowIfFailed();
        Assert.All(
            report.Checks.Where(check => check.Outcome == ConformanceOutcome.NotApplicable),
            check => Assert.True(check.Id.Split('.')[0] is "provisioning" or "trees" or "files" || check.Id is "groups.refused" or "changes.list-again", check.ToString()));
    }

    [Fact]
    public async Task RunAsync_Progress_IsToldOfEveryCheckInOrder()
    {
        List<ConformanceCheck> told = [];

        ConformanceReport report = await ProviderConformance.RunAsync(new ScriptedProvider(), Kit.Options, new Listener(told));

        Assert.Equal(report.Checks, told);
        Assert.Equal(ProviderConformance.Obligations.Select(obligation => obligation.Id), report.Checks.Select(check => check.Id));
    }

    [Fact]
    public void Obligations_AllKits_HaveIdsOfTheirOwn()
    {
        string[] ids = [.. ProviderConformance.Obligations.Concat(QuiescerConformance.Obligations).Concat(StoreConformance.Obligations).Select(one => one.Id)];

        Assert.Equal(ids.Distinct(), ids);
    }

    [Fact]
    public async Task ThrowIfFailed_FailedCheck_ThrowsWithTheReport()
    {
        BrokenProvider provider = new(new ScriptedProvider(), Breach.FindThrows);
        ConformanceReport report = await ProviderConformance.RunAsync(provider, Kit.Options);

        ConformanceException failure = Assert.Throws<ConformanceException>(report.ThrowIfFailed);

        Assert.Same(report, failure.Report);
        Assert.Contains("FAILED  volumes.find-unknown", failure.Message, StringComparison.Ordinal);
    }

    private sealed class Listener(List<ConformanceCheck> told) : IProgress<ConformanceCheck>
    {
        public void Report(ConformanceCheck value) => told.Add(value);
    }
}
