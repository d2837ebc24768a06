using System.Collections.Immutable;
using Waybill.CsiModel;

namespace Waybill.Testing.Tests;

public sealed class CsiConformanceTests
{
    [Theory]
    [InlineData(CsiAccess.Mount)]
    [InlineData(CsiAccess.Block)]
    public async Task RunAsync_DriverThatKeepsEverything_PassesAndLeavesNothing(CsiAccess access)
    {
        await using DriverLab lab = await DriverLab.StartAsync();

        ConformanceReport report = await CsiConformance.RunAsync(lab.Options with { Access = access });

        report.ThrowIfFailed();
        Assert.Equal(CsiConformance.CheckIds, report.Checks.Select(check => check.Id));

        // The model sends changes in ranges of any length; everything else it has.
        Assert.Equal(
            ["csi.metadata.delta.fixed-length"], report.Checks.Where(check => check.Outcome == ConformanceOutcome.NotApplicable).Select(check => check.Id));
        Assert.Equal(0, lab.Driver.ObjectCount);
        Assert.Empty(lab.Leftovers);
    }

    [Fact]
    public async Task RunAsync_WithOtherSeeds_Passes()
    {
        await using DriverLab lab = await DriverLab.StartAsync();

        for (int seed = 2; seed <= 3; seed++)
        {
            (await CsiConformance.RunAsync(lab.Options with { Seed = seed, Only = ["csi.metadata"] })).ThrowIfFailed();
        }
    }

    [Fact]
    public async Task RunAsync_OnlyAndSkip_RunWhatIsNamed()
    {
        await using DriverLab lab = await DriverLab.StartAsync();

        ConformanceReport report = await CsiConformance.RunAsync(
            lab.Options with { Only = ["csi.identity", "csi.controller.capacity"], Skip = ["csi.identity.probe"] });

        Assert.Equal(
            [
                ("csi.identity.plugin-info", ConformanceOutcome.Passed), ("csi.identity.capabilities", ConformanceOutcome.Passed),
                ("csi.identity.services", ConformanceOutcome.Passed), ("csi.identity.probe", ConformanceOutcome.NotApplicable),
                ("csi.identity.any-authority", ConformanceOutcome.Passed), ("csi.controller.capacity", ConformanceOutcome.Passed), ("csi.cleanup", ConformanceOutcome.Passed),
            ],
            report.Checks.Select(check => (check.Id, check.Outcome)));
    }

    [Theory]
    [InlineData("csi.identity.prob")]
    [InlineData("identity")]
    [InlineData("")]
    public async Task RunAsync_NameThatNoCheckHas_IsRefused(string name)
    {
        await Assert.ThrowsAsync<ArgumentException>(() => CsiConformance.RunAsync(new CsiConformanceOptions("unix:///nowhere") { Only = [name] }));
    }

    [Theory]
    [InlineData("http://localhost:80")]
    [InlineData("unix://")]
    [InlineData("")]
    public async Task RunAsync_EndpointThatIsNoSocket_IsRefused(string endpoint)
    {
        await Assert.ThrowsAsync<ArgumentException>(() => CsiConformance.RunAsync(new CsiConformanceOptions(endpoint)));
    }

    [Fact]
    public async Task RunAsync_NobodyAnswers_FailsWithTheEndpoint()
    {
        ProviderException failure = await Assert.ThrowsAsync<ProviderException>(() => CsiConformance.RunAsync(new CsiConformanceOptions("unix:///nowhere/csi.sock")));

        Assert.Equal((WaybillErrorCode.ProviderFailed, "unix:///nowhere/csi.sock"), (failure.Code, failure.ObjectName));
    }

    [Theory]
    [InlineData("csi.controller.snapshots.pages")]
    [InlineData("csi.group.create.works")]
    [InlineData("csi.node.content.snapshot-block")]
    [InlineData("csi.metadata.allocated.type")]
    public async Task RunAsync_Cancelled_LeavesNothing(string lastCheck)
    {
        await using DriverLab lab = await DriverLab.StartAsync();
        using CancellationTokenSource source = new();
        CancelBehind progress = new(lastCheck, source);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => CsiConformance.RunAsync(lab.Options with { Only = [lastCheck, "csi.restart"] }, progress, source.Token));

        Assert.Equal(0, lab.Driver.ObjectCount);
        Assert.Empty(lab.Leftovers);
    }

    [Fact]
    public async Task RunAsync_CancelledInTheMiddleOfACheck_LeavesNothing()
    {
        await using DriverLab lab = await DriverLab.StartAsync();
        using CancellationTokenSource source = new();

        // The restart is called in the middle of the check, with a volume that was just made.
        CsiConformanceOptions options = lab.Options with { Only = ["csi.restart.published"], RestartAsync = _ => source.CancelAsync() };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => CsiConformance.RunAsync(options, null, source.Token));

        Assert.Equal(0, lab.Driver.ObjectCount);
        Assert.Empty(lab.Leftovers);
    }

    [Fact]
    public async Task RunAsync_CancelledAndSomethingCannotBeRemoved_TellsTheProgress()
    {
        await using DriverLab lab = await DriverLab.StartAsync(new Faults("csi.cleanup"));
        using CancellationTokenSource source = new();
        CancelBehind progress = new("csi.controller.create.capacity", source);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => CsiConformance.RunAsync(lab.Options with { Only = ["csi.controller.create.capacity", "csi.restart"] }, progress, source.Token));

        Assert.Contains(progress.Seen, check => check is { Id: "csi.cleanup", Outcome: ConformanceOutcome.Failed });
    }

    [Fact]
    public async Task RunAsync_DriverWithoutWhatIsNotAnnounced_SkipsWithReasons()
    {
        await using DriverLab lab = await DriverLab.StartAsync();

        ConformanceReport report = await CsiConformance.RunAsync(
            lab.Options with { Only = ["csi.controller.modify", "csi.controller.publish.attach-limit", "csi.restart"], MutableParameters = ImmutableSortedDictionary<string, string>.Empty, ChecksAttachLimit = false, RestartAsync = null });

        report.ThrowIfFailed();
        Assert.All(report.Checks.Where(check => check.Outcome == ConformanceOutcome.NotApplicable), check => Assert.NotEmpty(check.Detail));
        Assert.Equal(
            ConformanceOutcome.NotApplicable, Assert.Single(report.Checks, check => check.Id == "csi.controller.modify.works").Outcome);
        Assert.All(report.Checks.Where(check => check.Id.StartsWith("csi.restart", StringComparison.Ordinal)), check => Assert.Equal(ConformanceOutcome.NotApplicable, check.Outcome));
    }

    private sealed class CancelBehind(string check, CancellationTokenSource source) : IProgress<ConformanceCheck>
    {
        public List<ConformanceCheck> Seen { get; } = [];

        public void Report(ConformanceCheck value)
        {
            Seen.Add(value);
            if (value.Id == check)
            {
                source.Cancel();
            }
        }
    }
}
