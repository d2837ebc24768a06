using System.Text;
using Waybill.Testing;

namespace Waybill.Engine.Tests.Ledgers;

public sealed class LedgerTests
{
    private const string Head = """{"verb":"Begin","purpose":"Protect","application":"shop","id":"00112233445566778899aabbccddeeff","name":"shop.waybill","time":1}""";

    [Fact]
    public async Task List_WhileARunWorks_ShowsItAsRunningAndASweepLeavesItAlone()
    {
        using var lab = new EngineLab();
        VolumeId volume = lab.Platform.AddVolume("data", 100_000);
        LedgerRun? seen = null;
        SweepReport? swept = null;
        lab.Platform.Faults.BeforeCall = async (call, token) =>
        {
            if (call == ScriptedCall.OpenRead && seen is null)
            {
                seen = (await lab.LedgerAsync()).Single();
                swept = await Ledger.SweepAsync(lab.Context, token);
            }
        };

        ProtectResult result = await lab.Protect.RunAsync(lab.Application(("data", volume)));

        Assert.True(seen!.IsRunning);
        Assert.Equal(("shop", result.BundleName), (seen.Application, seen.BundleName));
        Assert.Contains(seen.Entries, e => e is { Kind: LedgerKind.Snapshot, State: LedgerState.Created });
        Assert.Empty(swept!.Released);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(lab.Directory, "ledger")));
    }

    [Fact]
    public void Parse_OfALineThatWasCut_LeavesOutWhatItAnnounced()
    {
        string whole = $"{Head}\n" + """{"verb":"Intend","kind":"Snapshot","provider":"p","name":"n"}""" + "\n";

        LedgerRun run = LedgerFile.Parse(Encoding.UTF8.GetBytes(whole + """{"verb":"Created","id":"x"""), "file");

        LedgerEntry entry = Assert.Single(run.Entries);
        Assert.Equal((LedgerState.Intended, "n"), (entry.State, entry.Name));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense\n")]
    [InlineData("{\"verb\":\"Intend\"}\n")]
    [InlineData(Head + "\n{\"verb\":\"Created\",\"number\":1,\"id\":\"x\"}\n")]
    [InlineData(Head + "\n{\"verb\":\"Created\",\"number\":-1,\"id\":\"x\"}\n")]
    [InlineData(Head + "\n{\"verb\":\"Begin\"}\n")]
    [InlineData(Head + "\n{\"verb\":\"Intend\",\"unknown\":1}\n")]
    public void Parse_OfWhatIsNoLedger_SaysSo(string content)
    {
        WaybillException error = Assert.Throws<WaybillException>(() => LedgerFile.Parse(Encoding.UTF8.GetBytes(content), "file"));

        Assert.Equal((WaybillErrorCode.LedgerDamaged, "file"), (error.Code, error.ObjectName));
    }

    [Fact]
    public async Task Sweep_WithADamagedLedger_ReportsItAndRemovesNothing()
    {
        using var lab = new EngineLab();
        string directory = Directory.CreateDirectory(Path.Combine(lab.Directory, "ledger")).FullName;
        await File.WriteAllTextAsync(Path.Combine(directory, "00.ledger"), "nonsense\n");

        SweepReport report = await Ledger.SweepAsync(lab.Context);

        Assert.Equal(WaybillErrorCode.LedgerDamaged, Assert.Single(report.Problems).Code);
        Assert.True(File.Exists(Path.Combine(directory, "00.ledger")));
    }

    [Fact]
    public async Task Protect_BesideADamagedLedger_MakesThePointAndReportsIt()
    {
        using var lab = new EngineLab();
        VolumeId volume = lab.Platform.AddVolume("data", 100_000);
        string damaged = Path.Combine(Directory.CreateDirectory(Path.Combine(lab.Directory, "ledger")).FullName, "00.ledger");
        await File.WriteAllTextAsync(damaged, "nonsense\n");

        ProtectResult result = await lab.Protect.RunAsync(lab.Application(("data", volume)));

        WaybillException problem = Assert.Single(result.CleanupProblems);
        Assert.Equal((WaybillErrorCode.LedgerDamaged, damaged), (problem.Code, problem.ObjectName));
        Assert.True(File.Exists(damaged));
        Assert.Equal(lab.ReadVolume(volume), await lab.ReadPointAsync(result.BundleName, "data"));
    }

    [Fact]
    public async Task Protect_WhenAnEarlierRunCannotBeSettled_ReportsThat()
    {
        using var lab = new EngineLab();
        VolumeId volume = lab.Platform.AddVolume("data", 100_000);
        ProtectedApplication application = lab.Application(("data", volume));
        lab.Platform.Faults.Fail(ScriptedCall.DeleteSnapshot);
        lab.Platform.Faults.Fail(ScriptedCall.OpenRead);
        await Assert.ThrowsAsync<ProviderException>(() => lab.Protect.RunAsync(application));
        lab.Platform.Faults.Fail(ScriptedCall.DeleteSnapshot);

        ProtectResult result = await lab.Protect.RunAsync(application, new ProtectRequest { Resume = false });

        Assert.Equal(WaybillErrorCode.ProviderFailed, Assert.Single(result.CleanupProblems).Code);
        Assert.Single(await lab.LedgerAsync());
        Assert.Empty((await Ledger.SweepAsync(lab.Context)).Problems);
        Assert.Empty(await lab.LedgerAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("applications")]
    [InlineData("ledger")]
    public async Task Protect_WhenTheStateCannotBeWritten_SaysWhereAndLeavesNothing(string place)
    {
        using var lab = new EngineLab();
        VolumeId volume = lab.Platform.AddVolume("data", 100_000);
        string state = Path.Combine(lab.Directory, "state");
        string blocked = Path.Combine(state, place).TrimEnd('/');
        Directory.CreateDirectory(Path.GetDirectoryName(blocked)!);
        await File.WriteAllTextAsync(blocked, "a file where a directory belongs");
        lab.Context = lab.Context with { StateDirectory = state };

        WaybillException error = await Assert.ThrowsAsync<WaybillException>(() => lab.Protect.RunAsync(lab.Application(("data", volume))));

        Assert.Equal(WaybillErrorCode.TargetWriteFailed, error.Code);
        Assert.StartsWith(blocked, error.ObjectName, StringComparison.Ordinal);
        Assert.Empty(await lab.SnapshotsAsync());
    }
}
