using Waybill.Cli.CommandLine;

namespace Waybill.Cli.Tests.Commands;

public sealed class ReadAndMergeTests : IDisposable
{
    private readonly Scenario _shop = new();

    public void Dispose() => _shop.Dispose();

    [Theory]
    [InlineData("0", "1")]
    [InlineData("1000000", "1200000")]
    [InlineData("1MiB", "1M")]
    [InlineData("5M", "12345")]
    [InlineData("5255225", "0")]
    public async Task Read_ARange_GivesItsBytes(string offset, string length)
    {
        await MakeChainAsync();
        Assert.True(Waybill.Cli.Terminal.SizeText.TryParse(offset, out long first));
        Assert.True(Waybill.Cli.Terminal.SizeText.TryParse(length, out long count));

        CliResult result = await _shop.Cli.DoneAsync("bundle", "read", _shop["c.waybill"], "--volume", "data", "--offset", offset, "--length", length);

        Assert.Equal(_shop.Volume.AsSpan((int)first, (int)count).ToArray(), result.Bytes);
    }

    [Fact]
    public async Task Read_WithoutARange_GivesEverything()
    {
        await MakeChainAsync();

        Assert.Equal(_shop.Volume, (await _shop.Cli.DoneAsync("bundle", "read", _shop["c.waybill"], "--volume", "data")).Bytes);
        Assert.Equal(_shop.Dump, (await _shop.Cli.DoneAsync("bundle", "read", _shop["a.waybill"], "--bytes", "dump.sql")).Bytes);
    }

    [Fact]
    public async Task Read_BehindTheEnd_IsRefused()
    {
        await MakeChainAsync();

        await _shop.FailsAsync(ExitCode.Failed, "WB1502", "bundle", "read", _shop["c.waybill"], "--volume", "data", "--offset", "5255225", "--length", "1");
        await _shop.FailsAsync(ExitCode.Failed, "WB1502", "bundle", "read", _shop["c.waybill"], "--volume", "data", "--offset", "6M");
        await _shop.FailsAsync(ExitCode.Failed, "WB1501", "bundle", "read", _shop["c.waybill"], "--volume", "Data");
    }

    [Fact]
    public async Task Merge_OfAChainInAnyOrder_IsAFullBundleOfTheNewestPoint()
    {
        await MakeChainAsync();

        CliResult merged = await _shop.Cli.DoneAsync("bundle", "merge", _shop["b.waybill"], _shop["c.waybill"], _shop["a.waybill"], "--out", _shop["m.waybill"]);
        foreach (string name in new[] { "a", "b", "c" })
        {
            File.Delete(_shop[name + ".waybill"]);
        }

        Assert.Contains("full, bundle ", merged.Output, StringComparison.Ordinal);
        await _shop.VerifyAsync("m.waybill");
        await _shop.Cli.DoneAsync("bundle", "restore", _shop["m.waybill"], "--to", _shop["back"]);
        Assert.Equal(_shop.Volume, await File.ReadAllBytesAsync(_shop["back/volumes/data.img"]));
    }

    [Fact]
    public async Task Merge_OfTheNewestPart_StillBuildsOnTheOldest()
    {
        await MakeChainAsync();

        await _shop.Cli.DoneAsync("bundle", "merge", _shop["b.waybill"], _shop["c.waybill"], "--out", _shop["bc.waybill"]);
        File.Delete(_shop["b.waybill"]);
        File.Delete(_shop["c.waybill"]);

        await _shop.Cli.DoneAsync("bundle", "restore", _shop["bc.waybill"], "--to", _shop["back"]);
        Assert.Equal(_shop.Volume, await File.ReadAllBytesAsync(_shop["back/volumes/data.img"]));
    }

    [Fact]
    public async Task Merge_WithAGapOrAFork_IsRefused()
    {
        await MakeChainAsync();
        _shop.Change(9, 9, seed: 9);
        await _shop.CreateIncrementalAsync("fork.waybill", "b.waybill");

        await _shop.FailsAsync(ExitCode.Failed, "WB1403", "bundle", "merge", _shop["a.waybill"], _shop["c.waybill"], "--out", _shop["m.waybill"]);
        await _shop.FailsAsync(ExitCode.Failed, "WB1403", "bundle", "merge", _shop["b.waybill"], _shop["c.waybill"], _shop["fork.waybill"], "--out", _shop["m.waybill"]);
        await _shop.FailsAsync(ExitCode.Failed, "WB1403", "bundle", "merge", _shop["a.waybill"], _shop["a.waybill"], "--out", _shop["m.waybill"]);
    }

    private async Task MakeChainAsync()
    {
        await _shop.CreateFullAsync("a.waybill");
        _shop.Change(100_000, 5_000, seed: 3);
        await _shop.CreateIncrementalAsync("b.waybill", "a.waybill");
        _shop.Change(4 << 20, 20_000, seed: 4);
        await _shop.CreateIncrementalAsync("c.waybill", "b.waybill");
    }
}
