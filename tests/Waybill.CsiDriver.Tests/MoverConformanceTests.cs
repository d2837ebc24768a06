using Waybill.CsiDriver.Tests.Support;
using Waybill.Testing;

namespace Waybill.CsiDriver.Tests;

/// <summary>The kit's obligations, through a cluster whose driver serves no data but says what changed: real devices in some hundred movers.</summary>
public sealed class MoverConformanceTests
{
    [SkippableFact]
    public async Task Cluster_ThroughMovers_KeepsEveryObligation()
    {
        await using ApplicationLab lab = await ApplicationLab.StartAsync(withMovers: true);
        await using MetadataSidecar sidecar = await lab.StartMetadataAsync();
        lab.Cluster.GrantAgent("""{"apiGroups":["snapshot.storage.k8s.io"],"resources":["volumesnapshots"],"verbs":["get"]}""", "default");
        lab.Cluster.Server.Store.Load($$$"""
            {"kind":"StorageClass","apiVersion":"storage.k8s.io/v1","metadata":{"name":"kit"},"provisioner":"{{{BackupCluster.Driver}}}","reclaimPolicy":"Delete","volumeBindingMode":"Immediate","allowVolumeExpansion":true,
             "parameters":{"csi.storage.k8s.io/fstype":"xfs"}}
            """);
        await using ProviderLab storage = await ProviderLab.ConnectAsync(lab);

        ConformanceReport report = await ProviderConformance.RunAsync(storage.Provider, new ConformanceOptions { VolumeLength = 2 * 1024 * 1024, Histories = 1, StorageClass = "kit" });

        Assert.True(report.IsConformant, report.ToString());
        Assert.All(
            report.Checks.Where(check => check.Id.Split('.')[0] is "volumes" or "content" or "provisioning" or "snapshots" or "allocated" or "trees"),
            check => Assert.Equal(ConformanceOutcome.Passed, check.Outcome));
        Assert.Contains(report.Checks, check => check.Id == "changes.complete" && check.Outcome == ConformanceOutcome.Passed);
        Assert.DoesNotContain(lab.Cluster.Server.Store.ListAll(), stored => stored.Labels.ContainsKey("backup.waybill/mover"));
    }
}
