using System.Text.Json;
using Waybill.Cli.CommandLine;

namespace Waybill.Cli.Tests.Commands;

/// <summary>Whoever keeps a bundle and has no key can tell whether it is still what was signed.</summary>
public sealed class VerifyStorageTests : IAsyncLifetime, IDisposable
{
    private readonly Scenario _shop = new();

    public async Task InitializeAsync()
    {
        foreach (string name in new[] { "vault", "other" })
        {
            await _shop.Cli.DoneAsync("key", "new", "--out", _shop[name + ".key"]);
            _shop.Write(name + ".pub", (await _shop.Cli.DoneAsync("key", "public", _shop[name + ".key"])).Output);
        }
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _shop.Dispose();

    [Fact]
    public async Task SealedBundle_WithoutAKey_IsTrustedByItsSignerOnly()
    {
        await SealAsync("--sign", _shop["vault.key"]);

        CliResult trusted = await VerifyAsync(ExitCode.Done, "--trust", _shop["vault.pub"]);
        CliResult unasked = await VerifyAsync(ExitCode.Done);
        CliResult untrusted = await VerifyAsync(ExitCode.VerificationFailed, "--trust", _shop["other.pub"]);

        Assert.Contains("a.waybill: stored complete and intact\n", trusted.Output, StringComparison.Ordinal);
        Assert.Contains("signatures: valid", trusted.Output, StringComparison.Ordinal);
        Assert.Contains("NOT checked: what it holds", trusted.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("content", trusted.Output, StringComparison.Ordinal);
        Assert.Contains("not checked: no --trust", unasked.Output, StringComparison.Ordinal);
        Assert.Contains("NOT TRUSTED", untrusted.Output, StringComparison.Ordinal);
        Assert.StartsWith("WB1707: ", untrusted.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnsignedBundle_IsRefusedOnDemand_UntilItsStorageIsSignedBesideIt()
    {
        await SealAsync();

        Assert.Contains("nobody's was asked for", (await VerifyAsync(ExitCode.Done)).Output, StringComparison.Ordinal);
        Assert.StartsWith("WB1706: ", (await VerifyAsync(ExitCode.VerificationFailed, "--trust", _shop["vault.pub"])).Error, StringComparison.Ordinal);
        await _shop.Cli.DoneAsync("bundle", "sign", _shop["a.waybill"], "--sign", _shop["vault.key"], "--key", _shop["vault.key"]);
        await VerifyAsync(ExitCode.Done, "--trust", _shop["vault.pub"]);
    }

    [Fact]
    public async Task CopyForOtherRecipients_IsNotTheStorageThatWasSigned()
    {
        await SealAsync("--sign", _shop["vault.key"]);
        await _shop.Cli.DoneAsync(
            "bundle", "rewrap", _shop["a.waybill"], "--out", _shop["b.waybill"], "--recipient", _shop["other.pub"], "--key", _shop["vault.key"]);
        await _shop.Cli.DoneAsync("bundle", "sign", _shop["a.waybill"], "--sign", _shop["vault.key"], "--key", _shop["vault.key"]);
        File.Move(_shop["a.waybill.sig"], _shop["b.waybill.sig"]);

        CliResult result = await _shop.Cli.RunAsync("bundle", "verify", _shop["b.waybill"], "--storage-only", "--trust", _shop["vault.pub"]);

        Assert.Equal(ExitCode.VerificationFailed, result.Code);
        Assert.StartsWith("WB1705: ", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, "WB1105: ", "NOT INTACT")]
    [InlineData(true, "WB1101: ", "INCOMPLETE")]
    public async Task Damage_IsFound_WithoutAKey(bool cut, string code, string state)
    {
        await SealAsync();
        byte[] bundle = await File.ReadAllBytesAsync(_shop["a.waybill"]);
        if (!cut)
        {
            bundle[bundle.Length / 2] ^= 1;
        }

        await File.WriteAllBytesAsync(_shop["a.waybill"], cut ? bundle[..^1000] : bundle);

        CliResult result = await VerifyAsync(ExitCode.VerificationFailed);

        Assert.StartsWith(code, result.Error, StringComparison.Ordinal);
        Assert.Contains($"a.waybill: {state}\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FromAPipe_AsJson_SaysThatOnlyStorageWasChecked()
    {
        await SealAsync("--sign", _shop["vault.key"]);
        var pipe = new TestCli { Input = await File.ReadAllBytesAsync(_shop["a.waybill"]) };

        CliResult result = await pipe.DoneAsync("bundle", "verify", "-", "--storage-only", "--trust", _shop["vault.pub"], "--json");

        JsonElement report = JsonDocument.Parse(result.Output).RootElement;
        Assert.Equal(("storage", true), (report.GetProperty("checked").GetString(), report.GetProperty("valid").GetBoolean()));
        JsonElement signatures = report.GetProperty("signatures");
        Assert.Equal(
            ("valid", null, "valid"), (signatures.GetProperty("outcome").GetString(), signatures.GetProperty("content").GetString(), signatures.GetProperty("storage").GetString()));
        Assert.All(signatures.GetProperty("signatures").EnumerateArray(), signature => Assert.Equal("storage", signature.GetProperty("statement").GetString()));
    }

    [Theory]
    [InlineData("--alone")]
    [InlineData("--parents", ".")]
    [InlineData("--key", "vault.key")]
    [InlineData("--passphrase")]
    [InlineData("--trust", "vault.pub", "--require-storage")]
    public async Task WithWhatItDoesNotNeed_IsAUsageError(params string[] more)
    {
        CliResult result = await VerifyAsync(ExitCode.Usage, more);

        Assert.Contains("--storage-only", result.Error, StringComparison.Ordinal);
    }

    private Task<CliResult> SealAsync(params string[] more) => _shop.CreateFullAsync("a.waybill", ["--recipient", _shop["vault.pub"], .. more]);

    private async Task<CliResult> VerifyAsync(int code, params string[] more)
    {
        CliResult result = await _shop.Cli.RunAsync(["bundle", "verify", _shop["a.waybill"], "--storage-only", .. more]);
        Assert.True(result.Code == code, $"ended with {result.Code}:\n{result.Error}{result.Output}");
        return result;
    }
}
