using Waybill.Testing;

namespace Waybill.Kubernetes.Tests.Snapshots;

/// <summary>The kit's obligations, through the API of a cluster, a driver's sidecars and its backup API.</summary>
public sealed class ClusterConformanceTests
{
    [SkippableFact]
    public async Task Cluster_KeepsEveryObligation()
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        ClusterVolumeProvider provider = await lab.ConnectAsync();

        ConformanceReport report = await ProviderConformance.RunAsync(provider, new ConformanceOptions { VolumeLength = 2 * 1024 * 1024, Histories = 1, StorageClass = "fast" });

        Assert.True(report.IsConformant, report.ToString());
        Assert.All(
            report.Checks.Where(check => check.Id.Split('.')[0] is "volumes" or "content" or "provisioning" or "snapshots" or "allocated"),
            check => Assert.Equal(ConformanceOutcome.Passed, check.Outcome));
        foreach (string id in (string[])["changes.complete", "groups.described", "groups.idempotent", "groups.write-order", "groups.delete-idempotent"])
        {
            Assert.Contains(report.Checks, check => check.Id == id && check.Outcome == ConformanceOutcome.Passed);
        }

        Assert.Empty(lab.SnapshotsInCluster());
        Assert.Empty(lab.GroupsInCluster());
        Assert.Empty(lab.Cluster.Server.Store.List("persistentvolumeclaims"));
        Assert.Empty(lab.Cluster.Server.Store.List("persistentvolumes"));
        Assert.Empty(lab.Cluster.Server.Store.List("volumesnapshotcontents.snapshot.storage.k8s.io"));
    }
}
