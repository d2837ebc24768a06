using Waybill.Kubernetes.ApiServer.Kinds;
using Waybill.Providers;

namespace Waybill.Kubernetes.Tests.Snapshots;

public sealed class ClusterInventoryTests
{
    private const string Volumes =
        """
        {"kind":"PersistentVolume","apiVersion":"v1","metadata":{"name":"pv-1"},"spec":{"capacity":{"storage":"1Gi"},"storageClassName":"fast","claimRef":{"namespace":"shop","name":"data","uid":"uid-data"},"csi":{"driver":"disk.example.com","volumeHandle":"vol-1","fsType":"xfs"}},"status":{"phase":"Bound"}}
        ---
        {"kind":"PersistentVolume","apiVersion":"v1","metadata":{"name":"pv-2"},"spec":{"capacity":{"storage":"2Gi"},"claimRef":{"namespace":"gone","name":"data","uid":"uid-gone"},"csi":{"driver":"disk.example.com","volumeHandle":"vol-2"}},"status":{"phase":"Released"}}
        ---
        {"kind":"PersistentVolume","apiVersion":"v1","metadata":{"name":"pv-nfs"},"spec":{"capacity":{"storage":"1Ti"},"nfs":{"server":"nas","path":"/share"}},"status":{"phase":"Available"}}
        ---
        {"kind":"PersistentVolumeClaim","apiVersion":"v1","metadata":{"name":"data","namespace":"shop","uid":"uid-data"},"spec":{"volumeName":"pv-1"},"status":{"phase":"Bound"}}
        """;

    private const string Snapshots =
        """
        {"kind":"VolumeSnapshot","apiVersion":"snapshot.storage.k8s.io/v1","metadata":{"name":"monday","namespace":"shop","uid":"uid-monday"},"spec":{"source":{"persistentVolumeClaimName":"data"}},"status":{"readyToUse":true,"creationTime":"2026-03-02T10:00:00Z","restoreSize":"1Gi","boundVolumeSnapshotContentName":"content-1"}}
        ---
        {"kind":"VolumeSnapshotContent","apiVersion":"snapshot.storage.k8s.io/v1","metadata":{"name":"content-1"},"spec":{"driver":"disk.example.com","source":{"volumeHandle":"vol-1"},"volumeSnapshotRef":{"namespace":"shop","name":"monday","uid":"uid-monday"}}}
        ---
        {"kind":"VolumeSnapshot","apiVersion":"snapshot.storage.k8s.io/v1","metadata":{"name":"tuesday","namespace":"shop","uid":"uid-tuesday"},"spec":{"source":{"persistentVolumeClaimName":"data"}}}
        """;

    [Fact]
    public async Task Inventory_TellsVolumesWithAndWithoutAClaim_AndWhoseSnapshotsThereAre()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        lab.LoadNamespace("shop");
        lab.Load(Volumes);
        ClusterInventory without = await ClusterInventory.ReadAsync(await lab.ConnectAsync());
        lab.Server.Kinds.Add(new ResourceKind("snapshot.storage.k8s.io", "volumesnapshots", "VolumeSnapshot", true) { IsBuiltIn = false });
        lab.Server.Kinds.Add(new ResourceKind("snapshot.storage.k8s.io", "volumesnapshotcontents", "VolumeSnapshotContent", false) { IsBuiltIn = false });
        lab.Load(Snapshots);

        ClusterInventory inventory = await ClusterInventory.ReadAsync(await lab.ConnectAsync());

        Assert.Empty(without.Snapshots);
        Assert.Equal(lab.Server.Store.Get("namespaces", "", "kube-system").Uid, inventory.ClusterId);
        VolumeDescriptor volume = Assert.Single(inventory.Volumes);
        Assert.Equal(("vol-1", "shop/data", 1L << 30, "fast", "xfs"), (volume.Id.ToString(), volume.Name, volume.Length, volume.StorageClass, volume.FileSystem));
        Assert.Equal([("pv-nfs", "pv-nfs"), ("vol-2", "gone/data")], inventory.Unclaimed.Select(unclaimed => (unclaimed.Id.ToString(), unclaimed.Name)).Order());
        Assert.Equal(
            [("shop/monday", "vol-1", true), ("shop/tuesday", "shop/data", false)],
            inventory.Snapshots.Select(snapshot => (snapshot.Id.ToString(), snapshot.Volume.ToString(), snapshot.IsReady)).Order());
    }

    [Fact]
    public async Task Inventory_LeavesOutWhatMoversUse_ButNotWhatTheyLeft()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        lab.LoadNamespace("shop");
        lab.Load(Volumes);
        lab.Load("""
            {"kind":"PersistentVolume","apiVersion":"v1","metadata":{"name":"waybill-mover-1","labels":{"backup.waybill/mover":"waybill-mover-1"}},"spec":{"capacity":{"storage":"1Gi"},"claimRef":{"namespace":"shop","name":"waybill-mover-1","uid":"uid-over"},"csi":{"driver":"disk.example.com","volumeHandle":"vol-1"}}}
            ---
            {"kind":"PersistentVolume","apiVersion":"v1","metadata":{"name":"pv-copy"},"spec":{"capacity":{"storage":"1Gi"},"claimRef":{"namespace":"shop","name":"waybill-mover-2","uid":"uid-copy"},"csi":{"driver":"disk.example.com","volumeHandle":"vol-copy"}}}
            ---
            {"kind":"PersistentVolumeClaim","apiVersion":"v1","metadata":{"name":"waybill-mover-2","namespace":"shop","uid":"uid-copy","labels":{"backup.waybill/mover":"waybill-mover-2"}},"spec":{"volumeName":"pv-copy"},"status":{"phase":"Bound"}}
            ---
            {"kind":"PersistentVolume","apiVersion":"v1","metadata":{"name":"pv-left"},"spec":{"capacity":{"storage":"1Gi"},"claimRef":{"namespace":"shop","name":"waybill-mover-3","uid":"uid-left"},"csi":{"driver":"disk.example.com","volumeHandle":"vol-left"}}}
            """);

        ClusterInventory inventory = await ClusterInventory.ReadAsync(await lab.ConnectAsync());

        Assert.Equal("vol-1", Assert.Single(inventory.Volumes).Id.ToString());
        Assert.Equal(["pv-nfs", "vol-2", "vol-left"], inventory.Unclaimed.Select(volume => volume.Id.ToString()).Order());
    }

    [Fact]
    public async Task Inventory_OfWhatMayNotBeListed_IsRefused_NotEmpty()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        lab.Server.Rules.Deny("admin", "list", "persistentvolumes");

        var error = await Assert.ThrowsAsync<ProviderException>(async () => await ClusterInventory.ReadAsync(await lab.ConnectAsync()));

        Assert.Equal(WaybillErrorCode.ClusterRefused, error.Code);
    }
}
