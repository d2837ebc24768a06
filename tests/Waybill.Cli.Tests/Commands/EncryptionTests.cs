using System.Text.Json;
using Waybill.Cli.CommandLine;

namespace Waybill.Cli.Tests.Commands;

public sealed class EncryptionTests : IAsyncLifetime, IDisposable
{
    private const string Passphrase = "an-open-secret-for-tests";

    private readonly Scenario _shop = new();
    private readonly List<CliResult> _results = [];

    private string[] Recipients => ["--recipient", _shop["vault.pub"], "--recipient", _shop["escrow.pub"]];

    private string[] Key => ["--key", _shop["vault.key"]];

    public async Task InitializeAsync()
    {
        foreach (string name in new[] { "vault", "escrow", "stranger" })
        {
            await _shop.Cli.DoneAsync("key", "new", "--out", _shop[name + ".key"]);
            _shop.Write(name + ".pub", (await _shop.Cli.DoneAsync("key", "public", _shop[name + ".key"])).Output);
        }
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose()
    {
        string[] secrets = [Passphrase, .. new[] { "vault", "escrow", "stranger" }.SelectMany(name => PrivateLines(_shop[name + ".key"]))];
        string said = string.Concat(_results.Select(result => result.Output + result.Error));
        _shop.Dispose();
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, said, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Bundle_ForTwoKeys_ComesBackWithEither_AndWithNoOther()
    {
        await _shop.CreateFullAsync("a.waybill", Recipients);

        foreach (string name in new[] { "vault", "escrow" })
        {
            await DoneAsync(["bundle", "restore", _shop["a.waybill"], "--to", _shop[name], "--key", _shop[name + ".key"]]);
            Assert.Equal(_shop.Volume, await File.ReadAllBytesAsync(_shop[name + "/volumes/data.img"]));
            Assert.Single(Directory.GetFiles(_shop[name + "/resources"], "*login*"));
        }

        await DoneAsync(["bundle", "verify", _shop["a.waybill"], .. Key]);
        CliResult read = await DoneAsync(["bundle", "read", _shop["a.waybill"], "--volume", "data", "--offset", "4096", "--length", "100", .. Key]);
        Assert.Equal(_shop.Volume[4096..4196], read.Bytes);
        await DoneAsync(["bundle", "salvage", _shop["a.waybill"], "--to", _shop["salvaged"], .. Key]);
        Assert.Equal(_shop.Volume, await File.ReadAllBytesAsync(_shop["salvaged/volumes/data.img"]));

        string[] stranger = ["--key", _shop["stranger.key"]];
        foreach (string[] key in new[] { stranger, [] })
        {
            _results.Add(await _shop.FailsAsync(ExitCode.Failed, "WB1701", ["bundle", "verify", _shop["a.waybill"], .. key]));
            _results.Add(await _shop.FailsAsync(ExitCode.Failed, "WB1701", ["bundle", "restore", _shop["a.waybill"], "--to", _shop["no"], .. key]));
            _results.Add(await _shop.FailsAsync(ExitCode.Failed, "WB1701", ["bundle", "read", _shop["a.waybill"], "--volume", "data", .. key]));
            _results.Add(await _shop.FailsAsync(ExitCode.Failed, "WB1701", ["bundle", "salvage", _shop["a.waybill"], "--to", _shop["no"], .. key]));
        }
    }

    [Fact]
    public async Task Show_WithoutAKey_SaysWhatIsInTheClear_AndWhoseKeyIsNeeded()
    {
        await _shop.CreateFullAsync("a.waybill", [.. Recipients, "--public-tag", "site=north", "--public-tags", "--sign", _shop["vault.key"]]);

        CliResult without = await DoneAsync(["bundle", "show", _shop["a.waybill"]]);
        CliResult with = await DoneAsync(["bundle", "show", _shop["a.waybill"], .. Key]);

        Assert.Contains("P-256 key", without.Output, StringComparison.Ordinal);
        Assert.Contains("site = north", without.Output, StringComparison.Ordinal);
        Assert.Contains("signed by", without.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("OPS-7", without.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("shop\n", without.Output, StringComparison.Ordinal);
        Assert.Contains("the key opens everything", with.Output, StringComparison.Ordinal);
        Assert.Contains("OPS-7", with.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scopes_OpenWhatTheySay()
    {
        await _shop.CreateFullAsync(
            "a.waybill", "--recipient", _shop["vault.pub"], "--recipient-data", _shop["escrow.pub"], "--recipient-metadata", _shop["stranger.pub"]);

        CliResult restored = await DoneAsync(["bundle", "restore", _shop["a.waybill"], "--to", _shop["data"], "--key", _shop["escrow.key"]]);
        CliResult shown = await DoneAsync(["bundle", "show", _shop["a.waybill"], "--key", _shop["stranger.key"]]);
        _results.Add(await _shop.FailsAsync(
            ExitCode.Failed, "WB1704", "bundle", "read", _shop["a.waybill"], "--volume", "data", "--key", _shop["stranger.key"]));

        Assert.Equal(_shop.Volume, await File.ReadAllBytesAsync(_shop["data/volumes/data.img"]));
        Assert.Empty(Directory.GetFiles(_shop["data/resources"], "*login*"));
        Assert.Contains("Secrets", restored.Error, StringComparison.Ordinal);
        Assert.Contains("OPS-7", shown.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("login", shown.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--recipient", "complete and intact", "")]
    [InlineData("--recipient-data", "complete; what the key opens is intact", "secrets")]
    [InlineData("--recipient-metadata", "complete; what the key opens is intact", "block-volume,bytes,secrets")]
    public async Task Verify_WithAKeyOfAScope_SaysWhatWasNotChecked(string recipient, string headline, string left)
    {
        await _shop.CreateFullAsync("a.waybill", "--recipient", _shop["vault.pub"], recipient, _shop["escrow.pub"]);
        string[] verify = ["bundle", "verify", _shop["a.waybill"], "--key", _shop["escrow.key"]];

        CliResult text = await DoneAsync(verify);
        using JsonDocument json = JsonDocument.Parse((await DoneAsync([.. verify, "--json"])).Output);

        Assert.Contains($"a.waybill: {headline}\n", text.Output, StringComparison.Ordinal);
        Assert.Equal(left.Length > 0, text.Output.Contains("  NOT checked, as no key given opens it:\n", StringComparison.Ordinal));
        JsonElement bundle = json.RootElement.GetProperty("bundle");
        IEnumerable<string?> kinds = bundle.GetProperty("unchecked").EnumerateArray().Select(stream => stream.GetProperty("kind").GetString()).Order(StringComparer.Ordinal);
        Assert.Equal(left, string.Join(',', kinds));
        Assert.All(left.Split(',', StringSplitOptions.RemoveEmptyEntries), kind => Assert.Contains($"\n    {kind} ", text.Output, StringComparison.Ordinal));
        Assert.Equal((true, left.Length == 0), (json.RootElement.GetProperty("valid").GetBoolean(), json.RootElement.GetProperty("contentVerified").GetBoolean()));
        Assert.Equal(left.Length == 0, bundle.GetProperty("contentVerified").GetBoolean());
    }

    [Fact]
    public async Task Chain_ThatIsEncrypted_DoesNotBecomeReadableUnasked()
    {
        await _shop.CreateFullAsync("a.waybill", Recipients);
        _shop.Change(0, 5_000, seed: 3);
        string[] create = ["bundle", "create", _shop["b.waybill"], "--app", "shop", "--volume", "data=" + _shop["data.img"], "--parent", _shop["a.waybill"], .. Key];

        CliResult refused = await _shop.Cli.RunAsync(create);
        Assert.Equal(ExitCode.Usage, refused.Code);
        Assert.Contains("--no-encryption", refused.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_shop["b.waybill"]));

        await DoneAsync([.. create, .. Recipients]);
        await DoneAsync(["bundle", "verify", _shop["b.waybill"], .. Key]);

        string[] merge = ["bundle", "merge", _shop["a.waybill"], _shop["b.waybill"], "--out", _shop["m.waybill"], .. Key];
        Assert.Equal(ExitCode.Usage, (await _shop.Cli.RunAsync(merge)).Code);
        await DoneAsync([.. merge, .. Recipients]);
        await DoneAsync(["bundle", "restore", _shop["m.waybill"], "--to", _shop["m"], .. Key]);
        Assert.Equal(_shop.Volume, await File.ReadAllBytesAsync(_shop["m/volumes/data.img"]));
    }

    [Fact]
    public async Task Passphrase_FromAFile_OpensTheBundle()
    {
        _shop.Write("pass", Passphrase + "\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_shop["pass"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        _results.Add(await _shop.CreateFullAsync("a.waybill", "--recipient-passphrase-file", _shop["pass"]));
        await DoneAsync(["bundle", "verify", _shop["a.waybill"], "--passphrase-file", _shop["pass"]]);
        await DoneAsync(["bundle", "show", _shop["a.waybill"], "--json"]);
    }

    [Fact]
    public async Task Rewrap_AndReencrypt_ChangeWhoCanRead()
    {
        await _shop.CreateFullAsync("a.waybill", Recipients);

        await DoneAsync(["bundle", "rewrap", _shop["a.waybill"], "--out", _shop["r.waybill"], "--recipient", _shop["stranger.pub"], .. Key]);
        await DoneAsync(["bundle", "reencrypt", _shop["a.waybill"], "--out", _shop["e.waybill"], "--recipient", _shop["stranger.pub"], .. Key]);
        await DoneAsync(["bundle", "reencrypt", _shop["e.waybill"], "--out", _shop["p.waybill"], "--no-encryption", "--key", _shop["stranger.key"]]);

        foreach (string name in new[] { "r.waybill", "e.waybill" })
        {
            await DoneAsync(["bundle", "verify", _shop[name], "--key", _shop["stranger.key"]]);
            _results.Add(await _shop.FailsAsync(ExitCode.Failed, "WB1701", ["bundle", "verify", _shop[name], .. Key]));
        }

        await DoneAsync(["bundle", "verify", _shop["p.waybill"]]);
        _results.Add(await _shop.FailsAsync(
            ExitCode.Failed, "WB1701", "bundle", "reencrypt", _shop["a.waybill"], "--out", _shop["x.waybill"], "--no-encryption", "--key", _shop["stranger.key"]));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_shop["r.waybill"]));
        }
    }

    private async Task<CliResult> DoneAsync(string[] arguments)
    {
        CliResult result = await _shop.Cli.DoneAsync(arguments);
        _results.Add(result);
        return result;
    }

    private static IEnumerable<string> PrivateLines(string path) =>
        File.ReadLines(path).Where(line => line.Length >= 40 && !line.Contains(' ', StringComparison.Ordinal) && !line.StartsWith('-'));
}
