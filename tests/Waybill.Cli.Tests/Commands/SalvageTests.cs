using System.Text.Json;
using Waybill.Cli.CommandLine;

namespace Waybill.Cli.Tests.Commands;

public sealed class SalvageTests : IDisposable
{
    private readonly Scenario _shop = new();

    public void Dispose() => _shop.Dispose();

    [Fact]
    public async Task Salvage_OfACutBundle_WritesWhatLiesBeforeTheCutAndNamesItPartial()
    {
        await _shop.CreateFullAsync();
        await CutAsync(0.6);

        CliResult result = await _shop.Cli.RunAsync("bundle", "salvage", _shop["full.waybill"], "--to", _shop["back"]);

        Assert.Equal(ExitCode.VerificationFailed, result.Code);
        Assert.Contains("full.waybill: INCOMPLETE, shop, ", result.Output, StringComparison.Ordinal);
        Assert.Contains("; where it ends is not known", result.Output, StringComparison.Ordinal);
        byte[] salvaged = await File.ReadAllBytesAsync(_shop["back/volumes/data.img.partial"]);
        Assert.InRange(salvaged.Length, 1 << 20, 3 << 20);
        Assert.Equal(_shop.Volume[..salvaged.Length], salvaged);
        Assert.False(File.Exists(_shop["back/volumes/data.img"]));
    }

    [Fact]
    public async Task Salvage_OfABundleWithOneWrongByte_LosesOneCellOnly()
    {
        await _shop.CreateFullAsync();
        byte[] bundle = await File.ReadAllBytesAsync(_shop["full.waybill"]);
        int place = bundle.AsSpan().IndexOf(_shop.Volume.AsSpan(1_500_000, 64));
        Assert.True(place > 0, "noise is stored as it is");
        bundle[place] ^= 1;
        await File.WriteAllBytesAsync(_shop["full.waybill"], bundle);

        CliResult result = await _shop.Cli.RunAsync("bundle", "salvage", _shop["full.waybill"], "--to", _shop["back"]);

        Assert.Equal(ExitCode.VerificationFailed, result.Code);
        Assert.Contains("full.waybill: DAMAGED, shop, ", result.Output, StringComparison.Ordinal);
        Assert.Equal((1 << 20, 1 << 20), FirstMissing("back/volumes/data.img.partial.missing"));
        byte[] expected = [.. _shop.Volume];
        expected.AsSpan(1 << 20, 1 << 20).Clear();
        Assert.Equal(expected, await File.ReadAllBytesAsync(_shop["back/volumes/data.img.partial"]));
        Assert.Equal(_shop.Dump, await File.ReadAllBytesAsync(_shop["back/bytes/dump.sql"]));
        Assert.Equal(3, Directory.GetFiles(_shop["back/resources"]).Length);
    }

    [Fact]
    public async Task Salvage_OfAGoodBundle_GivesEverythingAndEndsWell()
    {
        await _shop.CreateFullAsync();

        CliResult result = await _shop.Cli.DoneAsync("bundle", "salvage", _shop["full.waybill"], "--to", _shop["back"]);

        Assert.Contains("full.waybill: complete, shop, ", result.Output, StringComparison.Ordinal);
        Assert.Contains(" verified\n", result.Output, StringComparison.Ordinal);
        Assert.Equal(_shop.Volume, await File.ReadAllBytesAsync(_shop["back/volumes/data.img"]));
        Assert.Equal(_shop.Dump, await File.ReadAllBytesAsync(_shop["back/bytes/dump.sql"]));
    }

    [Fact]
    public async Task Salvage_OfAnIncremental_IsWholeOnlyWithItsParent()
    {
        await _shop.CreateFullAsync("a.waybill");
        _shop.Change(100_000, 5_000, seed: 3);
        await _shop.CreateIncrementalAsync("b.waybill", "a.waybill");

        await _shop.Cli.DoneAsync("bundle", "salvage", _shop["b.waybill"], "--to", _shop["with"]);
        File.Delete(_shop["a.waybill"]);
        CliResult without = await _shop.Cli.RunAsync("bundle", "salvage", _shop["b.waybill"], "--to", _shop["without"]);

        Assert.Equal(_shop.Volume, await File.ReadAllBytesAsync(_shop["with/volumes/data.img"]));
        Assert.Equal(ExitCode.VerificationFailed, without.Code);
        Assert.Contains("waybill: without the parent: WB1301", without.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(_shop["without/volumes/data.img.partial"]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Salvage_OfDamagedDefinitions_SaysThatTheyAreNotWhole_AndKeepsTheSecrets(bool json)
    {
        await _shop.CreateFullAsync("full.waybill", "--codec", "none");
        byte[] bundle = await File.ReadAllBytesAsync(_shop["full.waybill"]);
        bundle[bundle.AsSpan().IndexOf("# the web tier"u8)] ^= 1;
        await File.WriteAllBytesAsync(_shop["full.waybill"], bundle);

        CliResult result = await _shop.Cli.RunAsync(["bundle", "salvage", _shop["full.waybill"], "--to", _shop["back"], .. json ? new[] { "--json" } : []]);

        Assert.Equal(ExitCode.VerificationFailed, result.Code);
        if (json)
        {
            JsonElement[] definitions = [.. JsonDocument.Parse(result.Output).RootElement.GetProperty("salvaged").EnumerateArray().Where(s => s.GetProperty("kind").GetString() == "resources")];
            Assert.Equal([("resources", false, 0), ("secrets", true, 1)], definitions.Select(s => (s.GetProperty("name").GetString(), s.GetProperty("whole").GetBoolean(), s.GetProperty("entries").GetInt32())));
        }
        else
        {
            Assert.Contains("0 objects; NOT whole", result.Output, StringComparison.Ordinal);
            Assert.Contains("1 object\n", result.Output, StringComparison.Ordinal);
        }

        Assert.Equal("login", Assert.Single(Directory.GetFiles(_shop["back/resources"])).Split('-')[^1].Split('.')[0]);
        Assert.Equal(_shop.Volume, await File.ReadAllBytesAsync(_shop["back/volumes/data.img"]));
    }

    [Fact]
    public async Task Salvage_FromStandardInput_NeedsNoFile()
    {
        await _shop.CreateFullAsync();
        var pipe = new TestCli { Input = (await File.ReadAllBytesAsync(_shop["full.waybill"]))[..2_000_000] };

        CliResult result = await pipe.RunAsync("bundle", "salvage", "-", "--to", _shop["back"]);

        Assert.Equal(ExitCode.VerificationFailed, result.Code);
        Assert.Contains("-: INCOMPLETE, shop, ", result.Output, StringComparison.Ordinal);
        byte[] salvaged = await File.ReadAllBytesAsync(_shop["back/volumes/data.img.partial"]);
        Assert.Equal(_shop.Volume[..salvaged.Length], salvaged);
        Assert.True(salvaged.Length > 0);
    }

    [Fact]
    public async Task Salvage_WithoutATarget_IsAUsageError()
    {
        await _shop.CreateFullAsync();

        Assert.Equal(ExitCode.Usage, (await _shop.Cli.RunAsync("bundle", "salvage", _shop["full.waybill"])).Code);
    }

    [Fact]
    public async Task Salvage_OfWhatIsNoBundle_IsRefused()
    {
        _shop.Write("noise.waybill", new string('x', 100_000));

        await _shop.FailsAsync(ExitCode.VerificationFailed, "WB1001", "bundle", "salvage", _shop["noise.waybill"], "--to", _shop["back"]);
    }

    [Fact]
    public async Task Salvage_OverWhatExists_IsRefused()
    {
        await _shop.CreateFullAsync();
        _shop.Write("back/volumes/data.img", "precious");

        CliResult result = await _shop.Cli.RunAsync("bundle", "salvage", _shop["full.waybill"], "--to", _shop["back"]);

        Assert.Equal(ExitCode.Failed, result.Code);
        Assert.Contains("WB1603", result.Error, StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(_shop["back/volumes/data.img"]));
    }

    [Fact]
    public async Task Salvage_AsJson_SaysTheSame()
    {
        await _shop.CreateFullAsync();
        await CutAsync(0.6);

        CliResult result = await _shop.Cli.RunAsync("bundle", "salvage", _shop["full.waybill"], "--to", _shop["back"], "--json");

        Assert.Equal(ExitCode.VerificationFailed, result.Code);
        JsonElement report = JsonDocument.Parse(result.Output).RootElement;
        Assert.False(report.GetProperty("whole").GetBoolean());
        Assert.False(report.GetProperty("hasTrailer").GetBoolean());
        Assert.Equal("shop", report.GetProperty("application").GetString());
        JsonElement volume = report.GetProperty("salvaged").EnumerateArray().Single(salvaged => salvaged.GetProperty("kind").GetString() == "volume");
        Assert.False(volume.GetProperty("whole").GetBoolean());
        Assert.Equal(_shop["back/volumes/data.img.partial"], volume.GetProperty("path").GetString());
        Assert.InRange(volume.GetProperty("bytes").GetInt64(), 1 << 20, 3 << 20);
    }

    private async Task CutAsync(double part)
    {
        byte[] bundle = await File.ReadAllBytesAsync(_shop["full.waybill"]);
        await File.WriteAllBytesAsync(_shop["full.waybill"], bundle[..(int)(bundle.Length * part)]);
    }

    private (int Offset, int Length) FirstMissing(string name)
    {
        string[] line = File.ReadLines(_shop[name]).First().Split(' ');
        Assert.Equal("Unknown", line[2]);
        return (int.Parse(line[0], System.Globalization.CultureInfo.InvariantCulture), int.Parse(line[1], System.Globalization.CultureInfo.InvariantCulture));
    }
}
