using Waybill.Providers;

namespace Waybill.Kubernetes.Tests.Backup;

/// <summary>Data on its way to and from a real backup API while the wire is cut.</summary>
public sealed class BrokenWireTests
{
    private const int Length = 6 << 20;

    [SkippableFact]
    public async Task ReadAndWrite_OverAWireThatIsCut_LoseNothing()
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        ClusterVolumeProvider provider = await lab.ConnectAsync();
        VolumeDescriptor volume = await StorageLab.NewVolumeAsync(provider, "data", Length);
        byte[] content = StorageLab.Bytes(Length, 1);

        lab.Wire.CutAfter(3 << 20);
        await StorageLab.WriteAsync(provider, volume.Id, 0, content);
        Assert.Equal(1, lab.Wire.Cuts);
        SnapshotDescriptor snapshot = await provider.CreateSnapshotAsync(volume.Id, "one");
        lab.Wire.CutAfter(4 << 20);
        byte[] read = await StorageLab.ReadAsync(provider, new VolumeSource(volume.Id, snapshot.Id));

        Assert.Equal(2, lab.Wire.Cuts);
        Assert.Equal(content, read);
    }

    [SkippableFact]
    public async Task Token_ThatIsRevoked_IsAskedForAnew()
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        ClusterVolumeProvider provider = await lab.ConnectAsync();
        VolumeDescriptor volume = await StorageLab.NewVolumeAsync(provider, "data");
        await provider.CreateSnapshotAsync(volume.Id, "one");
        string expired = lab.NewToken(lifetime: TimeSpan.FromSeconds(-1));
        List<bool> asked = [];
        using BackupClient client = lab.Call((renew, _) =>
        {
            asked.Add(renew);
            return ValueTask.FromResult(renew ? lab.NewToken() : expired);
        });

        List<SnapshotPoint> points = await client.ListPointsAsync(StorageLab.Namespace).ToListAsync();

        Assert.Single(points);
        Assert.Equal([false, true], asked);
    }

    [SkippableFact]
    public async Task Token_ForAnotherAudience_IsRefusedAndNotSaid()
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        string token = lab.NewToken(audience: "somebody-else");
        using BackupClient client = lab.Call((_, _) => ValueTask.FromResult(token));

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(async () => await client.ListPointsAsync(StorageLab.Namespace).ToListAsync());

        Assert.Equal(WaybillErrorCode.ClusterRefused, error.Code);
        Assert.DoesNotContain(token, error.ToString(), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Server_OfAnotherAuthority_IsNotTrusted()
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        var options = new BackupClientOptions(
            $"127.0.0.1:{lab.Wire.Port}", System.Text.Encoding.ASCII.GetBytes(BackupCertificates.Create().AuthorityPem), (_, _) => ValueTask.FromResult(lab.NewToken()))
        {
            RetryLimit = TimeSpan.Zero,
        };
        using BackupClient client = BackupClient.Connect(options);

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(async () => await client.ListPointsAsync(StorageLab.Namespace).ToListAsync());

        Assert.Equal(WaybillErrorCode.ProviderFailed, error.Code);
        Assert.Empty(lab.Calls);
    }

    [SkippableFact]
    public async Task Calls_BeyondACallersLimit_WaitForTheirTurn()
    {
        await using StorageLab lab = await StorageLab.StartAsync(configure: api => api with { CallsPerCaller = 1 });
        ClusterVolumeProvider provider = await lab.ConnectAsync();
        VolumeDescriptor volume = await StorageLab.NewVolumeAsync(provider, "data");
        byte[] content = StorageLab.Bytes(1 << 20, 1);
        await StorageLab.WriteAsync(provider, volume.Id, 0, content);
        SnapshotDescriptor snapshot = await provider.CreateSnapshotAsync(volume.Id, "one");

        byte[][] read = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => StorageLab.ReadAsync(provider, new VolumeSource(volume.Id, snapshot.Id))));

        Assert.All(read, one => Assert.Equal(content, one[..content.Length]));
    }
}
