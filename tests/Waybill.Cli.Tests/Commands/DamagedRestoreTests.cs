using System.Text.Json;
using Waybill.Cli.CommandLine;

namespace Waybill.Cli.Tests.Commands;

/// <summary>After a disaster one damaged volume must not keep all the others from coming back.</summary>
public sealed class DamagedRestoreTests : IAsyncLifetime, IDisposable
{
    private readonly Scenario _shop = new();

    public async Task InitializeAsync()
    {
        byte[] other = new byte[2_000_000];
        new Random(7).NextBytes(other);
        await File.WriteAllBytesAsync(_shop["other.img"], other);
        await _shop.CreateFullAsync("a.waybill", "--codec", "none", "--volume", "other=" + _shop["other.img"]);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _shop.Dispose();

    [Fact]
    public async Task Restore_WithADamagedVolume_BringsBackTheRest_AndLeavesNothingOfItUnderItsName()
    {
        await DamageAsync(_shop.Volume.AsMemory(1 << 20, 64));

        CliResult result = await _shop.Cli.RunAsync("bundle", "restore", _shop["a.waybill"], "--to", _shop["back"]);

        Assert.Equal(ExitCode.VerificationFailed, result.Code);
        Assert.StartsWith("WB1105: ", result.Error, StringComparison.Ordinal);
        Assert.Contains("waybill: volume 'data' was not restored", result.Error, StringComparison.Ordinal);
        Assert.Contains("  NOT restored: volume data: WB1105\n", result.Output, StringComparison.Ordinal);
        Assert.Equal([_shop["back/volumes/other.img"]], Directory.EnumerateFileSystemEntries(_shop["back/volumes"]));
        Assert.Equal(await File.ReadAllBytesAsync(_shop["other.img"]), await File.ReadAllBytesAsync(_shop["back/volumes/other.img"]));
        Assert.Equal(_shop.Dump, await File.ReadAllBytesAsync(_shop["back/bytes/dump.sql"]));
        Assert.Equal(3, Directory.GetFiles(_shop["back/resources"]).Length);
    }

    [Fact]
    public async Task Restore_WithEverythingDamagedThatWasAskedFor_SaysWhatAndRestoresNothing()
    {
        await DamageAsync(_shop.Volume.AsMemory(1 << 20, 64));
        await DamageAsync(_shop.Dump.AsMemory(100, 64));

        CliResult result = await _shop.Cli.RunAsync("bundle", "restore", _shop["a.waybill"], "--to", _shop["back"], "--volume", "data", "--bytes", "dump.sql");

        Assert.Equal(ExitCode.VerificationFailed, result.Code);
        Assert.DoesNotContain("verified", result.Output, StringComparison.Ordinal);
        Assert.Equal(2, result.Output.Split("NOT restored: ").Length - 1);
        Assert.Empty(Directory.EnumerateFiles(_shop["back"], "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Restore_WithDamagedDefinitions_BringsBackTheVolumes()
    {
        await DamageAsync("# the web tier"u8.ToArray());

        CliResult result = await _shop.Cli.RunAsync("bundle", "restore", _shop["a.waybill"], "--to", _shop["back"]);

        Assert.Equal(ExitCode.VerificationFailed, result.Code);
        Assert.Contains("the definitions were not restored", result.Error, StringComparison.Ordinal);
        Assert.Equal(_shop.Volume, await File.ReadAllBytesAsync(_shop["back/volumes/data.img"]));
        Assert.Equal(["bytes", "volumes"], Directory.EnumerateFileSystemEntries(_shop["back"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Restore_WithATargetThatFails_EndsAtOnce()
    {
        Directory.CreateDirectory(_shop["back"]);
        _shop.Write("back/volumes", "a file where the directory should be");

        CliResult result = await _shop.Cli.RunAsync("bundle", "restore", _shop["a.waybill"], "--to", _shop["back"]);

        Assert.Equal(ExitCode.Failed, result.Code);
        Assert.StartsWith("WB1602: ", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
        Assert.False(Path.Exists(_shop["back/bytes"]));
    }

    [Fact]
    public async Task Restore_WithADamagedVolume_AsJson_NamesIt()
    {
        await DamageAsync(_shop.Volume.AsMemory(1 << 20, 64));

        CliResult result = await _shop.Cli.RunAsync("bundle", "restore", _shop["a.waybill"], "--to", _shop["back"], "--json");

        JsonElement report = JsonDocument.Parse(result.Output).RootElement;
        JsonElement lost = Assert.Single(report.GetProperty("notRestored").EnumerateArray());
        Assert.Equal(("volume", "data"), (lost.GetProperty("kind").GetString(), lost.GetProperty("name").GetString()));
        Assert.Equal("WB1105", lost.GetProperty("problem").GetProperty("code").GetString());
        Assert.Equal(["other", "dump.sql", "resources"], report.GetProperty("restored").EnumerateArray().Select(part => part.GetProperty("name").GetString()));
    }

    private async Task DamageAsync(ReadOnlyMemory<byte> content)
    {
        byte[] bundle = await File.ReadAllBytesAsync(_shop["a.waybill"]);
        bundle[bundle.AsSpan().IndexOf(content.Span)] ^= 1;
        await File.WriteAllBytesAsync(_shop["a.waybill"], bundle);
    }
}
