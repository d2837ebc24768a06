using System.Diagnostics;
using System.Text.Json.Nodes;
using Waybill.Kubernetes.ApiServer.Kinds;
using Waybill.Kubernetes.ApiServer.Storage;
using Waybill.Kubernetes.Tests;

namespace Waybill.CsiDriver.Tests.Support;

/// <summary>
/// An application with a claim, and all there is around it: the driver's process with volumes on a real file system, a cluster's API, sidecars, a container that is a directory,
/// and the command of the product.
/// </summary>
internal sealed class ApplicationLab : IAsyncDisposable
{
    public const int Length = 64 << 20;

    private readonly DirectoryInfo _container = Directory.CreateTempSubdirectory("waybill-container-");
    private Sidecars? _sidecars;
    private bool _withMovers;

    private ApplicationLab(BackupCluster cluster, DriverLab driver, CommandLab command)
    {
        Cluster = cluster;
        Driver = driver;
        Command = command;
    }

    public BackupCluster Cluster { get; }

    public DriverLab Driver { get; }

    public CommandLab Command { get; }

    /// <summary>Gets what runs the pods of Jobs; only in a cluster whose driver does not serve its data.</summary>
    public Kubelet? Kubelet { get; private set; }

    /// <summary>Gets the device behind the claim.</summary>
    public TestVolume Volume { get; private set; } = null!;

    /// <summary>Gets whether the hooks of the application hold it still.</summary>
    public bool IsHeld => File.Exists(Path.Combine(_container.FullName, "held"));

    /// <summary>Gets how often it was held still.</summary>
    public int Holds => File.Exists(Path.Combine(_container.FullName, "holds")) ? File.ReadAllLines(Path.Combine(_container.FullName, "holds")).Length : 0;

    /// <param name="withMovers">Whether the driver does not serve the backup API, and movers take its place.</param>
    /// <param name="volumeMode">How the application uses its claim.</param>
    public static async Task<ApplicationLab> StartAsync(bool withMovers = false, string volumeMode = "Block")
    {
        BackupCluster cluster = await BackupCluster.StartAsync();
        DriverLab driver = await DriverLab.CreateAsync("xfs", 8, withMovers ? [] : cluster.Arguments);
        var lab = new ApplicationLab(cluster, driver, await CommandLab.CreateAsync(cluster, withMovers ? ["--mover-image", Kubelet.Image] : [])) { _withMovers = withMovers };
        cluster.Server.ContainerRuntime = request => new ProcessStartInfo(request.Command[0], request.Command.Skip(1)) { WorkingDirectory = lab._container.FullName };
        await lab.LoadAsync();
        lab._sidecars = new Sidecars(cluster.Server, lab.Driver.Socket, BackupCluster.Driver);
        lab.Kubelet = withMovers ? new Kubelet(cluster.Server, driver) : null;
        lab.Volume = await lab.ProvisionAsync(volumeMode);
        return lab;
    }

    /// <summary>Starts what says what changed between snapshots of the driver.</summary>
    public async Task<MetadataSidecar> StartMetadataAsync()
    {
        MetadataSidecar sidecar = await MetadataSidecar.StartAsync(Cluster, Driver.Driver);
        Cluster.Server.Kinds.Add(new ResourceKind("cbt.storage.k8s.io", "snapshotmetadataservices", "SnapshotMetadataService", false) { Versions = ["v1beta1"], IsBuiltIn = false });
        Cluster.Server.Store.Load($$$"""
            {"apiVersion":"cbt.storage.k8s.io/v1beta1","kind":"SnapshotMetadataService","metadata":{"name":"{{{BackupCluster.Driver}}}"},
             "spec":{"address":"{{{sidecar.Address}}}","audience":"{{{MetadataSidecar.Audience}}}","caCert":"{{{Convert.ToBase64String(sidecar.Authority)}}}"}}
            """);
        return sidecar;
    }

    /// <summary>Lists the snapshots of a namespace.</summary>
    public string[] Snapshots(string home) =>
        [.. Cluster.Server.Store.ListAll().Where(stored => stored.Kind.Name == "VolumeSnapshot" && stored.Namespace == home).Select(stored => stored.Name)];

    public string HandleOf(string home, string claim)
    {
        string? volume = Cluster.Server.Store.Get("persistentvolumeclaims", home, claim).ToNode()["spec"]!["volumeName"]?.GetValue<string>();
        return volume is null ? "" : Cluster.Server.Store.Get("persistentvolumes", "", volume).ToNode()["spec"]!["csi"]!["volumeHandle"]!.GetValue<string>();
    }

    public static async Task UntilAsync(Func<bool> isDone)
    {
        using var late = new CancellationTokenSource(Machine.Patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!isDone())
        {
            await timer.WaitForNextTickAsync(late.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Command.DisposeAsync();
        if (Kubelet is not null)
        {
            await Kubelet.DisposeAsync();
        }

        if (_sidecars is not null)
        {
            await _sidecars.DisposeAsync();
        }

        await Driver.DisposeAsync();
        await Cluster.DisposeAsync();
        _container.Delete(recursive: true);
    }

    private async Task LoadAsync()
    {
        Cluster.Server.Kinds.Add(new ResourceKind("snapshot.storage.k8s.io", "volumesnapshotclasses", "VolumeSnapshotClass", false) { IsBuiltIn = false });
        Cluster.Server.Kinds.Add(new ResourceKind("backup.waybill", "backupservices", "BackupService", false) { IsBuiltIn = false });
        string service = _withMovers ? "" : $$$"""
            {"apiVersion":"backup.waybill/v1","kind":"BackupService","metadata":{"name":"{{{BackupCluster.Driver}}}"},
             "spec":{"address":"{{{await BackupCluster.FindAddressAsync(Driver.Driver)}}}","audience":"{{{BackupCluster.Driver}}}","caCert":"{{{Convert.ToBase64String(Cluster.Authority)}}}"}}
            """;
        foreach (string json in (string[])
        [
            """{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"shop"},"spec":{"finalizers":["kubernetes"]},"status":{"phase":"Active"}}""",
            $$$"""{"kind":"StorageClass","apiVersion":"storage.k8s.io/v1","metadata":{"name":"fast"},"provisioner":"{{{BackupCluster.Driver}}}","reclaimPolicy":"Delete","volumeBindingMode":"Immediate","allowVolumeExpansion":true}""",
            $$$"""{"kind":"StorageClass","apiVersion":"storage.k8s.io/v1","metadata":{"name":"archive"},"provisioner":"{{{BackupCluster.Driver}}}","reclaimPolicy":"Delete","volumeBindingMode":"Immediate"}""",
            $$$"""{"apiVersion":"snapshot.storage.k8s.io/v1","kind":"VolumeSnapshotClass","metadata":{"name":"local"},"driver":"{{{BackupCluster.Driver}}}","deletionPolicy":"Delete"}""",
            .. service.Length > 0 ? (string[])[service] : [],
            $$$"""{"kind":"StorageClass","apiVersion":"storage.k8s.io/v1","metadata":{"name":"late"},"provisioner":"{{{BackupCluster.Driver}}}","reclaimPolicy":"Retain","volumeBindingMode":"WaitForFirstConsumer"}""",
            """{"kind":"Secret","apiVersion":"v1","metadata":{"name":"login","namespace":"shop"},"data":{"password":"aHVudGVyMg=="},"type":"Opaque"}""",
            """
            {"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"web","namespace":"shop","uid":"uid-web","labels":{"app":"web"}},"spec":{"replicas":1,"selector":{"matchLabels":{"app":"web"}},
             "template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"web","image":"web:1","envFrom":[{"secretRef":{"name":"login"}}]}],
             "volumes":[{"name":"data","persistentVolumeClaim":{"claimName":"data"}}]}}}}
            """,
            """
            {"kind":"Pod","apiVersion":"v1","metadata":{"name":"web-1","namespace":"shop","labels":{"app":"web"},
              "ownerReferences":[{"apiVersion":"apps/v1","kind":"Deployment","name":"web","uid":"uid-web","controller":true}],"annotations":{
              "pre.hook.backup.waybill/command":"[\"sh\",\"-c\",\"echo >>holds; touch held\"]","post.hook.backup.waybill/command":"[\"rm\",\"-f\",\"held\"]"}},
             "spec":{"containers":[{"name":"web","image":"web:1"}],"volumes":[{"name":"data","persistentVolumeClaim":{"claimName":"data"}}]},"status":{"phase":"Running"}}
            """,
        ])
        {
            Cluster.Server.Store.Load(json);
        }

        const string Rules = """
            {"apiGroups":["snapshot.storage.k8s.io"],"resources":["volumesnapshots"],"verbs":["get","list"]},
            {"apiGroups":[""],"resources":["persistentvolumeclaims"],"verbs":["get","list","update"]}
            """;
        Cluster.GrantAgent(Rules);
        Cluster.GrantAgent(Rules, "shop-again");
    }

    private async Task<TestVolume> ProvisionAsync(string volumeMode)
    {
        await Cluster.CreateAsync("/api/v1/namespaces/shop/persistentvolumeclaims", $$$"""
            {"kind":"PersistentVolumeClaim","apiVersion":"v1","metadata":{"name":"data","namespace":"shop","labels":{"app":"web"}},
             "spec":{"accessModes":["ReadWriteOnce"],"volumeMode":"{{{volumeMode}}}","storageClassName":"fast","resources":{"requests":{"storage":"{{{Length}}}"} } } }
            """);
        await UntilAsync(() => HandleOf("shop", "data").Length > 0);
        return TestVolume.Of(Driver, HandleOf("shop", "data"), "data", volumeMode == "Block" ? TestVolume.Block() : TestVolume.Mounted("ext4"));
    }
}
