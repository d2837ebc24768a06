using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Waybill.CsiDriver.Tests.Support;
using Waybill.Kubernetes;
using Waybill.Kubernetes.Tests;
using Waybill.Providers;

namespace Waybill.CsiDriver.Tests;

/// <summary>The mover's own program: it serves one volume to whoever has its token, and ends when nobody calls.</summary>
public sealed class MoverProcessTests : IDisposable
{
    private const string Token = "a token that only the coordinator has";
    private const int Length = 3 << 20;

    private readonly string _directory = Directory.CreateTempSubdirectory("waybill-mover-").FullName;
    private readonly BackupCertificates _certificates = BackupCertificates.Create();
    private readonly byte[] _content = RandomNumberGenerator.GetBytes(Length);

    public MoverProcessTests()
    {
        File.WriteAllText(PathOf("tls.crt"), _certificates.CertificatePem);
        File.WriteAllText(PathOf("tls.key"), _certificates.KeyPem);
        File.WriteAllBytes(PathOf("device"), [.. _content, 1, 2, 3]);
    }

    [Fact]
    public async Task Serve_GivesItsVolumeAndNothingElse_ToWhoeverHasTheToken()
    {
        using Process mover = Start(Arguments());
        string address = await ReadAddressAsync(mover);
        using BackupClient client = Connect(address, Token);
        using BackupClient stranger = Connect(address, "another token");
        var read = new byte[Length];

        BackupAnswer<VolumeChange> answer = await client.ReadDataAsync(new BackupQuestion("shop", "data"));
        await using (answer)
        {
            await foreach (VolumeChange change in answer.ReadAsync())
            {
                change.Data.CopyTo(read.AsMemory((int)change.Range.Offset));
            }
        }

        // What is behind the volume on a device that is larger is nobody's.
        Assert.Equal(Length, answer.Head.Length);
        Assert.Equal(_content, read);
        ProviderException refused = await Assert.ThrowsAsync<ProviderException>(() => stranger.ReadDataAsync(new BackupQuestion("shop", "data")));
        Assert.Equal("Unauthenticated", refused.VendorCode);
        Assert.Equal("PermissionDenied", (await Assert.ThrowsAsync<ProviderException>(() => client.ReadDataAsync(new BackupQuestion("shop", "other")))).VendorCode);
        VolumeChange[] changes = [VolumeChange.Write(0, new byte[512])];
        Assert.Equal("PermissionDenied", (await Assert.ThrowsAsync<ProviderException>(() => client.WriteDataAsync("shop", "data", Length, changes))).VendorCode);
        Assert.DoesNotContain(Token, await EndAsync(mover), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_TakesData_IfItIsToBeWritten()
    {
        using Process mover = Start([.. Arguments(), "--writable"]);
        using BackupClient client = Connect(await ReadAddressAsync(mover), Token);

        await client.WriteDataAsync("shop", "data", Length, [VolumeChange.Write(4096, "written"u8.ToArray())]);

        "written"u8.CopyTo(_content.AsSpan(4096));
        Assert.Equal([.. _content, 1, 2, 3], await File.ReadAllBytesAsync(PathOf("device")));
        await EndAsync(mover);
    }

    [Fact]
    public async Task Serve_EndsByItself_WhenNobodyCalls_WhoHasTheToken()
    {
        using Process mover = Start([.. Arguments(), "--idle", "1"]);
        using var patience = new CancellationTokenSource(Machine.Patience);

        await mover.WaitForExitAsync(patience.Token);

        Assert.Equal(0, mover.ExitCode);
    }

    [Theory]
    [InlineData(2, "--length", "many")]
    [InlineData(2, "--token-digest", "abc")]
    [InlineData(2, "--object", "shop")]
    [InlineData(2, "--port", "70000")]
    [InlineData(2, "--colour", "blue")]
    [InlineData(1, "--length", "99999999")]
    [InlineData(1, "--device", "/dev/does-not-exist")]
    [InlineData(1, "--certificate", "/does-not-exist")]
    public async Task Serve_WithWhatCannotBe_SaysSoAndEnds(int code, string option, string value)
    {
        string[] arguments = Arguments();
        int at = Array.IndexOf(arguments, option);
        if (at < 0)
        {
            arguments = [.. arguments, option, value];
        }
        else
        {
            arguments[at + 1] = value;
        }

        using Process mover = Start(arguments);
        string said = await mover.StandardError.ReadToEndAsync();
        await mover.WaitForExitAsync();

        Assert.Equal(code, mover.ExitCode);
        Assert.NotEmpty(said);
        Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bind_EndsAtOnce()
    {
        using Process mover = Start(["bind"]);
        await mover.WaitForExitAsync();
        Assert.Equal(0, mover.ExitCode);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private string[] Arguments() =>
    [
        "serve", "--object", "shop/data", "--device", PathOf("device"), "--length", $"{Length}", "--token-digest", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Token))),
        "--certificate", PathOf("tls.crt"), "--key", PathOf("tls.key"), "--port", "0",
    ];

    private static Process Start(string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Kubelet.Program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["POD_IP"] = "127.0.0.1";
        return Process.Start(start)!;
    }

    private static async Task<string> ReadAddressAsync(Process mover)
    {
        using var patience = new CancellationTokenSource(Machine.Patience);
        string? line = await mover.StandardOutput.ReadLineAsync(patience.Token);
        Assert.True(line is not null, "the mover ended");
        return line.Split(" at ")[1];
    }

    private static async Task<string> EndAsync(Process mover)
    {
        await Machine.RunAsync("kill", "-TERM", $"{mover.Id}");
        string said = await mover.StandardOutput.ReadToEndAsync() + await mover.StandardError.ReadToEndAsync();
        await mover.WaitForExitAsync();
        Assert.Equal(0, mover.ExitCode);
        return said;
    }

    private BackupClient Connect(string address, string token) => BackupClient.Connect(
        new BackupClientOptions(address, Encoding.ASCII.GetBytes(_certificates.AuthorityPem), (_, _) => ValueTask.FromResult(token)) { RetryLimit = TimeSpan.FromSeconds(20) });

    private string PathOf(string name) => Path.Combine(_directory, name);
}
