using System.Diagnostics;
using System.Net;
using Waybill.Providers;
using Waybill.Testing;

namespace Waybill.Kubernetes.Tests.Hooks;

/// <summary>Hooks whose containers are real processes of this machine, behind the real protocol.</summary>
public sealed class PodQuiescerTests : IAsyncLifetime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _container = Directory.CreateTempSubdirectory("waybill-container-");
    private ClusterLab _lab = null!;

    private string Held => Path.Combine(_container.FullName, "held");

    public async Task InitializeAsync()
    {
        _lab = await ClusterLab.StartAsync();
        _lab.Server.ContainerRuntime = request => new ProcessStartInfo(request.Command[0], request.Command.Skip(1)) { WorkingDirectory = _container.FullName };
        _lab.Load("""{"kind":"Pod","apiVersion":"v1","metadata":{"name":"db-0","namespace":"shop","annotations":{"pre.hook.backup.waybill/command":"/x"}},"spec":{"containers":[{"name":"db"},{"name":"side"}]},"status":{"phase":"Running"}}""");
    }

    public async Task DisposeAsync()
    {
        await _lab.DisposeAsync();
        _container.Delete(recursive: true);
    }

    [SkippableFact]
    public async Task Quiescer_KeepsEveryObligation()
    {
        var options = new QuiescerConformanceOptions { ShortDeadline = TimeSpan.FromSeconds(6), IsHeld = _ => ValueTask.FromResult(File.Exists(Held)) };

        ConformanceReport report = await QuiescerConformance.RunAsync(await QuiescerAsync(Touch), options);

        report.ThrowIfFailed();
        Assert.All(report.Checks, check => Assert.Equal(ConformanceOutcome.Passed, check.Outcome));
    }

    [SkippableFact]
    public async Task Outcome_NamesEveryCommandWithItsTimes()
    {
        PodQuiescer quiescer = await QuiescerAsync(Touch with { Container = "side" }, Touch with { Pre = ["sh", "-c", "exit 3"], PreMayFail = true, Post = [] });

        await using QuiesceLease lease = await quiescer.QuiesceAsync(Request());
        QuiesceOutcome outcome = await lease.ThawAsync();

        Assert.Equal(ConsistencyLevel.Crash, lease.Level);
        Assert.Equal([("shop/db-0/side: pre", 0), ("shop/db-0: pre", 3), ("shop/db-0/side: post", 0)], outcome.Hooks.Select(hook => (hook.Name, hook.ExitCode)));
        Assert.All(outcome.Hooks, hook => Assert.True(hook.Finished >= hook.Started));
        Assert.False(outcome.Broken);
    }

    [SkippableTheory]
    [InlineData("sh|-c|echo no space left >&2; exit 7", "ended with 7: no space left")]
    [InlineData("sleep|100", "took too long")]
    [InlineData("/no/such/program", "ended with 127")]
    public async Task Command_ThatFails_LeavesNothingHeld_AlsoWhereOthersSucceeded(string command, string problem)
    {
        PodHook bad = Touch with { Pre = [.. command.Split('|')], PreLimit = TimeSpan.FromSeconds(2) };
        PodQuiescer quiescer = await QuiescerAsync(Touch, bad);

        var error = await Assert.ThrowsAsync<ProviderException>(async () => await quiescer.QuiesceAsync(Request()));

        Assert.Equal(WaybillErrorCode.QuiesceFailed, error.Code);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Held));
    }

    [SkippableFact]
    public async Task Command_ThatHoldsAndHangs_IsOverAtTheDeadlineOfTheLease_NotAtItsOwn()
    {
        PodQuiescer quiescer = await QuiescerAsync(Touch with { Pre = ["sh", "-c", "touch held; exec sleep 100"] });

        var error = await Assert.ThrowsAsync<ProviderException>(async () => await quiescer.QuiesceAsync(Request() with { Deadline = TimeSpan.FromSeconds(2) }));

        Assert.Equal(WaybillErrorCode.QuiesceFailed, error.Code);
        Assert.False(File.Exists(Held));
    }

    [SkippableFact]
    public async Task Release_GoesOnWhereOnePodCannotBeReached()
    {
        PodQuiescer holder = await QuiescerAsync(Touch);
        QuiesceRequest request = Request();
        await using QuiesceLease lease = await holder.QuiesceAsync(request);
        PodQuiescer sweeper = await QuiescerAsync(Touch with { Container = "none" }, Touch);

        var error = await Assert.ThrowsAsync<ProviderException>(async () => await sweeper.ReleaseAsync(request.LeaseId));

        Assert.Equal(WaybillErrorCode.ThawFailed, error.Code);
        Assert.False(File.Exists(Held));
    }

    [SkippableFact]
    public async Task Container_WithoutAShell_OrThatIsNotThere_IsAFailure()
    {
        PodQuiescer quiescer = await QuiescerAsync(Touch with { Container = "none" });
        var unknown = await Assert.ThrowsAsync<ProviderException>(async () => await quiescer.QuiesceAsync(Request()));
        _lab.Server.ContainerRuntime = _ => new ProcessStartInfo("/no/such/shell");
        var error = await Assert.ThrowsAsync<ProviderException>(async () => await (await QuiescerAsync(Touch)).QuiesceAsync(Request()));

        Assert.Equal((WaybillErrorCode.QuiesceFailed, WaybillErrorCode.QuiesceFailed), (unknown.Code, error.Code));
        Assert.Contains("container none is not valid", unknown.Message, StringComparison.Ordinal);
        Assert.Contains("failed to exec in container", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task PostCommand_ThatFails_IsSaid()
    {
        PodQuiescer quiescer = await QuiescerAsync(Touch with { Post = ["sh", "-c", "echo stuck >&2; exit 9"] });

        await using QuiesceLease lease = await quiescer.QuiesceAsync(Request());
        var error = await Assert.ThrowsAsync<ProviderException>(async () => await lease.ThawAsync());

        Assert.Equal(WaybillErrorCode.ThawFailed, error.Code);
        Assert.Contains("ended with 9: stuck", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Wire_ThatBreaks_LetsGoAtOnce_AndBreaksTheLease()
    {
        await using var wire = new CuttingProxy(new IPEndPoint(IPAddress.Loopback, _lab.Server.Address.Port));
        Skip.IfNot(OperatingSystem.IsLinux(), "The containers are processes with a POSIX shell.");
        string there = Path.Combine(_container.FullName, "kubeconfig");
        File.WriteAllText(there, _lab.Server.KubeConfig().Replace($":{_lab.Server.Address.Port}", $":{wire.Port}", StringComparison.Ordinal));
        var quiescer = new PodQuiescer(await _lab.ConnectAsync(_lab.Options with { KubeConfig = there }), [Touch with { Post = ["sh", "-c", "echo noise; rm held"] }]);

        await using QuiesceLease lease = await quiescer.QuiesceAsync(Request());
        Assert.True(File.Exists(Held));
        await wire.CutAsync();
        await UntilLetGoAsync();
        QuiesceOutcome outcome = await lease.ThawAsync();

        Assert.True(outcome.Broken);
    }

    [SkippableFact]
    public async Task Lease_OfAnotherProcess_IsReleasedByItsId_AndNoOther()
    {
        PodQuiescer gone = await QuiescerAsync(Touch);
        QuiesceRequest request = Request();
        await using QuiesceLease lease = await gone.QuiesceAsync(request);
        PodQuiescer sweeper = await QuiescerAsync();

        await sweeper.ReleaseAsync(request.LeaseId + "0");
        await sweeper.ReleaseAsync(request.LeaseId[..^1]);
        Assert.True(File.Exists(Held));
        await sweeper.ReleaseAsync(request.LeaseId);

        Assert.False(File.Exists(Held));
        Assert.True((await lease.ThawAsync()).Broken);
    }

    [SkippableTheory]
    [InlineData("get")]
    [InlineData("create")]
    public async Task Caller_WithoutTheRight_IsToldWhichItLacks(string verb)
    {
        _lab.Server.Rules.Deny("admin", verb, "pods/exec");

        var error = await Assert.ThrowsAsync<ProviderException>(async () => await (await QuiescerAsync(Touch)).QuiesceAsync(Request()));

        Assert.Equal(WaybillErrorCode.QuiesceFailed, error.Code);
        Assert.Contains($"cannot {verb} resource", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Pod_ThatIsGone_HoldsNothing()
    {
        PodQuiescer quiescer = await QuiescerAsync(Touch with { Pod = "db-9" });

        await quiescer.ReleaseAsync("lease");
        var error = await Assert.ThrowsAsync<ProviderException>(async () => await quiescer.QuiesceAsync(Request()));

        Assert.Equal(WaybillErrorCode.QuiesceFailed, error.Code);
    }

    private static PodHook Touch => new("shop", "db-0") { Pre = ["touch", "held"], Post = ["rm", "-f", "held"], PreLimit = s_patience, PostLimit = s_patience };

    private static QuiesceRequest Request() => new($"lease-{Guid.NewGuid():N}", TimeSpan.FromMinutes(5));

    private async Task<PodQuiescer> QuiescerAsync(params PodHook[] hooks)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "The containers are processes with a POSIX shell.");
        return new PodQuiescer(await _lab.ConnectAsync(), [.. hooks]);
    }

    private async Task UntilLetGoAsync()
    {
        using var late = new CancellationTokenSource(s_patience);
        while (File.Exists(Held))
        {
            await Task.Delay(20, late.Token);
        }
    }
}
