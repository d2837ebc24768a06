using System.Text.Json;
using Waybill.Cli.Tests.Processes;

namespace Waybill.Cli.Tests.Engines;

public sealed class LedgerTests : IDisposable
{
    private readonly EngineScenario _shop = new();

    public void Dispose() => _shop.Dispose();

    [SkippableFact]
    public async Task RunThatIsKilledWhileItHoldsTheApplication_IsListedAndSwept()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs: Linux, for quiescers");
        string config = _shop.Write(
            "waybill.yaml",
            $$"""
            store: store
            state: state
            providers:
              local: {type: local, pool: pool, volumes: {notes: notes} }
            quiescers:
              hooks: {type: command, before: [sh, -c, "touch '{{_shop["held"]}}'; exec sleep 60"], after: [touch, '{{_shop["free"]}}'] }
            applications:
              shop: {volumes: {notes: {provider: local, volume: notes} }, quiescer: hooks}
            """);
        using (WaybillProcess run = WaybillProcess.Start("app", "protect", "shop", "--config", config))
        {
            await WaitForAsync(_shop["held"], run);
            run.Kill();
            await run.WaitAsync();
        }

        JsonElement listed = await _shop.JsonAsync("ledger-list.json", "ledger", "list", "--config", config);
        JsonElement swept = await _shop.JsonAsync("ledger-sweep.json", "ledger", "sweep", "--config", config);
        CliResult after = await _shop.DoneAsync("ledger", "list", "--config", config);

        JsonElement interrupted = Assert.Single(listed.GetProperty("runs").EnumerateArray());
        Assert.Equal(("shop", "protect", false), (interrupted.GetProperty("application").GetString(), interrupted.GetProperty("purpose").GetString(), interrupted.GetProperty("running").GetBoolean()));
        Assert.Contains("lease", swept.GetProperty("released").EnumerateArray().Select(entry => entry.GetProperty("kind").GetString()));
        Assert.True(File.Exists(_shop["free"]));
        Assert.Equal($"nothing is open in {_shop["state"]}\n", after.Output);
    }

    private static async Task WaitForAsync(string file, WaybillProcess run)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!File.Exists(file))
        {
            Assert.False(run.HasExited, "The command ended too early.");
            await Task.Delay(20, limit.Token);
        }
    }
}
