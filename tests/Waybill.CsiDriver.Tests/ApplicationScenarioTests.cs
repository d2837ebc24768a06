using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Waybill.CsiDriver.Tests.Support;
using Waybill.Kubernetes.ApiServer.Kinds;
using Waybill.Kubernetes.ApiServer.Storage;
using Waybill.Kubernetes.Tests;

namespace Waybill.CsiDriver.Tests;

/// <summary>
/// The whole way: the command of the product on one side, a cluster's API in the middle, the driver's process with volumes on a real file system on the other.
/// </summary>
public sealed class ApplicationScenarioTests
{
    private const int Length = 64 << 20;

    [SkippableFact]
    public async Task Application_IsProtected_ItsNamespaceDeleted_AndRestoredUnderAnotherNameOnAnotherClass()
    {
        await using BackupCluster cluster = await BackupCluster.StartAsync();
        await using DriverLab lab = await DriverLab.CreateAsync("xfs", 8, cluster.Arguments);
        await LoadClusterAsync(cluster, lab);
        await using var sidecars = new Sidecars(cluster.Server, lab.Socket, BackupCluster.Driver);
        await using CommandLab command = await CommandLab.CreateAsync(cluster);

        // An application with a claim, whose pod writes to the device that the driver made.
        TestVolume volume = await ProvisionAsync(cluster, lab);
        byte[] content = RandomNumberGenerator.GetBytes(4 << 20);
        await volume.UpAsync();
        BlockContent.Write(volume, 1 << 20, content);
        JsonElement first = await command.RunAsync("app", "protect", "shop", "--as", "shop-of-prod");
        RandomNumberGenerator.Fill(content.AsSpan(0, 100_000));
        BlockContent.Write(volume, 1 << 20, content[..100_000]);
        JsonElement second = await command.RunAsync("app", "protect", "shop", "--as", "shop-of-prod");
        byte[] expected = BlockContent.Read(volume, Length);

        // What is written after the point is not in it, and then everything is gone: objects, claim, volume.
        BlockContent.Write(volume, 0, RandomNumberGenerator.GetBytes(4096));
        await volume.DownAsync();
        await cluster.DeleteAsync("/api/v1/namespaces/shop");
        await UntilAsync(() => !cluster.Server.Store.ListAll().Any(stored => stored.Namespace == "shop" || stored.Kind.Name == "PersistentVolume"));
        Assert.DoesNotContain(lab.ListFiles(), file => file.Contains(volume.Id, StringComparison.Ordinal));

        JsonElement plan = await command.RunAsync("app", "restore", "shop-of-prod", "--to-namespace", "shop-again", "--storage-class", "fast=archive", "--dry-run");
        JsonElement restored = await command.RunAsync("app", "restore", "shop-of-prod", "--to-namespace", "shop-again", "--storage-class", "fast=archive");

        Assert.NotNull(first.GetProperty("whyFull").GetString());
        Assert.Null(second.GetProperty("whyFull").GetString());
        Assert.InRange(second.GetProperty("fileBytes").GetInt64(), 100_000, 1 << 20);
        Assert.Equal("fill", plan.GetProperty("claims")[0].GetProperty("action").GetString());
        JsonElement claim = Assert.Single(restored.GetProperty("claims").EnumerateArray());
        Assert.Equal(("shop-again/data", true), (claim.GetProperty("claim").GetString(), claim.GetProperty("verified").GetBoolean()));
        JsonObject made = cluster.Server.Store.Get("persistentvolumeclaims", "shop-again", "data").ToNode();
        Assert.Equal("archive", made["spec"]!["storageClassName"]!.GetValue<string>());
        Assert.Equal("aHVudGVyMg==", cluster.Server.Store.Get("secrets", "shop-again", "login").ToNode()["data"]!["password"]!.GetValue<string>());
        Assert.Equal("web", cluster.Server.Store.Get("deployments.apps", "shop-again", "web").Name);
        TestVolume again = TestVolume.Of(lab, HandleOf(cluster, "shop-again", "data"), "again", TestVolume.Block());
        await again.UpAsync();
        Assert.True(BlockContent.Read(again, Length).AsSpan().SequenceEqual(expected), "the restored volume is not the point");
        await again.DownAsync();

        // Nothing that was made on the way is left.
        JsonElement ledger = await command.RunAsync("ledger", "list");
        Assert.Empty(ledger.GetProperty("runs").EnumerateArray());
        Assert.DoesNotContain(cluster.Server.Store.ListAll(), stored => stored.Kind.Name == "VolumeSnapshot" && stored.Namespace == "shop-again");
    }

    private static async Task LoadClusterAsync(BackupCluster cluster, DriverLab lab)
    {
        cluster.Server.Kinds.Add(new ResourceKind("snapshot.storage.k8s.io", "volumesnapshotclasses", "VolumeSnapshotClass", false) { IsBuiltIn = false });
        cluster.Server.Kinds.Add(new ResourceKind("backup.waybill", "backupservices", "BackupService", false) { IsBuiltIn = false });
        foreach (string json in (string[])
        [
            """{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"shop"},"spec":{"finalizers":["kubernetes"]},"status":{"phase":"Active"}}""",
            $$$"""{"kind":"StorageClass","apiVersion":"storage.k8s.io/v1","metadata":{"name":"fast"},"provisioner":"{{{BackupCluster.Driver}}}","reclaimPolicy":"Delete","volumeBindingMode":"Immediate"}""",
            $$$"""{"kind":"StorageClass","apiVersion":"storage.k8s.io/v1","metadata":{"name":"archive"},"provisioner":"{{{BackupCluster.Driver}}}","reclaimPolicy":"Delete","volumeBindingMode":"Immediate"}""",
            $$$"""{"apiVersion":"snapshot.storage.k8s.io/v1","kind":"VolumeSnapshotClass","metadata":{"name":"local"},"driver":"{{{BackupCluster.Driver}}}","deletionPolicy":"Delete"}""",
            $$$"""
            {"apiVersion":"backup.waybill/v1","kind":"BackupService","metadata":{"name":"{{{BackupCluster.Driver}}}"},
             "spec":{"address":"{{{await BackupCluster.FindAddressAsync(lab.Driver)}}}","audience":"{{{BackupCluster.Driver}}}","caCert":"{{{Convert.ToBase64String(cluster.Authority)}}}"}}
            """,
            """{"kind":"Secret","apiVersion":"v1","metadata":{"name":"login","namespace":"shop"},"data":{"password":"aHVudGVyMg=="},"type":"Opaque"}""",
            """
            {"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"web","namespace":"shop","labels":{"app":"web"}},"spec":{"replicas":1,"selector":{"matchLabels":{"app":"web"}},
             "template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"web","image":"web:1","envFrom":[{"secretRef":{"name":"login"}}]}],
             "volumes":[{"name":"data","persistentVolumeClaim":{"claimName":"data"}}]}}}}
            """,
        ])
        {
            cluster.Server.Store.Load(json);
        }

        const string Rules = """
            {"apiGroups":["snapshot.storage.k8s.io"],"resources":["volumesnapshots"],"verbs":["get","list"]},
            {"apiGroups":[""],"resources":["persistentvolumeclaims"],"verbs":["get","list","update"]}
            """;
        cluster.GrantAgent(Rules);
        cluster.GrantAgent(Rules, "shop-again");
    }

    private static async Task<TestVolume> ProvisionAsync(BackupCluster cluster, DriverLab lab)
    {
        await cluster.CreateAsync("/api/v1/namespaces/shop/persistentvolumeclaims", $$$"""
            {"kind":"PersistentVolumeClaim","apiVersion":"v1","metadata":{"name":"data","namespace":"shop","labels":{"app":"web"}},
             "spec":{"accessModes":["ReadWriteOnce"],"volumeMode":"Block","storageClassName":"fast","resources":{"requests":{"storage":"{{{Length}}}"} } } }
            """);
        await UntilAsync(() => HandleOf(cluster, "shop", "data").Length > 0);
        return TestVolume.Of(lab, HandleOf(cluster, "shop", "data"), "data", TestVolume.Block());
    }

    private static string HandleOf(BackupCluster cluster, string home, string claim)
    {
        string? volume = cluster.Server.Store.Get("persistentvolumeclaims", home, claim).ToNode()["spec"]!["volumeName"]?.GetValue<string>();
        return volume is null ? "" : cluster.Server.Store.Get("persistentvolumes", "", volume).ToNode()["spec"]!["csi"]!["volumeHandle"]!.GetValue<string>();
    }

    private static async Task UntilAsync(Func<bool> isDone)
    {
        using var late = new CancellationTokenSource(Machine.Patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!isDone())
        {
            await timer.WaitForNextTickAsync(late.Token);
        }
    }
}
