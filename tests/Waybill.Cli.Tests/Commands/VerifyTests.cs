using Waybill.Cli.CommandLine;

namespace Waybill.Cli.Tests.Commands;

public sealed class VerifyTests : IDisposable
{
    private readonly Scenario _shop = new();

    public void Dispose() => _shop.Dispose();

    [Fact]
    public async Task Verify_GoodChain_SaysSoOfEachBundle()
    {
        await _shop.CreateFullAsync("a.waybill");
        _shop.Change(0, 5_000, seed: 3);
        await _shop.CreateIncrementalAsync("b.waybill", "a.waybill");

        CliResult result = await _shop.Cli.DoneAsync("bundle", "verify", _shop["b.waybill"]);

        Assert.Contains("b.waybill: complete and intact\n", result.Output, StringComparison.Ordinal);
        Assert.Contains("a.waybill: complete and intact\n", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("first problem", result.Output, StringComparison.Ordinal);
        Assert.Empty(result.Error);
    }

    [Fact]
    public async Task Verify_CutBundle_IsIncomplete()
    {
        await _shop.CreateFullAsync("a.waybill");
        byte[] bundle = await File.ReadAllBytesAsync(_shop["a.waybill"]);
        await File.WriteAllBytesAsync(_shop["a.waybill"], bundle[..^1000]);

        CliResult result = await _shop.FailsAsync(ExitCode.VerificationFailed, "WB1101", "bundle", "verify", _shop["a.waybill"]);

        Assert.Contains("a.waybill: INCOMPLETE\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_DamagedContent_IsNotIntact()
    {
        await _shop.CreateFullAsync("a.waybill", "--codec", "none");
        await DamageAsync("a.waybill");

        CliResult result = await _shop.FailsAsync(ExitCode.VerificationFailed, "WB1105", "bundle", "verify", _shop["a.waybill"]);

        Assert.Contains("NOT INTACT\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_BundleWithTwoDamages_NamesTheFirstAndWhereToFindTheOther()
    {
        await _shop.CreateFullAsync("a.waybill", "--codec", "none");
        byte[] bundle = await File.ReadAllBytesAsync(_shop["a.waybill"]);
        int[] places = [bundle.AsSpan().IndexOf(_shop.Volume.AsSpan(100, 64)), bundle.AsSpan().IndexOf(_shop.Volume.AsSpan(2 << 20, 64))];
        Array.ForEach(places, place => bundle[place] ^= 1);
        await File.WriteAllBytesAsync(_shop["a.waybill"], bundle);

        CliResult verified = await _shop.FailsAsync(ExitCode.VerificationFailed, "WB1105", "bundle", "verify", _shop["a.waybill"]);
        CliResult salvaged = await _shop.Cli.RunAsync("bundle", "salvage", _shop["a.waybill"], "--to", _shop["back"]);

        Assert.Single(verified.Error.Split('\n'), line => line.StartsWith("WB1105", StringComparison.Ordinal));
        Assert.Contains("  checked up to the first problem only; 'waybill bundle salvage FILE --to DIR' finds all", verified.Output, StringComparison.Ordinal);
        Assert.Equal(2, salvaged.Output.Split('\n').Count(line => line.StartsWith("  damaged at ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Verify_DamagedParent_IsFound()
    {
        await _shop.CreateFullAsync("a.waybill", "--codec", "none");
        byte[] old = [.. _shop.Volume];
        _shop.Change(4 << 20, 5_000, seed: 3);
        await _shop.CreateIncrementalAsync("b.waybill", "a.waybill");
        await DamageAsync("a.waybill", old);

        CliResult result = await _shop.FailsAsync(ExitCode.VerificationFailed, "WB1105", "bundle", "verify", _shop["b.waybill"]);

        Assert.Contains("b.waybill: complete and intact\n", result.Output, StringComparison.Ordinal);
        Assert.Contains("NOT INTACT\n", result.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, (await _shop.Cli.RunAsync("bundle", "verify", _shop["b.waybill"], "--alone")).Code);
    }

    [Fact]
    public async Task Verify_WithoutItsParent_FailsButChecksTheRest_AndAloneIsEnough()
    {
        await _shop.CreateFullAsync("a.waybill");
        _shop.Change(0, 5_000, seed: 3);
        await _shop.CreateIncrementalAsync("b.waybill", "a.waybill");
        File.Delete(_shop["a.waybill"]);

        CliResult missing = await _shop.FailsAsync(ExitCode.Failed, "WB1301", "bundle", "verify", _shop["b.waybill"]);
        Assert.Contains("b.waybill: complete and intact\n", missing.Output, StringComparison.Ordinal);
        Assert.Contains("NOT checked: what it inherits", missing.Output, StringComparison.Ordinal);

        CliResult alone = await _shop.Cli.DoneAsync("bundle", "verify", _shop["b.waybill"], "--alone");
        Assert.Contains("NOT checked: what it inherits", alone.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_IncrementalFromAPipe_NeedsAlone()
    {
        await _shop.CreateFullAsync("a.waybill");
        _shop.Change(0, 5_000, seed: 3);
        await _shop.CreateIncrementalAsync("b.waybill", "a.waybill");
        var pipe = new TestCli { Input = await File.ReadAllBytesAsync(_shop["b.waybill"]) };

        Assert.Equal(ExitCode.Failed, (await pipe.RunAsync("bundle", "verify", "-")).Code);
        Assert.Equal(ExitCode.Done, (await pipe.RunAsync("bundle", "verify", "-", "--alone")).Code);
    }

    [Fact]
    public async Task Verify_WhatIsNoBundle_EndsWith3()
    {
        _shop.Write("x.waybill", "hello");

        await _shop.FailsAsync(ExitCode.VerificationFailed, "WB1001", "bundle", "verify", _shop["x.waybill"]);
    }

    [Fact]
    public async Task Verify_WhatIsNotThere_EndsWith1() => await _shop.FailsAsync(ExitCode.Failed, "WB1601", "bundle", "verify", _shop["x.waybill"]);

    [Fact]
    public async Task Verify_WhatCannotBeReadToItsEnd_EndsWith1_AsItIsNotProvedWrong()
    {
        await _shop.CreateFullAsync("a.waybill");
        var pipe = new TestCli { InputStream = new BrokenPipe((await File.ReadAllBytesAsync(_shop["a.waybill"]))[..100_000]) };

        CliResult result = await pipe.RunAsync("bundle", "verify", "-");

        Assert.Equal(ExitCode.Failed, result.Code);
        Assert.Contains("standard input: NOT CHECKED to its end\n", result.Output, StringComparison.Ordinal);
        Assert.StartsWith("WB1601: ", result.Error, StringComparison.Ordinal);
    }

    private async Task DamageAsync(string name, byte[]? volume = null)
    {
        byte[] bundle = await File.ReadAllBytesAsync(_shop[name]);
        bundle[bundle.AsSpan().IndexOf((volume ?? _shop.Volume).AsSpan(1 << 20, 64)) + 10] ^= 1;
        await File.WriteAllBytesAsync(_shop[name], bundle);
    }

    private sealed class BrokenPipe(byte[] bytes) : MemoryStream(bytes)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            await base.ReadAsync(buffer, cancellationToken) is > 0 and var read ? read : throw new IOException("the other end is gone");
    }
}
