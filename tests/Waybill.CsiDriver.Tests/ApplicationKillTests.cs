using System.Diagnostics;
using System.Security.Cryptography;
using Waybill.CsiDriver.Tests.Support;

namespace Waybill.CsiDriver.Tests;

/// <summary>The coordinator of a cluster's backup is killed: nothing it made stays, nothing it held stays held, and nothing it stored is lost.</summary>
public sealed class ApplicationKillTests
{
    private const int Kills = 3;

    [SkippableFact]
    public async Task Protect_KilledAtAnyMoment_LeavesNothing_AndTheNextPointIsWhole()
    {
        await using ApplicationLab lab = await ApplicationLab.StartAsync();
        byte[] content = RandomNumberGenerator.GetBytes(4 << 20);
        await lab.Volume.UpAsync();
        BlockContent.Write(lab.Volume, 0, content);
        long begun = Stopwatch.GetTimestamp();
        await lab.Command.RunAsync("app", "protect", "shop", "--as", "shop-of-prod");
        TimeSpan whole = Stopwatch.GetElapsedTime(begun);
        var random = new Random(20261128);

        for (int kill = 0; kill < Kills; kill++)
        {
            RandomNumberGenerator.Fill(content.AsSpan(kill << 16, 1 << 16));
            BlockContent.Write(lab.Volume, kill << 16, content[(kill << 16)..((kill + 1) << 16)]);

            // The program itself takes the first half of the time to start.
            await lab.Command.KillAsync(whole * (0.4 + (0.6 * (kill + random.NextDouble()) / Kills)), "app", "protect", "shop", "--as", "shop-of-prod");

            // Nobody has to come by for the application to go on.
            await ApplicationLab.UntilAsync(() => !lab.IsHeld);
            await lab.Command.RunAsync("ledger", "sweep");
            Assert.Empty((await lab.Command.RunAsync("ledger", "list")).GetProperty("runs").EnumerateArray());
            await ApplicationLab.UntilAsync(() => lab.Snapshots("shop").Length == 1);
        }

        await lab.Command.RunAsync("app", "protect", "shop", "--as", "shop-of-prod");
        await lab.Volume.DownAsync();
        await lab.Command.RunAsync("app", "restore", "shop-of-prod", "--to-namespace", "shop-again");

        TestVolume again = TestVolume.Of(lab.Driver, lab.HandleOf("shop-again", "data"), "again", TestVolume.Block());
        await again.UpAsync();
        Assert.True(BlockContent.Read(again, content.Length).AsSpan().SequenceEqual(content), "the restored volume is not the newest point");
        await again.DownAsync();
    }
}
