using System.Collections.Immutable;
using Waybill.Bundles;
using Waybill.Engine;
using Waybill.Kubernetes.ApiServer.Faults;
using Waybill.Providers;
using Waybill.Storage;
using Waybill.Testing;

namespace Waybill.Kubernetes.Tests.Snapshots;

/// <summary>The engine protects claims of a cluster and restores them, data included.</summary>
public sealed class ClusterEngineTests : IDisposable
{
    private const int Length = 8 << 20;

    private readonly string _state = Directory.CreateTempSubdirectory("waybill-engine-").FullName;
    private readonly InMemoryBundleStore _store = new();

    public void Dispose() => Directory.Delete(_state, recursive: true);

    [SkippableFact]
    public async Task Claim_ProtectedTwice_IsRestoredToAnotherClassAsItWas()
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        ClusterVolumeProvider provider = await lab.ConnectAsync();
        EngineContext context = Context(provider);
        VolumeDescriptor volume = await StorageLab.NewVolumeAsync(provider, "data", Length);
        byte[] content = StorageLab.Bytes(Length, 1);
        await StorageLab.WriteAsync(provider, volume.Id, 0, content);
        ProtectResult full = await new ProtectRunner(context).RunAsync(Application(volume.Id));
        StorageLab.Bytes(70_000, 2).CopyTo(content, 3 << 20);
        await StorageLab.WriteAsync(provider, volume.Id, 3 << 20, content[(3 << 20)..((3 << 20) + 70_000)]);
        lab.Calls.Clear();

        ProtectResult delta = await new ProtectRunner(context).RunAsync(Application(volume.Id));

        VolumePlan plan = Assert.Single(delta.Volumes);
        Assert.True(Assert.Single(full.Volumes).IsFull);
        Assert.Equal(CopyStep.Delta, plan.Step);
        Assert.InRange(plan.BytesToRead, 70_000, 1 << 20);
        Assert.InRange(lab.Calls.Where(call => call.Method == "ReadData").Sum(call => call.Bytes), 70_000, 2 << 20);

        var item = new RestoreItem("data", new RestoreTarget.NewVolume(provider.Name, $"{StorageLab.Namespace}/restored") { StorageClass = "archive" });
        RestoreResult result = await new RestoreRunner(context).RunAsync(new RestoreRequest(delta.BundleName, TrustPolicy.AcceptUnsigned, [item]));

        RestoredVolume restored = Assert.Single(result.Volumes);
        Assert.True(restored.IsVerified);
        Assert.Equal("archive", (await provider.FindVolumeAsync(restored.Volume))!.StorageClass);
        Assert.Equal(content, await StorageLab.ReadAsync(provider, new VolumeSource(restored.Volume)));
        Assert.Single(lab.SnapshotsInCluster());
        Assert.Empty(await LedgerAsync(context));
    }

    [SkippableFact]
    public async Task Base_ThatIsGone_IsToldAndNotGuessed()
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        ClusterVolumeProvider provider = await lab.ConnectAsync();
        EngineContext context = Context(provider);
        VolumeDescriptor volume = await StorageLab.NewVolumeAsync(provider, "data", Length);
        byte[] content = StorageLab.Bytes(1 << 20, 1);
        await StorageLab.WriteAsync(provider, volume.Id, 0, content);
        await new ProtectRunner(context).RunAsync(Application(volume.Id));
        SnapshotDescriptor kept = Assert.Single(await provider.ListSnapshotsAsync(volume.Id).ToListAsync());
        await provider.DeleteSnapshotAsync(kept.Id);
        SnapshotDescriptor now = await provider.CreateSnapshotAsync(volume.Id, "now");

        DiffResult answer = await provider.DiffAsync(volume.Id, kept.ChangeId!.Value, now.Id);
        ProtectResult next = await new ProtectRunner(context).RunAsync(Application(volume.Id));

        Assert.IsType<DiffResult.UseAllocated>(answer);
        VolumePlan plan = Assert.Single(next.Volumes);
        Assert.NotEqual(CopyStep.Delta, plan.Step);
        Assert.Contains(plan.Reasons, reason => reason.Contains("gone", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task Run_ThatDiesWhileTheSnapshotIsTaken_LeavesNothingToASweep()
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        ClusterVolumeProvider provider = await lab.ConnectAsync();
        EngineContext context = Context(provider);
        VolumeDescriptor volume = await StorageLab.NewVolumeAsync(provider, "data", Length);

        // From the moment the snapshot is asked for, this run hears and says nothing any more.
        ClusterVolumeProvider dying = await lab.ConnectAsync(
            options => options with { Name = provider.Name, WaitLimit = TimeSpan.FromSeconds(1) }, lab.Cluster.Options with { RetryLimit = TimeSpan.Zero });
        lab.Sidecars.Snapshotter.IsStuck = true;
        lab.Cluster.Server.Faults.Drop("GET", "/volumesnapshots/waybill-");
        lab.Cluster.Server.Faults.Drop("DELETE", "/volumesnapshots/waybill-");
        lab.Cluster.Server.Faults.Drop("GET", "/volumesnapshots?limit");
        await Assert.ThrowsAsync<ProviderException>(() => new ProtectRunner(Context(dying)).RunAsync(Application(volume.Id)));
        Assert.Single(lab.SnapshotsInCluster());
        Assert.Single(await LedgerAsync(context));

        lab.Cluster.Server.Faults.Clear();
        lab.Sidecars.Snapshotter.IsStuck = false;
        SweepReport report = await Ledger.SweepAsync(context);

        Assert.Empty(report.Problems);
        Assert.Single(report.Released);
        Assert.Empty(lab.SnapshotsInCluster());
        Assert.Empty(await LedgerAsync(context));
    }

    [SkippableFact]
    public async Task Claims_OfOneApplication_AreProtectedAsOne()
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        ClusterVolumeProvider provider = await lab.ConnectAsync();
        EngineContext context = Context(provider);
        VolumeDescriptor data = await StorageLab.NewVolumeAsync(provider, "data", Length);
        VolumeDescriptor log = await StorageLab.NewVolumeAsync(provider, "log", Length);
        await StorageLab.WriteAsync(provider, data.Id, 0, StorageLab.Bytes(Length, 1));
        ProtectedApplication application = Strict(Application(data.Id, log.Id));
        ProtectResult full = await new ProtectRunner(context).RunAsync(application);
        string[] first = lab.GroupsInCluster();
        await StorageLab.WriteAsync(provider, log.Id, 1 << 20, StorageLab.Bytes(50_000, 2));

        ProtectResult delta = await new ProtectRunner(context).RunAsync(application);

        Assert.All((ProtectResult[])[full, delta], result => Assert.True(result.Evidence.WriteOrderFidelity, result.WhyNotMoreConsistent));
        Assert.All(delta.Volumes, plan => Assert.Equal(CopyStep.Delta, plan.Step));

        // The group of the newest point is kept for the next, and no other.
        Assert.NotEqual(Assert.Single(first), Assert.Single(lab.GroupsInCluster()));
        Assert.Equal(2, lab.SnapshotsInCluster().Length);
        Assert.Empty(lab.LabelledClaims());
        Assert.Empty(await LedgerAsync(context));
    }

    [SkippableFact]
    public async Task Claims_OfTwoNamespaces_AreProtectedOneByOne_AndThatIsSaid()
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        ClusterVolumeProvider provider = await lab.ConnectAsync();
        EngineContext context = Context(provider);
        lab.Cluster.LoadNamespace("other");
        VolumeDescriptor data = await StorageLab.NewVolumeAsync(provider, "data");
        VolumeDescriptor log = await provider.CreateVolumeAsync(new VolumeCreateRequest("other/log", 4 << 20) { StorageClass = "fast" });

        ProtectResult result = await new ProtectRunner(context).RunAsync(Application(data.Id, log.Id));
        WaybillException strict = await Assert.ThrowsAsync<WaybillException>(() => new ProtectRunner(context).RunAsync(Strict(Application(data.Id, log.Id))));

        Assert.False(result.Evidence.WriteOrderFidelity);
        Assert.Contains("one namespace", result.WhyNotMoreConsistent, StringComparison.Ordinal);
        Assert.Equal(WaybillErrorCode.ConsistencyTooLow, strict.Code);
        Assert.Empty(lab.GroupsInCluster());
        Assert.Equal(2, lab.SnapshotsInCluster().Length);
        Assert.Empty(await LedgerAsync(context));
    }

    [SkippableFact]
    public async Task Run_ThatDiesWhileTheGroupIsTaken_LeavesNothingToASweep()
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        ClusterVolumeProvider provider = await lab.ConnectAsync();
        EngineContext context = Context(provider);
        VolumeDescriptor data = await StorageLab.NewVolumeAsync(provider, "data");
        VolumeDescriptor log = await StorageLab.NewVolumeAsync(provider, "log");
        ClusterVolumeProvider dying = await lab.ConnectAsync(options => options with { Name = provider.Name }, lab.Cluster.OptionsOf("dying") with { RetryLimit = TimeSpan.Zero });
        FaultPlan faults = lab.Cluster.Server.Faults;
        faults.DieBehind("dying", "POST", "/volumegroupsnapshots");
        await Assert.ThrowsAsync<ProviderException>(() => new ProtectRunner(Context(dying)).RunAsync(Application(data.Id, log.Id)));
        Assert.Single(lab.GroupsInCluster());
        Assert.Equal(2, lab.LabelledClaims().Length);
        Assert.Single(await LedgerAsync(context));

        SweepReport report = await Ledger.SweepAsync(context);

        Assert.Empty(report.Problems);
        Assert.Single(report.Released);
        Assert.Empty(lab.GroupsInCluster());
        Assert.Empty(lab.SnapshotsInCluster());
        Assert.Empty(lab.LabelledClaims());
        Assert.Empty(await LedgerAsync(context));
    }

    private EngineContext Context(ClusterVolumeProvider provider) => new(_store, _state)
    {
        Providers = ImmutableDictionary<string, IVolumeProvider>.Empty.Add(provider.Name, provider),
    };

    private static ProtectedApplication Strict(ProtectedApplication application) => application with { Policy = application.Policy with { RequireWriteOrder = true } };

    private static ProtectedApplication Application(params VolumeId[] volumes) => new("shop")
    {
        Volumes = [.. volumes.Select(volume => new ProtectedVolume(volume.ToString().Split('/')[1], "kubernetes", volume))],
        Policy = new ProtectPolicy { SelfCheckShare = 0 },
    };

    private static async Task<List<LedgerRun>> LedgerAsync(EngineContext context) => await Ledger.ListAsync(context).ToListAsync();
}
