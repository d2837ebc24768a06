using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Waybill.Bundles.Tests.Local;
using Waybill.Bundles.Tests.Signing;
using Waybill.Cli.CommandLine;

namespace Waybill.Cli.Tests.Commands;

/// <summary>Signers with certificates of an own authority, and time stamps that let them outlive those.</summary>
public sealed class CertificateTests : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan s_tenYears = TimeSpan.FromDays(3653);

    private readonly Scenario _shop = new();
    private readonly X509Certificate2 _root = SigningLab.Certify("root", isAuthority: true, notAfter: TimeProvider.System.GetUtcNow().AddYears(20));
    private readonly OpenSslTimestampAuthority _authority = new();

    public async Task InitializeAsync()
    {
        // Time stamps come from the clock of the machine.
        _shop.Cli.Time.Advance(TimeProvider.System.GetUtcNow() - _shop.Cli.Time.GetUtcNow());
        using X509Certificate2 stranger = SigningLab.Certify("stranger", isAuthority: true);
        _shop.Write("root.pem", _root.ExportCertificatePem());
        _shop.Write("stranger.pem", stranger.ExportCertificatePem());
        _shop.Write("time.pem", _authority.Root.ExportCertificatePem());
        WriteSigner("anna");
        WriteSigner("bert");
        await _shop.Cli.DoneAsync("key", "new", "--kind", "sign", "--out", _shop["plain.key"]);
        _shop.Write("plain.pub", (await _shop.Cli.DoneAsync("key", "public", _shop["plain.key"])).Output);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose()
    {
        _shop.Dispose();
        _root.Dispose();
        _authority.Dispose();
    }

    [Fact]
    public async Task CertifiedSigner_IsTrustedByItsRoot_WhileTheCertificateIsValid()
    {
        await CreateAsync("anna");

        CliResult trusted = await VerifyAsync(ExitCode.Done, "", "--trust-root", "root.pem");
        await VerifyAsync(ExitCode.VerificationFailed, "WB1707", "--trust-root", "stranger.pem");
        await VerifyAsync(ExitCode.Done, "", "--trust-root", "stranger.pem", "--trust-root", "root.pem");
        _shop.Cli.Time.Advance(s_tenYears);
        CliResult late = await VerifyAsync(ExitCode.VerificationFailed, "WB1707", "--trust-root", "root.pem");

        Assert.Contains("CN=anna", trusted.Output, StringComparison.Ordinal);
        Assert.Contains("not valid at", late.Error, StringComparison.Ordinal);
        await VerifyAsync(ExitCode.Done, "", "--trust", "anna.pem");
    }

    [Fact]
    public async Task Threshold_CountsNamedAndCertifiedKeysTogether_EachOnce()
    {
        await CreateAsync("anna");
        string[] both = ["--trust", "plain.pub", "--trust-root", "root.pem"];

        await VerifyAsync(ExitCode.Done, "", both);
        await VerifyAsync(ExitCode.VerificationFailed, "WB1707", [.. both, "--threshold", "2"]);
        await VerifyAsync(ExitCode.VerificationFailed, "WB1707", "--trust", "anna.pem", "--trust-root", "root.pem", "--threshold", "2");
        await SignBesideAsync(ExitCode.Done, "plain");
        await VerifyAsync(ExitCode.Done, "", [.. both, "--threshold", "2"]);
        await VerifyAsync(ExitCode.VerificationFailed, "WB1707", [.. both, "--threshold", "3"]);
        await SignBesideAsync(ExitCode.Done, "bert");
        await VerifyAsync(ExitCode.Done, "", [.. both, "--threshold", "3"]);
        await VerifyAsync(ExitCode.Done, "", "--trust-root", "root.pem", "--threshold", "2");
        await VerifyAsync(ExitCode.VerificationFailed, "WB1707", "--trust-root", "root.pem", "--threshold", "3");
        await VerifyAsync(ExitCode.Usage, "", "--trust", "plain.pub", "--threshold", "2");
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TimeStamp_LetsASignatureOutliveItsCertificate(bool afterwards)
    {
        Tool.Require("openssl");
        await using var server = new TimestampServer(_authority);
        string[] authority = ["--timestamp-authority", server.Address];
        if (afterwards)
        {
            await _shop.CreateFullAsync("a.waybill");
            await SignBesideAsync(ExitCode.Done, "anna", authority);
        }
        else
        {
            await CreateAsync("anna", authority);
        }

        _shop.Cli.Time.Advance(s_tenYears);
        CliResult stamped = await VerifyAsync(ExitCode.Done, "", "--trust-root", "root.pem", "--timestamp-root", "time.pem");

        // One for the content, one for the stored bytes.
        Assert.Equal(2, server.Requests);
        Assert.Matches("CN=anna, [0-9]{4}-[0-9]{2}-[0-9]{2}", stamped.Output);
        await VerifyAsync(ExitCode.VerificationFailed, "WB1707", "--trust-root", "root.pem");
        await VerifyAsync(ExitCode.VerificationFailed, "WB1707", "--trust-root", "root.pem", "--timestamp-root", "stranger.pem");
    }

    [Fact]
    public async Task TimestampAuthority_ThatFails_LeavesNoSignatureAndNoBundle()
    {
        await _shop.CreateFullAsync("a.waybill");
        string address;
        await using (var server = new TimestampServer(_authority) { Status = HttpStatusCode.ServiceUnavailable })
        {
            address = server.Address;
            await FailsAsync(address);
        }

        await FailsAsync(address);

        async Task FailsAsync(string address)
        {
            string[] sign = ["--sign", _shop["anna.key"], "--timestamp-authority", address];
            await _shop.FailsAsync(ExitCode.Failed, "WB1709", ["bundle", "sign", _shop["a.waybill"], .. sign]);
            await _shop.FailsAsync(ExitCode.Failed, "WB1709", ["bundle", "sign", _shop["a.waybill"], "--out", _shop["b.waybill"], .. sign]);
            await _shop.FailsAsync(ExitCode.Failed, "WB1709", ["bundle", "create", _shop["b.waybill"], "--app", "shop", "--bytes", "dump=" + _shop["dump.sql"], .. sign]);
        }
    }

    [Theory]
    [InlineData("--timestamp-authority", "http://timestamp.example/")]
    [InlineData("--sign", "anna.key", "--timestamp-authority", "timestamp.example")]
    [InlineData("--sign", "anna.key", "--timestamp-authority", "file:///etc/hostname")]
    public async Task TimestampAuthority_ThatMeansNothing_IsAUsageError(params string[] more)
    {
        CliResult result = await _shop.Cli.RunAsync(["bundle", "create", _shop["b.waybill"], "--app", "shop", "--bytes", "dump=" + _shop["dump.sql"], .. more]);

        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains("--timestamp-authority", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--trust-root", "plain.pub", "WB1708")]
    [InlineData("--trust-root", "nowhere.pem", "WB1601")]
    [InlineData("--timestamp-root", "plain.pub", "WB1708")]
    public async Task Root_ThatIsNone_IsRefused(string option, string file, string code)
    {
        await CreateAsync("anna");

        await VerifyAsync(ExitCode.Failed, code, "--trust", "anna.pem", option, file);
    }

    private Task<CliResult> CreateAsync(string signer, params string[] more) => _shop.CreateFullAsync("a.waybill", ["--sign", _shop[signer + ".key"], .. more]);

    private async Task SignBesideAsync(int code, string signer, params string[] more) =>
        Assert.Equal(code, (await _shop.Cli.RunAsync(["bundle", "sign", _shop["a.waybill"], "--sign", _shop[signer + ".key"], .. more])).Code);

    private async Task<CliResult> VerifyAsync(int code, string error, params string[] more)
    {
        string[] arguments = [.. more.Select(word => word.Contains('.', StringComparison.Ordinal) ? _shop[word] : word)];
        CliResult result = await _shop.Cli.RunAsync(["bundle", "verify", _shop["a.waybill"], .. arguments]);
        Assert.True(result.Code == code, $"ended with {result.Code}:\n{result.Error}{result.Output}");
        Assert.StartsWith(error, result.Error, StringComparison.Ordinal);
        return result;
    }

    private void WriteSigner(string name)
    {
        using X509Certificate2 certificate = SigningLab.Certify(name, _root);
        using ECDsa key = certificate.GetECDsaPrivateKey()!;
        string file = _shop.Write(name + ".key", key.ExportPkcs8PrivateKeyPem() + "\n" + certificate.ExportCertificatePem() + "\n");
        _shop.Write(name + ".pem", certificate.ExportCertificatePem());
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }
}
