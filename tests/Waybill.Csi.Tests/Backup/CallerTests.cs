using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Waybill.Backup;
using Waybill.Backup.Wire;

namespace Waybill.Csi.Tests.Backup;

public sealed class CallerTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("token-of-somebody-else")]
    public async Task Call_WithoutATokenThatCounts_IsUnauthenticated(string? token)
    {
        await using BackupLab lab = await BackupLab.StartAsync();
        var client = new Waybill.Backup.Wire.Backup.BackupClient(lab.Connect(token));

        RpcException error = await Assert.ThrowsAsync<RpcException>(async () => await client.GetServerAsync(new GetServerRequest()));

        Assert.Equal(StatusCode.Unauthenticated, error.StatusCode);
    }

    [Fact]
    public async Task Snapshot_ThatTheCallerMayNotRead_LooksLikeOneThatIsNotThere()
    {
        await using BackupLab lab = await BackupLab.StartAsync();
        VolumeId volume = lab.AddVolume("data");
        await lab.SnapAsync(volume, "monday");
        await lab.SnapAsync(volume, "tuesday");
        lab.Forbidden.Add("ReadSnapshot shop/monday");

        RpcException forbidden = await Assert.ThrowsAsync<RpcException>(() => ReceivedData.ReadAsync(lab.Client, ReadDataTests.Request("monday")));
        RpcException absent = await Assert.ThrowsAsync<RpcException>(() => ReceivedData.ReadAsync(lab.Client, ReadDataTests.Request("never")));
        RpcException asBase = await Assert.ThrowsAsync<RpcException>(() => ReceivedData.ReadAsync(lab.Client, ReadDataTests.Request("tuesday", "monday")));

        Assert.Equal(StatusCode.PermissionDenied, forbidden.StatusCode);
        Assert.Equal(forbidden.Status, absent.Status);
        Assert.Equal(forbidden.Status, asBase.Status);
        Assert.NotNull((await ReceivedData.ReadAsync(lab.Client, ReadDataTests.Request("tuesday"))).End);
    }

    [Fact]
    public async Task Caller_WithAsManyCallsAsItMayHave_GetsNoMore()
    {
        await using BackupLab lab = await BackupLab.StartAsync(configure: api => api with { CallsPerCaller = 1 });
        VolumeId volume = lab.AddVolume("data");
        await ReadDataTests.WriteAndSnapAsync(lab, volume, "monday", 1);
        using AsyncServerStreamingCall<ReadDataResponse> running = lab.Client.ReadData(ReadDataTests.Request("monday"));
        await running.ResponseStream.MoveNext(CancellationToken.None);

        RpcException error = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            // The first call stays under way: nobody reads it, and its data does not fit into the windows of a connection.
            using AsyncServerStreamingCall<ReadDataResponse> second = lab.Client.ReadData(ReadDataTests.Request("monday"));
            while (await second.ResponseStream.MoveNext(CancellationToken.None))
            {
            }
        });

        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
    }

    [Fact]
    public async Task EveryCall_IsRecorded_WithoutItsToken()
    {
        await using BackupLab lab = await BackupLab.StartAsync();
        VolumeId volume = lab.AddVolume("data");
        await ReadDataTests.WriteAndSnapAsync(lab, volume, "monday", 2);
        ReceivedData data = await ReceivedData.ReadAsync(lab.Client, ReadDataTests.Request("monday"));
        await Assert.ThrowsAsync<RpcException>(() => ReceivedData.ReadAsync(lab.Client, ReadDataTests.Request("never")));

        BackupAuditEntry[] entries = await EntriesAsync(lab, 2);

        Assert.Equal(("agent", "ReadData", "shop/monday", "OK", (long)data.End!.DataBytes), (entries[0].Caller, entries[0].Method, entries[0].ObjectName, entries[0].Status, entries[0].Bytes));
        Assert.Equal(("shop/never", "PermissionDenied", 0), (entries[1].ObjectName, entries[1].Status, entries[1].Bytes));
        Assert.All(entries, entry => Assert.DoesNotContain(BackupLab.Token, entry.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Server_ThatDemandsClientCertificates_TakesThoseOfItsAuthorityOnly()
    {
        await using BackupLab lab = await BackupLab.StartAsync(clientCertificates: true);
        using X509Certificate2 certificate = lab.MakeClientCertificate();
        var with = new Waybill.Backup.Wire.Backup.BackupClient(lab.Connect(client: certificate));
        var without = new Waybill.Backup.Wire.Backup.BackupClient(lab.Connect());

        Assert.Equal("test.csi.waybill", (await with.GetServerAsync(new GetServerRequest())).Name);
        await Assert.ThrowsAsync<RpcException>(async () => await without.GetServerAsync(new GetServerRequest()));
    }

    [Fact]
    public async Task Certificate_ThatIsRenewed_IsServedToTheNextConnection()
    {
        await using BackupLab lab = await BackupLab.StartAsync();
        var subjects = new List<string>();
        await new Waybill.Backup.Wire.Backup.BackupClient(lab.Connect(saw: c => subjects.Add(c.Subject))).GetServerAsync(new GetServerRequest());
        lab.WriteCertificate("renewed");
        File.SetLastWriteTimeUtc(lab.CertificateFile, TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(1));

        await new Waybill.Backup.Wire.Backup.BackupClient(lab.Connect(saw: c => subjects.Add(c.Subject))).GetServerAsync(new GetServerRequest());

        Assert.Equal(["CN=localhost", "CN=renewed"], subjects);
    }

    [Fact]
    public async Task Certificate_ThatIsRenewedAsSecretsOfPodsAre_IsServedToTheNextConnection()
    {
        await using BackupLab lab = await BackupLab.StartAsync();
        var subjects = new List<string>();
        string home = Path.GetDirectoryName(lab.CertificateFile)!;
        string data = Path.Combine(home, "..data");
        Directory.CreateDirectory(Path.Combine(home, "..1"));
        Directory.CreateSymbolicLink(data, "..1");
        foreach (string file in (string[])[lab.CertificateFile, lab.KeyFile])
        {
            File.Move(file, Path.Combine(data, Path.GetFileName(file)));
            File.CreateSymbolicLink(file, Path.Combine("..data", Path.GetFileName(file)));
        }

        await new Waybill.Backup.Wire.Backup.BackupClient(lab.Connect(saw: c => subjects.Add(c.Subject))).GetServerAsync(new GetServerRequest());
        Directory.CreateDirectory(Path.Combine(home, "..2"));
        Directory.Delete(data);
        Directory.CreateSymbolicLink(data, "..2");
        lab.WriteCertificate("renewed");

        await new Waybill.Backup.Wire.Backup.BackupClient(lab.Connect(saw: c => subjects.Add(c.Subject))).GetServerAsync(new GetServerRequest());

        Assert.Equal(["CN=localhost", "CN=renewed"], subjects);
    }

    // A call is recorded when it ended on the server, a moment after the caller saw its end.
    private static async Task<BackupAuditEntry[]> EntriesAsync(BackupLab lab, int count)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (lab.Audit.Count < count)
        {
            await timer.WaitForNextTickAsync(limit.Token);
        }

        return [.. lab.Audit];
    }
}
