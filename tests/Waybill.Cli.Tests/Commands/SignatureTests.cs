using System.Text.Json;
using Waybill.Cli.CommandLine;

namespace Waybill.Cli.Tests.Commands;

public sealed class SignatureTests : IAsyncLifetime, IDisposable
{
    private readonly Scenario _shop = new();

    public async Task InitializeAsync()
    {
        foreach (string name in new[] { "sign", "other" })
        {
            await _shop.Cli.DoneAsync("key", "new", "--kind", "sign", "--out", _shop[name + ".key"]);
            _shop.Write(name + ".pub", (await _shop.Cli.DoneAsync("key", "public", _shop[name + ".key"])).Output);
        }
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose()
    {
        _shop.Dispose();
    }

    [Fact]
    public async Task SignedBundle_IsTrustedByItsKeyOnly()
    {
        await _shop.CreateFullAsync("a.waybill", "--sign", _shop["sign.key"]);

        CliResult trusted = await VerifyAsync(ExitCode.Done, "--trust", _shop["sign.pub"], "--require-storage");
        CliResult unasked = await VerifyAsync(ExitCode.Done);
        CliResult untrusted = await VerifyAsync(ExitCode.VerificationFailed, "--trust", _shop["other.pub"]);

        Assert.Contains("signatures: valid", trusted.Output, StringComparison.Ordinal);
        Assert.Contains("not checked: no --trust", unasked.Output, StringComparison.Ordinal);
        Assert.Contains("signed by key", unasked.Output, StringComparison.Ordinal);
        Assert.Contains("UNTRUSTED", untrusted.Output, StringComparison.Ordinal);
        Assert.StartsWith("WB1707: ", untrusted.Error, StringComparison.Ordinal);
        await _shop.FailsAsync(ExitCode.VerificationFailed, "WB1707", "bundle", "restore", _shop["a.waybill"], "--to", _shop["no"], "--trust", _shop["other.pub"]);
        CliResult read = await _shop.FailsAsync(
            ExitCode.VerificationFailed, "WB1707", "bundle", "read", _shop["a.waybill"], "--volume", "data", "--trust", _shop["other.pub"]);
        Assert.Empty(read.Bytes);
        await _shop.Cli.DoneAsync("bundle", "restore", _shop["a.waybill"], "--to", _shop["yes"], "--trust", _shop["sign.pub"]);
    }

    [Fact]
    public async Task UnsignedBundle_IsRefusedOnDemand_UntilItIsSignedBesideIt()
    {
        await _shop.CreateFullAsync("a.waybill");
        string[] trust = ["--trust", _shop["sign.pub"], "--trust", _shop["other.pub"], "--threshold", "2"];

        Assert.StartsWith("WB1706: ", (await VerifyAsync(ExitCode.VerificationFailed, trust)).Error, StringComparison.Ordinal);
        await _shop.Cli.DoneAsync("bundle", "sign", _shop["a.waybill"], "--sign", _shop["sign.key"]);
        Assert.StartsWith("WB1707: ", (await VerifyAsync(ExitCode.VerificationFailed, trust)).Error, StringComparison.Ordinal);
        await _shop.Cli.DoneAsync("bundle", "sign", _shop["a.waybill"], "--sign", _shop["other.key"], "--detached");
        await VerifyAsync(ExitCode.Done, trust);

        File.Move(_shop["a.waybill.sig"], _shop["elsewhere"]);
        await VerifyAsync(ExitCode.VerificationFailed, trust);
        await VerifyAsync(ExitCode.Done, [.. trust, "--signatures", _shop["elsewhere"]]);
        Assert.DoesNotContain(_shop.Names(), name => name.Contains("sig.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task SignaturesOfAnotherBundle_ProveNothing()
    {
        await _shop.CreateFullAsync("a.waybill");
        await _shop.CreateFullAsync("b.waybill");
        await _shop.Cli.DoneAsync("bundle", "sign", _shop["b.waybill"], "--sign", _shop["sign.key"]);
        File.Move(_shop["b.waybill.sig"], _shop["a.waybill.sig"]);

        CliResult result = await VerifyAsync(ExitCode.VerificationFailed, "--trust", _shop["sign.pub"], "--json");

        JsonElement signatures = JsonDocument.Parse(result.Output).RootElement.GetProperty("signatures");
        Assert.Equal("invalid", signatures.GetProperty("outcome").GetString());
        Assert.True(signatures.GetProperty("demanded").GetBoolean());
        Assert.StartsWith("WB1705: ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RubbishBesideABundle_DoesNotMakeItUnreadable()
    {
        await _shop.CreateFullAsync("a.waybill", "--sign", _shop["sign.key"]);
        _shop.Write("a.waybill.sig", "rubbish\n");

        CliResult result = await VerifyAsync(ExitCode.Done, "--trust", _shop["sign.pub"]);

        Assert.Contains("passed over", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Copy_ThatIsSigned_IsTrusted_AndTheOriginalStaysAsItWas()
    {
        await _shop.CreateFullAsync("b.waybill");
        byte[] before = await File.ReadAllBytesAsync(_shop["b.waybill"]);

        await _shop.Cli.DoneAsync("bundle", "sign", _shop["b.waybill"], "--sign", _shop["sign.key"], "--out", _shop["a.waybill"]);

        Assert.Equal(before, await File.ReadAllBytesAsync(_shop["b.waybill"]));
        await VerifyAsync(ExitCode.Done, "--trust", _shop["sign.pub"], "--require-storage");
        await _shop.FailsAsync(ExitCode.Failed, "WB1603", "bundle", "sign", _shop["b.waybill"], "--sign", _shop["sign.key"], "--out", _shop["a.waybill"]);
    }

    private async Task<CliResult> VerifyAsync(int code, params string[] more)
    {
        CliResult result = await _shop.Cli.RunAsync(["bundle", "verify", _shop["a.waybill"], .. more]);
        Assert.True(result.Code == code, $"ended with {result.Code}:\n{result.Error}{result.Output}");
        return result;
    }
}
