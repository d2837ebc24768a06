using System.Text.Json;
using Waybill.Cli.Tests.Processes;
using Waybill.Local.Tests.Quiescing;

namespace Waybill.Cli.Tests.Engines;

/// <summary>Real processes are killed at moments that a seed chooses. Whatever they leave is swept, and what comes after is whole.</summary>
public sealed class KillLoopTests
{
    private const int Mebibytes = 12;
    private const int Rounds = 5;

    /// <summary>More lines than a run writes: the last moments fall behind its end, when there must be nothing left to kill.</summary>
    private const int MostLedgerLines = 14;

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Protect_KilledAtAnyMoment_IsSwept_AndTheNextPointIsWhole(int seed)
    {
        var random = new Random(seed);
        await using ReflinkScenario shop = await ReflinkScenario.CreateAsync("xfs", Mebibytes);
        await shop.JsonAsync("app-protect.json", "app", "protect", "shop");
        int killed = 0;
        for (int round = 0; round < Rounds; round++)
        {
            await ChangeAsync(shop, random);
            Moment moment = Moment.Choose(random);
            killed += await ProtectAndKillAsync(shop, moment) ? 1 : 0;

            JsonElement swept = await shop.JsonAsync("ledger-sweep.json", "ledger", "sweep");
            Assert.True(swept.GetProperty("problems").GetArrayLength() == 0, $"round {round}, {moment}: {swept}");
            await MustLeaveNothingAsync(shop, $"round {round}, {moment}");

            await ChangeAsync(shop, random);
            JsonElement next = await shop.JsonAsync("app-protect.json", "app", "protect", "shop");
            Assert.Equal(0, next.GetProperty("cleanupProblems").GetArrayLength());
            await shop.MustHoldDisksAsync(next.GetProperty("file").GetString()!);
            await MustLeaveNothingAsync(shop, $"after round {round}, {moment}");
        }

        Assert.True(killed >= Rounds / 3, $"Only {killed} of {Rounds} runs were killed before they ended.");
        foreach (string bundle in Directory.GetFiles(shop["store"], "*.waybill"))
        {
            await shop.Cli.DoneAsync("bundle", "verify", bundle);
        }
    }

    [SkippableFact]
    public async Task Protect_KilledWhileItCopies_GoesOnFromWhatWasStored()
    {
        await using ReflinkScenario shop = await ReflinkScenario.CreateAsync("xfs", 48);
        Assert.True(await ProtectAndKillAsync(shop, new Moment(int.MaxValue, 8 << 20)), "The run ended before it could be killed.");

        JsonElement next = await shop.JsonAsync("app-protect.json", "app", "protect", "shop");

        Assert.True(next.GetProperty("resumedBytes").GetInt64() > 0, next.ToString());
        await shop.MustHoldDisksAsync(next.GetProperty("file").GetString()!);
        await MustLeaveNothingAsync(shop, "after going on");
    }

    private static async Task ChangeAsync(ReflinkScenario shop, Random random)
    {
        foreach (string disk in (string[])["a", "b"])
        {
            for (int i = 0; i < 4; i++)
            {
                var content = new byte[random.Next(1, 400_000)];
                random.NextBytes(content);
                await shop.WriteAsync(disk, random.Next((Mebibytes << 20) - content.Length), content);
            }
        }
    }

    private static async Task<bool> ProtectAndKillAsync(ReflinkScenario shop, Moment moment)
    {
        using WaybillProcess run = WaybillProcess.Start("app", "protect", "shop", "--config", shop.Config);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!run.HasExited && !moment.HasCome(shop))
        {
            await Task.Delay(1, limit.Token);
        }

        run.KillAlone();
        string error = await run.WaitAsync();
        Assert.True(run.ExitCode is 0 or 137, $"The run ended with {run.ExitCode}: {error}");
        return run.ExitCode != 0;
    }

    private static async Task MustLeaveNothingAsync(ReflinkScenario shop, string when)
    {
        Assert.Equal($"nothing is open in {shop["state"]}\n", (await shop.Cli.DoneAsync("ledger", "list", "--config", shop.Config)).Output);
        await QuiesceMachine.UntilAsync(() => Task.FromResult(!File.Exists(shop.Held)), $"{when}: the application went on");
        string[] ledgers = Directory.GetFiles(shop["state/ledger"]);
        Assert.True(ledgers.Length == 0, $"{when}: {string.Join(", ", ledgers)}");
        string[] unfinished = Directory.GetFiles(shop["store"], ".*");
        Assert.True(unfinished.Length == 0, $"{when}: {string.Join(", ", unfinished)}");

        // The two that the newest point's successor is computed from.
        Assert.True(Directory.GetFiles(shop["pool/snapshots"]).Length == 2, $"{when}: {string.Join(", ", Directory.GetFiles(shop["pool/snapshots"]))}");
    }

    /// <summary>A moment of a run: so many lines are in its ledger, or so many bytes of its bundle are written.</summary>
    private sealed record Moment(int LedgerLines, long StoredBytes)
    {
        public static Moment Choose(Random random) =>
            random.Next(3) == 0 ? new Moment(int.MaxValue, random.Next(1 << 20)) : new Moment(random.Next(1, MostLedgerLines), long.MaxValue);

        public bool HasCome(ReflinkScenario shop)
        {
            try
            {
                return LedgerLines < int.MaxValue
                    ? Directory.EnumerateFiles(shop["state/ledger"], "*.ledger").Any(path => File.ReadLines(path).Count() >= LedgerLines)
                    : Directory.EnumerateFiles(shop["store"], ".*").Any(path => new FileInfo(path).Length >= StoredBytes);
            }
            catch (IOException)
            {
                // Not there yet, or gone meanwhile.
                return false;
            }
        }
    }
}
