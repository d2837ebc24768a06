using System.Text.Json;
using Waybill.Kubernetes.Wire;
using Waybill.Testing;
using static Waybill.Kubernetes.Tests.RawMetadataServer;

namespace Waybill.Kubernetes.Tests.Metadata;

/// <summary>How the SnapshotMetadata service of a driver is found in a cluster, and with which tokens it is asked.</summary>
public sealed class ServicesTests
{
    private const string Driver = "disk.example.com";
    private const string Audience = "snapshots.example.com";
    private const long Length = 1 << 20;

    [Theory]
    [InlineData("v1beta1")]
    [InlineData("v1alpha1")]
    public async Task Service_OfADriver_IsFound_AndAskedWithATokenForItsAudience(string version)
    {
        await using RawMetadataServer server = await StartAsync(_ => new RawAnswer(Part(Length, BlockMetadataType.VariableLength, (0, 1))));
        await using ClusterLab lab = await StartClusterAsync(version);
        Load(lab, version, server);
        using ServiceAccountTokens tokens = await TokensAsync(lab);
        using SnapshotMetadataServices services = await ServicesAsync(lab, tokens);

        SnapshotMetadataClient? client = await services.TryGetAsync(Driver, CancellationToken.None);

        Assert.Single(await client!.ListAllocatedAsync("shop", "monday", Length).ToListAsync());
        string token = Assert.Single(server.Asked).Token;
        Assert.Equal("system:serviceaccount:backup:agent", lab.Server.Tokens.Find(token)!.Name);
        Assert.Equal(Audience, Assert.Single(lab.Server.Tokens.Find(token)!.Audiences));
    }

    [Theory]
    [InlineData("other.example.com")]
    [InlineData("../../../api/v1/secrets")]
    [InlineData("")]
    public async Task DriverWithoutAService_HasNone(string driver)
    {
        await using RawMetadataServer server = await StartAsync();
        await using ClusterLab lab = await StartClusterAsync("v1beta1");
        await using ClusterLab empty = await ClusterLab.StartAsync();
        Load(lab, "v1beta1", server);
        using ServiceAccountTokens tokens = await TokensAsync(lab);
        using SnapshotMetadataServices services = await ServicesAsync(lab, tokens);
        using SnapshotMetadataServices none = await ServicesAsync(empty, tokens);

        Assert.Null(await services.TryGetAsync(driver, CancellationToken.None));
        Assert.Null(await none.TryGetAsync(Driver, CancellationToken.None));
    }

    [Fact]
    public async Task Service_IsLookedForAgainAfterAMinute()
    {
        var time = new ManualTimeProvider();
        await using RawMetadataServer old = await StartAsync();
        await using RawMetadataServer moved = await StartAsync(_ => new RawAnswer());
        await using ClusterLab lab = await StartClusterAsync("v1beta1");
        Load(lab, "v1beta1", old);
        using ServiceAccountTokens tokens = await TokensAsync(lab);
        using SnapshotMetadataServices services = await ServicesAsync(lab, tokens, time);

        SnapshotMetadataClient? first = await services.TryGetAsync(Driver, CancellationToken.None);
        lab.Server.Store.Remove("snapshotmetadataservices.cbt.storage.k8s.io", "", Driver);
        Load(lab, "v1beta1", moved);
        Assert.Same(first, await services.TryGetAsync(Driver, CancellationToken.None));
        time.Advance(TimeSpan.FromMinutes(1));
        SnapshotMetadataClient? second = await services.TryGetAsync(Driver, CancellationToken.None);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Same(second, await services.TryGetAsync(Driver, CancellationToken.None));

        Assert.NotSame(first, second);
        Assert.Empty(await second!.ListAllocatedAsync("shop", "monday", Length).ToListAsync());
        Assert.Single(moved.Asked);

        lab.Server.Store.Remove("snapshotmetadataservices.cbt.storage.k8s.io", "", Driver);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(await services.TryGetAsync(Driver, CancellationToken.None));
    }

    [Theory]
    [InlineData("""{"address":"127.0.0.1:1","audience":"a"}""")]
    [InlineData("""{"address":"127.0.0.1:1","caCert":"AAAA"}""")]
    [InlineData("""{"audience":"a","caCert":"AAAA"}""")]
    [InlineData("""{"address":"127.0.0.1:1","audience":"a","caCert":"no base64"}""")]
    [InlineData("""{"address":"127.0.0.1:1","audience":"a","caCert":"AAAA"}""")]
    [InlineData("""{"address":"not an address","audience":"a","caCert":"AAAA"}""")]
    [InlineData("[]")]
    [InlineData("null")]
    public async Task Service_ThatDoesNotSayWhereItIs_IsAnError(string spec)
    {
        await using ClusterLab lab = await StartClusterAsync("v1beta1");
        lab.Load($$$"""{"apiVersion":"cbt.storage.k8s.io/v1beta1","kind":"SnapshotMetadataService","metadata":{"name":"{{{Driver}}}"},"spec":{{{spec}}}}""");
        using ServiceAccountTokens tokens = await TokensAsync(lab);
        using SnapshotMetadataServices services = await ServicesAsync(lab, tokens);

        WaybillException error = await Assert.ThrowsAsync<WaybillException>(() => services.TryGetAsync(Driver, CancellationToken.None));

        Assert.Equal((WaybillErrorCode.ConfigurationInvalid, Driver), (error.Code, error.ObjectName));
    }

    [Fact]
    public async Task WhoMayNotLook_IsTold()
    {
        await using ClusterLab lab = await StartClusterAsync("v1beta1");
        using ServiceAccountTokens tokens = await TokensAsync(lab);
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, lab.Server.KubeConfig(token: lab.Server.Tokens.Issue("nobody")));
        using var services = new SnapshotMetadataServices(
            new ClusterObjects(await lab.ConnectAsync(lab.Options with { KubeConfig = file })), tokens, TimeProvider.System, TimeSpan.Zero);

        WaybillException error = await Assert.ThrowsAnyAsync<WaybillException>(() => services.TryGetAsync(Driver, CancellationToken.None));

        Assert.Equal(WaybillErrorCode.ClusterRefused, error.Code);
        File.Delete(file);
    }

    [Theory]
    [InlineData("""{"csi.vsphere.volume/change-id":"52 21/7"}""", "handle", "52 21/7")]
    [InlineData("{}", "handle", "handle")]
    [InlineData("""{"csi.vsphere.volume/change-id":""}""", "handle", "handle")]
    [InlineData("{}", "", null)]
    public void ChangeId_IsWhatTheDriverSaysItIs_ElseItsHandle(string annotations, string handle, string? expected)
    {
        SnapshotObject snapshot = SnapshotObject.From(Parse($$$"""{"metadata":{"name":"monday","namespace":"shop","uid":"u","annotations":{{{annotations}}} } }"""));
        SnapshotContentObject content = SnapshotContentObject.From(
            Parse($$$"""{"spec":{"driver":"d","volumeSnapshotRef":{"uid":"u"},"source":{"volumeHandle":"v"}},"status":{"snapshotHandle":"{{{handle}}}"} }"""), snapshot)!;

        Assert.Equal(handle, content.Handle);
        Assert.Equal(expected, SnapshotMetadataChanges.ChangeIdOf(snapshot, content)?.ToString());
    }

    private static JsonElement Parse(string json) => JsonDocument.Parse(json).RootElement;

    private static async Task<ClusterLab> StartClusterAsync(string version)
    {
        ClusterLab lab = await ClusterLab.StartAsync();
        lab.Server.Kinds.Add(new ApiServer.Kinds.ResourceKind("cbt.storage.k8s.io", "snapshotmetadataservices", "SnapshotMetadataService", false) { IsBuiltIn = false, Versions = [version] });
        lab.LoadNamespace("backup");
        lab.Load("""{"kind":"ServiceAccount","apiVersion":"v1","metadata":{"name":"agent","namespace":"backup"}}""");
        return lab;
    }

    private static void Load(ClusterLab lab, string version, RawMetadataServer server) => lab.Load($$$"""
        {"apiVersion":"cbt.storage.k8s.io/{{{version}}}","kind":"SnapshotMetadataService","metadata":{"name":"{{{Driver}}}"},
         "spec":{"address":"{{{server.Server.Address}}}","audience":"{{{Audience}}}","caCert":"{{{Convert.ToBase64String(server.Server.Authority)}}}"}}
        """);

    private static async Task<ServiceAccountTokens> TokensAsync(ClusterLab lab) => new(new ClusterObjects(await lab.ConnectAsync()), TimeProvider.System, "backup/agent");

    private static async Task<SnapshotMetadataServices> ServicesAsync(ClusterLab lab, ServiceAccountTokens tokens, TimeProvider? time = null) =>
        new(new ClusterObjects(await lab.ConnectAsync()), tokens, time ?? TimeProvider.System, TimeSpan.FromSeconds(5));
}
