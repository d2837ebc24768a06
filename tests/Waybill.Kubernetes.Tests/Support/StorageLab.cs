using System.Net;
using System.Text;
using Waybill.Csi;
using Waybill.Csi.Backup;
using Waybill.Kubernetes.ApiServer.Kinds;
using Waybill.Local;
using Waybill.Local.Tests.Support;
using Waybill.Providers;

namespace Waybill.Kubernetes.Tests;

/// <summary>
/// A cluster with a driver: the API, the driver's CSI services over a pool on a real file system, its sidecars, and its backup API over TLS behind a wire that
/// can be cut.
/// </summary>
internal sealed class StorageLab : IAsyncDisposable
{
    public const string Driver = "local.csi.waybill";
    public const string Audience = "backup.waybill";
    public const string Namespace = "shop";

    private readonly string _directory = Directory.CreateTempSubdirectory("waybill-cluster-").FullName;
    private readonly PoolDirectory _pool;
    private readonly List<ClusterVolumeProvider> _providers = [];
    private CsiServer? _csi;
    private BackupServer? _backup;

    private StorageLab(PoolDirectory pool, ClusterLab cluster, LocalProvider platform)
    {
        _pool = pool;
        Cluster = cluster;
        Platform = platform;
    }

    public ClusterLab Cluster { get; }

    public LocalProvider Platform { get; }

    /// <summary>Gets the calls of the backup API.</summary>
    public RecordedCalls Calls { get; } = [];

    public Sidecars Sidecars { get; private set; } = null!;

    public CuttingProxy Wire { get; private set; } = null!;

    public byte[] Authority { get; private set; } = [];

    /// <summary>Starts a cluster.</summary>
    /// <param name="fileSystem">Where the pool is: <c>xfs</c> knows deltas, <c>plain</c> knows nothing.</param>
    /// <param name="configure">Changes what the backup API serves.</param>
    /// <param name="groupVersion">The version of the API in which groups of snapshots are served; empty for none.</param>
    public static async Task<StorageLab> StartAsync(string fileSystem = "xfs", Func<BackupApi, BackupApi>? configure = null, string groupVersion = "v1")
    {
        PoolDirectory pool = await PoolDirectory.CreateAsync(fileSystem);
        LocalProvider platform = await LocalProvider.OpenAsync(new LocalProviderOptions { PoolDirectory = Path.Combine(pool.Path, "pool") });
        var lab = new StorageLab(pool, await ClusterLab.StartAsync(), platform);
        string socket = Path.Combine(lab._directory, "csi.sock");
        lab._csi = await CsiServer.StartAsync(new CsiPlugin(Driver, "1.0.0") { Provider = platform }, new CsiServerOptions($"unix://{socket}"));
        (string certificate, string key) = lab.WriteCertificates();
        ClusterConnection identity = await lab.Cluster.ConnectAsync();
        var api = new BackupApi(Driver, platform, new KubernetesDirectory(identity, Driver), new KubernetesAuthority(identity, new KubernetesAuthorityOptions(Audience)), lab.Calls)
        {
            AllowWrites = true,
        };
        lab._backup = await BackupServer.StartAsync(configure?.Invoke(api) ?? api, new BackupServerOptions(new IPEndPoint(IPAddress.Loopback, 0), certificate, key));
        lab.Wire = new CuttingProxy(lab._backup.Endpoint);
        lab.LoadObjects();
        if (groupVersion.Length > 0)
        {
            lab.LoadGroups(groupVersion);
        }

        lab.Sidecars = new Sidecars(lab.Cluster.Server, socket, Driver, groupVersion);
        return lab;
    }

    /// <summary>Makes a provider as a backup product does that has a service account.</summary>
    public async Task<ClusterVolumeProvider> ConnectAsync(Func<ClusterVolumeOptions, ClusterVolumeOptions>? change = null, ClusterOptions? cluster = null)
    {
        var options = new ClusterVolumeOptions { ServiceAccount = "backup/agent", RetryLimit = TimeSpan.FromSeconds(20), WaitLimit = TimeSpan.FromSeconds(60) };
        var provider = new ClusterVolumeProvider(await Cluster.ConnectAsync(cluster), change?.Invoke(options) ?? options);
        _providers.Add(provider);
        return provider;
    }

    /// <summary>Makes a client that has a token of its own.</summary>
    public BackupClient Call(BackupTokenSupplier? tokens = null, TimeSpan? retryLimit = null) =>
        BackupClient.Connect(new BackupClientOptions($"127.0.0.1:{Wire.Port}", Authority, tokens ?? ((_, _) => ValueTask.FromResult(NewToken())))
        {
            Name = Driver, RetryLimit = retryLimit ?? TimeSpan.FromSeconds(20),
        });

    public string NewToken(string audience = Audience, TimeSpan? lifetime = null) => Cluster.Server.Tokens.IssueForServiceAccount(
        "backup", "agent", Cluster.Server.Store.Get("serviceaccounts", "backup", "agent").Uid, [audience], TimeProvider.System.GetUtcNow() + (lifetime ?? TimeSpan.FromHours(1)));

    public static async Task<VolumeDescriptor> NewVolumeAsync(ClusterVolumeProvider provider, string name, long length = 4 << 20) =>
        await provider.CreateVolumeAsync(new VolumeCreateRequest($"{Namespace}/{name}", length) { StorageClass = "fast" });

    public static async Task WriteAsync(IVolumeProvider provider, VolumeId volume, long offset, byte[] data)
    {
        await using BlockWriter writer = await provider.OpenWriteAsync(volume);
        await writer.WriteAsync(offset, data);
        await writer.CompleteAsync();
    }

    public static async Task<byte[]> ReadAsync(IVolumeProvider provider, VolumeSource source)
    {
        await using BlockReader reader = await provider.OpenReadAsync(source);
        var bytes = new byte[reader.Length];
        Assert.Equal(bytes.Length, await reader.ReadAsync(0, bytes));
        return bytes;
    }

    public static byte[] Bytes(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public string[] GroupsInCluster() => [.. Cluster.Server.Store.List("volumegroupsnapshots.groupsnapshot.storage.k8s.io").Select(one => one.Name)];

    /// <summary>Lists the claims that have a label which selects them for a group.</summary>
    public string[] LabelledClaims() =>
        [.. Cluster.Server.Store.List("persistentvolumeclaims").Where(one => one.Labels.Keys.Any(label => label.StartsWith("backup.waybill/group-", StringComparison.Ordinal))).Select(one => one.Name)];

    public string[] SnapshotsInCluster() => [.. Cluster.Server.Store.List("volumesnapshots.snapshot.storage.k8s.io").Select(one => one.Name)];

    public async ValueTask DisposeAsync()
    {
        foreach (ClusterVolumeProvider provider in _providers)
        {
            await provider.DisposeAsync();
        }

        await Sidecars.DisposeAsync();
        await Wire.DisposeAsync();
        await _backup!.DisposeAsync();
        await _csi!.DisposeAsync();
        await Platform.DisposeAsync();
        await Cluster.DisposeAsync();
        await _pool.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Says whether the agent may write claims.</summary>
    public void LetWrite(bool may) => Cluster.Load($$$"""
        {"kind":"ClusterRole","apiVersion":"rbac.authorization.k8s.io/v1","metadata":{"name":"agent"},"rules":[
          {"apiGroups":["snapshot.storage.k8s.io"],"resources":["volumesnapshots"],"verbs":["get","list"]},
          {"apiGroups":[""],"resources":["persistentvolumeclaims"],"verbs":["get","list"{{{(may ? ",\"update\"" : "")}}}]}]}
        """);

    private void LoadGroups(string version)
    {
        foreach ((string plural, string kind, bool namespaced) in (IEnumerable<(string, string, bool)>)
        [
            ("volumegroupsnapshots", "VolumeGroupSnapshot", true),
            ("volumegroupsnapshotcontents", "VolumeGroupSnapshotContent", false),
            ("volumegroupsnapshotclasses", "VolumeGroupSnapshotClass", false),
        ])
        {
            Cluster.Server.Kinds.Add(new ResourceKind(SidecarGroupSnapshotter.Group, plural, kind, namespaced)
            {
                IsBuiltIn = false, HasStatus = kind != "VolumeGroupSnapshotClass", Versions = [version],
            });
        }

        Cluster.Load($$$"""
            {"apiVersion":"{{{SidecarGroupSnapshotter.Group}}}/{{{version}}}","kind":"VolumeGroupSnapshotClass","metadata":{"name":"local-groups"},"driver":"{{{Driver}}}","deletionPolicy":"Delete"}
            """);
    }

    private (string Certificate, string Key) WriteCertificates()
    {
        BackupCertificates made = BackupCertificates.Create();
        Authority = Encoding.ASCII.GetBytes(made.AuthorityPem);
        string file = Path.Combine(_directory, "tls.crt");
        File.WriteAllText(file, made.CertificatePem);
        File.WriteAllText(Path.Combine(_directory, "tls.key"), made.KeyPem);
        return (file, Path.Combine(_directory, "tls.key"));
    }

    private void LoadObjects()
    {
        foreach ((string group, string plural, string kind, bool namespaced) in (IEnumerable<(string, string, string, bool)>)
        [
            ("snapshot.storage.k8s.io", "volumesnapshots", "VolumeSnapshot", true),
            ("snapshot.storage.k8s.io", "volumesnapshotcontents", "VolumeSnapshotContent", false),
            ("snapshot.storage.k8s.io", "volumesnapshotclasses", "VolumeSnapshotClass", false),
            ("backup.waybill", "backupservices", "BackupService", false),
        ])
        {
            Cluster.Server.Kinds.Add(new ResourceKind(group, plural, kind, namespaced) { IsBuiltIn = false, HasStatus = kind is "VolumeSnapshot" or "VolumeSnapshotContent" });
        }

        LetWrite(true);
        Cluster.LoadNamespace(Namespace);
        Cluster.LoadNamespace("backup");
        Cluster.Load($$$"""
            {"kind":"StorageClass","apiVersion":"storage.k8s.io/v1","metadata":{"name":"fast","annotations":{"storageclass.kubernetes.io/is-default-class":"true"}},"provisioner":"{{{Driver}}}","volumeBindingMode":"Immediate","allowVolumeExpansion":true}
            ---
            {"kind":"StorageClass","apiVersion":"storage.k8s.io/v1","metadata":{"name":"archive"},"provisioner":"{{{Driver}}}","parameters":{"storageClass":"archive"},"volumeBindingMode":"Immediate"}
            ---
            {"kind":"StorageClass","apiVersion":"storage.k8s.io/v1","metadata":{"name":"late"},"provisioner":"{{{Driver}}}","volumeBindingMode":"WaitForFirstConsumer"}
            ---
            {"kind":"StorageClass","apiVersion":"storage.k8s.io/v1","metadata":{"name":"foreign"},"provisioner":"disk.example.com","volumeBindingMode":"Immediate"}
            ---
            {"apiVersion":"snapshot.storage.k8s.io/v1","kind":"VolumeSnapshotClass","metadata":{"name":"local"},"driver":"{{{Driver}}}","deletionPolicy":"Delete"}
            ---
            {"apiVersion":"backup.waybill/v1","kind":"BackupService","metadata":{"name":"{{{Driver}}}"},"spec":{"address":"127.0.0.1:{{{Wire.Port}}}","audience":"{{{Audience}}}","caCert":"{{{Convert.ToBase64String(Authority)}}}"}}
            ---
            {"kind":"ServiceAccount","apiVersion":"v1","metadata":{"name":"agent","namespace":"backup"}}
            ---
            {"kind":"ClusterRoleBinding","apiVersion":"rbac.authorization.k8s.io/v1","metadata":{"name":"agent"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"agent"},"subjects":[{"kind":"ServiceAccount","namespace":"backup","name":"agent"}]}
            """);
    }
}
