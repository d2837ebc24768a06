using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Waybill.Kubernetes.ApiServer.Faults;
using Waybill.Kubernetes.ApiServer.Storage;
using Waybill.Providers;

namespace Waybill.Kubernetes.Tests.Snapshots;

/// <summary>Snapshots of several claims at once, and what is left when something goes wrong: nothing.</summary>
public sealed class ClusterGroupTests
{
    private const string Group = "run-1-group";

    [SkippableTheory]
    [InlineData("v1")]
    [InlineData("v1beta2")]
    [InlineData("v1beta1")]
    public async Task Group_IsTakenFoundAndRemoved(string version)
    {
        await using StorageLab lab = await StorageLab.StartAsync(groupVersion: version);
        ClusterVolumeProvider provider = await lab.ConnectAsync();
        VolumeId[] volumes = await NewVolumesAsync(provider);
        await StorageLab.WriteAsync(provider, volumes[0], 70_000, [1, 2, 3]);
        await StorageLab.WriteAsync(provider, volumes[1], 70_000, [4, 5, 6]);

        ImmutableArray<SnapshotDescriptor> taken = await provider.CreateGroupAsync(volumes, Group);
        ImmutableArray<SnapshotDescriptor> again = await provider.CreateGroupAsync([volumes[1], volumes[0]], Group);

        Assert.Equal(volumes, taken.Select(one => one.Volume));
        Assert.Equal(taken.Select(one => one.Id), again.Reverse().Select(one => one.Id));
        Assert.All(taken, one => Assert.Equal((Group, Group), (one.Group, one.Name)));
        Assert.Equal(taken[0].Created, taken[1].Created);
        Assert.Equal(taken[0], await provider.FindSnapshotAsync(taken[0].Id));
        Assert.Equal(Group, Assert.Single(await provider.ListSnapshotsAsync(volumes[1]).ToListAsync()).Group);
        Assert.Equal([1, 2, 3], (await StorageLab.ReadAsync(provider, new VolumeSource(volumes[0], taken[0].Id)))[70_000..70_003]);
        Assert.Equal([4, 5, 6], (await StorageLab.ReadAsync(provider, new VolumeSource(volumes[1], taken[1].Id)))[70_000..70_003]);
        Assert.Single(lab.GroupsInCluster());
        Assert.Empty(lab.LabelledClaims());

        await provider.DeleteGroupAsync(Group);
        await provider.DeleteGroupAsync(Group);

        await AssertNothingIsLeftAsync(lab);
    }

    [SkippableFact]
    public async Task Group_HoldsWhatOpenWritersTook_AndLetsThemGoOn()
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        ClusterVolumeProvider provider = await lab.ConnectAsync();
        VolumeId[] volumes = await NewVolumesAsync(provider);
        await using BlockWriter first = await provider.OpenWriteAsync(volumes[0]);
        await using BlockWriter second = await provider.OpenWriteAsync(volumes[1]);
        await first.WriteAsync(100, new byte[] { 1, 2, 3 });
        await second.WriteAsync(100, new byte[] { 4, 5, 6 });

        ImmutableArray<SnapshotDescriptor> taken = await provider.CreateGroupAsync(volumes, Group);
        await first.WriteAsync(100, new byte[] { 7, 8, 9 });
        await first.CompleteAsync();

        Assert.Equal([1, 2, 3], (await StorageLab.ReadAsync(provider, new VolumeSource(volumes[0], taken[0].Id)))[100..103]);
        Assert.Equal([4, 5, 6], (await StorageLab.ReadAsync(provider, new VolumeSource(volumes[1], taken[1].Id)))[100..103]);
    }

    [SkippableFact]
    public async Task Name_OfOtherSnapshots_IsRefused()
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        ClusterVolumeProvider provider = await lab.ConnectAsync();
        VolumeId[] volumes = await NewVolumesAsync(provider);
        VolumeId third = (await StorageLab.NewVolumeAsync(provider, "data-3")).Id;
        await provider.CreateGroupAsync(volumes, Group);
        SnapshotDescriptor alone = await provider.CreateSnapshotAsync(third, "alone");

        Assert.Equal(WaybillErrorCode.SnapshotConflict, await FailAsync(provider, [volumes[0], third], Group));
        Assert.Equal(WaybillErrorCode.SnapshotConflict, await FailAsync(provider, volumes, alone.Name));
        Assert.Equal(WaybillErrorCode.SnapshotConflict, (await Assert.ThrowsAsync<ProviderException>(async () => await provider.CreateSnapshotAsync(third, Group))).Code);
        await Assert.ThrowsAsync<ArgumentException>(async () => await provider.CreateGroupAsync([volumes[0], volumes[0]], "twice"));
        Assert.Single(lab.GroupsInCluster());
        Assert.Equal(3, lab.SnapshotsInCluster().Length);
        Assert.Empty(lab.LabelledClaims());
    }

    [SkippableFact]
    public async Task Snapshot_OfAGroup_IsGoneWhenItIsRemoved_AndTheGroupWithItsLast()
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        ClusterVolumeProvider provider = await lab.ConnectAsync();
        VolumeId[] volumes = await NewVolumesAsync(provider);
        await StorageLab.WriteAsync(provider, volumes[1], 0, [1, 2, 3]);
        ImmutableArray<SnapshotDescriptor> taken = await provider.CreateGroupAsync(volumes, Group);

        await provider.DeleteSnapshotAsync(taken[0].Id);
        await provider.DeleteSnapshotAsync(taken[0].Id);

        Assert.Null(await provider.FindSnapshotAsync(taken[0].Id));
        Assert.Equal(taken[1].Id, Assert.Single(await provider.ListSnapshotsAsync().ToListAsync()).Id);
        ProviderException read = await Assert.ThrowsAsync<ProviderException>(async () => await provider.OpenReadAsync(new VolumeSource(volumes[0], taken[0].Id)));
        Assert.Equal(WaybillErrorCode.SnapshotNotFound, read.Code);
        Assert.Equal([1, 2, 3], (await StorageLab.ReadAsync(provider, new VolumeSource(volumes[1], taken[1].Id)))[..3]);
        Assert.Equal(WaybillErrorCode.SnapshotConflict, await FailAsync(provider, volumes, Group));
        Assert.Equal(2, lab.SnapshotsInCluster().Length);

        await provider.DeleteSnapshotAsync(taken[1].Id);

        await AssertNothingIsLeftAsync(lab);
    }

    [SkippableFact]
    public async Task Snapshot_OfAGroupOfSomebodyElse_IsNotRemoved()
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        ClusterVolumeProvider provider = await lab.ConnectAsync();
        await NewVolumesAsync(provider);
        lab.Cluster.Load("""
            {"kind":"VolumeGroupSnapshot","apiVersion":"groupsnapshot.storage.k8s.io/v1","metadata":{"name":"nightly","namespace":"shop","uid":"uid-nightly"},"spec":{"source":{}}}
            ---
            {"kind":"VolumeSnapshot","apiVersion":"snapshot.storage.k8s.io/v1","metadata":{"name":"nightly-1","namespace":"shop","ownerReferences":[{"apiVersion":"groupsnapshot.storage.k8s.io/v1","kind":"VolumeGroupSnapshot","name":"nightly","uid":"uid-nightly"}]},"spec":{"source":{"persistentVolumeClaimName":"data-1"}}}
            """);

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(async () => await provider.DeleteSnapshotAsync(new SnapshotId("shop/nightly-1")));

        Assert.Equal(WaybillErrorCode.ProviderUnsupported, error.Code);
        Assert.Contains("shop/nightly", error.Message, StringComparison.Ordinal);
        Assert.False(lab.Cluster.Server.Store.Get("volumesnapshots.snapshot.storage.k8s.io", "shop", "nightly-1").IsDeleting);
    }

    [SkippableFact]
    public async Task Claims_OfTwoNamespacesOrThatAreNotThere_AreNoGroup()
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        ClusterVolumeProvider provider = await lab.ConnectAsync();
        VolumeId[] volumes = await NewVolumesAsync(provider);
        lab.Cluster.LoadNamespace("other");
        VolumeDescriptor elsewhere = await provider.CreateVolumeAsync(new VolumeCreateRequest("other/data", 1 << 20) { StorageClass = "fast" });

        Assert.Equal(WaybillErrorCode.GroupRefused, await FailAsync(provider, [volumes[0], elsewhere.Id], Group));
        Assert.Equal(WaybillErrorCode.VolumeNotFound, await FailAsync(provider, [volumes[0], new VolumeId("shop/gone")], Group));
        await AssertNothingIsLeftAsync(lab);
    }

    [SkippableTheory]
    [InlineData("plain", "v1", "")]
    [InlineData("xfs", "", "")]
    [InlineData("xfs", "v1", "no class")]
    [InlineData("xfs", "v1", "two classes")]
    [InlineData("xfs", "v1", "kept for ever")]
    [InlineData("xfs", "v1", "not to be listed")]
    public async Task Cluster_WithoutGroups_SaysSo(string fileSystem, string version, string what)
    {
        await using StorageLab lab = await StorageLab.StartAsync(fileSystem, groupVersion: version);
        ClusterVolumeProvider provider = await lab.ConnectAsync();
        VolumeId[] volumes = await NewVolumesAsync(provider);
        switch (what)
        {
            case "no class":
                lab.Cluster.Server.Store.Remove("volumegroupsnapshotclasses.groupsnapshot.storage.k8s.io", "", "local-groups");
                break;
            case "two classes":
                lab.Cluster.Load(ClassOf("more", "Delete"));
                break;
            case "kept for ever":
                lab.Cluster.Load(ClassOf("local-groups", "Retain"));
                break;
            case "not to be listed":
                lab.Cluster.Server.Rules.Deny("admin", "list", "volumegroupsnapshotclasses.groupsnapshot.storage.k8s.io");
                break;
            default:
                break;
        }

        VolumeCapabilities capabilities = await provider.GetCapabilitiesAsync(volumes[0]);

        Assert.Equal((GroupConsistency.None, true), (capabilities.Groups, capabilities.Snapshots));
        Assert.Equal(WaybillErrorCode.GroupRefused, await FailAsync(provider, volumes, Group));
        await AssertNothingIsLeftAsync(lab);
    }

    [SkippableFact]
    public async Task Class_IsTheDefaultOneOfSeveral()
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        ClusterVolumeProvider provider = await lab.ConnectAsync();
        VolumeId[] volumes = await NewVolumesAsync(provider);
        lab.Cluster.Load(ClassOf("more", "Delete", ""","annotations":{"groupsnapshot.storage.kubernetes.io/is-default-class":"true"}"""));

        await provider.CreateGroupAsync(volumes, Group);

        StoredObject made = Assert.Single(lab.Cluster.Server.Store.List("volumegroupsnapshots.groupsnapshot.storage.k8s.io"));
        Assert.Equal("more", made.ToNode()["spec"]!["volumeGroupSnapshotClassName"]!.GetValue<string>());
    }

    [SkippableFact]
    public async Task Class_OfTheOptions_MustBeThere()
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        ClusterVolumeProvider provider = await lab.ConnectAsync(options => options with { GroupSnapshotClass = "gold" });
        VolumeId[] volumes = await NewVolumesAsync(provider);

        WaybillException error = await Assert.ThrowsAsync<WaybillException>(async () => await provider.GetCapabilitiesAsync(volumes[0]));

        Assert.Equal(WaybillErrorCode.ConfigurationInvalid, error.Code);
        Assert.Contains("gold", error.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("the driver refuses")]
    [InlineData("the driver takes fewer")]
    [InlineData("another claim has the label")]
    [InlineData("nothing takes it up")]
    [InlineData("may not be made")]
    [InlineData("members may not be marked")]
    public async Task Group_ThatCannotBeTakenAsAskedFor_IsRefusedAndLeavesNothing(string what)
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        ClusterVolumeProvider provider = await lab.ConnectAsync(options => options with { ErrorPatience = TimeSpan.FromMilliseconds(500) });
        VolumeId[] volumes = await NewVolumesAsync(provider);
        await StorageLab.NewVolumeAsync(provider, "data-3");
        switch (what)
        {
            case "the driver refuses":
                lab.Sidecars.Groups.Failure = "the shelf is on fire";
                break;
            case "the driver takes fewer":
                lab.Sidecars.Groups.Choose = all => all[..1];
                break;
            case "another claim has the label":
                lab.Cluster.Server.Faults.Before("POST", "/volumegroupsnapshots", () => LabelAnother(lab, "data-3"));
                break;
            case "nothing takes it up":
                lab.Sidecars.Groups.IsStuck = true;
                break;
            case "may not be made":
                lab.Cluster.Server.Rules.Deny("admin", "create", "volumegroupsnapshots.groupsnapshot.storage.k8s.io");
                break;
            default:
                lab.Cluster.Server.Rules.Deny("admin", "patch", "volumesnapshots.snapshot.storage.k8s.io");
                break;
        }

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(async () => await provider.CreateGroupAsync(volumes, Group));

        Assert.Equal(WaybillErrorCode.GroupRefused, error.Code);
        Assert.True(what != "the driver refuses" || error.Message.Contains("on fire", StringComparison.Ordinal), error.Message);
        await AssertNothingIsLeftAsync(lab);
    }

    [SkippableFact]
    public async Task Group_ThatIsCancelled_LeavesNoLabelAndIsRemoved()
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        ClusterVolumeProvider provider = await lab.ConnectAsync();
        VolumeId[] volumes = await NewVolumesAsync(provider);
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lab.Sidecars.Groups.Gate = released.Task;
        using var cancel = new CancellationTokenSource();
        lab.Cluster.Server.Faults.Before("GET", "/volumegroupsnapshotcontents/", cancel.Cancel);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await provider.CreateGroupAsync(volumes, Group, cancel.Token));

        Assert.Empty(lab.LabelledClaims());
        released.SetResult();
        await UntilAsync(() => lab.GroupsInCluster().Length == 0 && ContentsInCluster(lab) == 0);
        await provider.DeleteGroupAsync(Group);
        await AssertNothingIsLeftAsync(lab);
    }

    [SkippableTheory]
    [InlineData("PATCH", "/persistentvolumeclaims/data-1", true)]
    [InlineData("PATCH", "/persistentvolumeclaims/data-1", false)]
    [InlineData("POST", "/volumegroupsnapshots", true)]
    [InlineData("POST", "/volumegroupsnapshots", false)]
    [InlineData("GET", "/volumegroupsnapshotcontents/", true)]
    [InlineData("GET", "/volumegroupsnapshotcontents/", false)]
    [InlineData("PATCH", "/volumesnapshots/", true)]
    [InlineData("PATCH", "/volumesnapshots/", false)]
    public async Task Process_ThatDiesBehindAStep_IsGoneOnFrom_OrCleanedUpAfter(string method, string path, bool goesOn)
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        ClusterVolumeProvider provider = await lab.ConnectAsync();
        ClusterVolumeProvider dying = await lab.ConnectAsync(cluster: lab.Cluster.OptionsOf("dying") with { RetryLimit = TimeSpan.Zero });
        VolumeId[] volumes = await NewVolumesAsync(provider);
        FaultPlan faults = lab.Cluster.Server.Faults;

        // From then on, nothing of it reaches the cluster: neither what it goes on with nor what it cleans up.
        faults.DieBehind("dying", method, path);
        await Assert.ThrowsAsync<ProviderException>(async () => await dying.CreateGroupAsync(volumes, Group));

        if (goesOn)
        {
            ImmutableArray<SnapshotDescriptor> taken = await provider.CreateGroupAsync(volumes, Group);

            Assert.Equal(volumes, taken.Select(one => one.Volume));
            Assert.All(taken, one => Assert.Equal(Group, one.Group));
            Assert.Single(lab.GroupsInCluster());
            Assert.Equal(2, lab.SnapshotsInCluster().Length);
            Assert.Empty(lab.LabelledClaims());
        }

        await provider.DeleteGroupAsync(Group);
        await AssertNothingIsLeftAsync(lab);
    }

    [SkippableFact]
    public async Task Labels_ThatADeadCallPutOnOtherClaims_AreNotTakenIn()
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        ClusterVolumeProvider provider = await lab.ConnectAsync();
        ClusterVolumeProvider dying = await lab.ConnectAsync(cluster: lab.Cluster.OptionsOf("dying") with { RetryLimit = TimeSpan.Zero });
        VolumeId[] volumes = await NewVolumesAsync(provider);
        VolumeId third = (await StorageLab.NewVolumeAsync(provider, "data-3")).Id;
        FaultPlan faults = lab.Cluster.Server.Faults;
        faults.DieBehind("dying", "PATCH", "/persistentvolumeclaims/data-3");
        await Assert.ThrowsAsync<ProviderException>(async () => await dying.CreateGroupAsync([volumes[0], third], Group));
        Assert.Contains("data-3", lab.LabelledClaims());

        await provider.CreateGroupAsync(volumes, Group);

        Assert.Equal(2, lab.SnapshotsInCluster().Length);
        Assert.Empty(lab.LabelledClaims());
    }

    [Fact]
    public void Label_ThatWasCaptured_IsNotRestored()
    {
        JsonObject claim = JsonNode.Parse("""
            {"kind":"PersistentVolumeClaim","apiVersion":"v1","metadata":{"name":"data","labels":{"app":"web","backup.waybill/group-0123":"true"}},"spec":{"volumeName":"pv"}}
            """)!.AsObject();

        ObjectCleaner.Clean(claim, keepAddresses: false);

        Assert.Equal("""{"app":"web"}""", claim["metadata"]!["labels"]!.ToJsonString());
    }

    private static string ClassOf(string name, string deletionPolicy, string more = "") => $$$"""
        {"apiVersion":"groupsnapshot.storage.k8s.io/v1","kind":"VolumeGroupSnapshotClass","metadata":{"name":"{{{name}}}"{{{more}}} },"driver":"{{{StorageLab.Driver}}}","deletionPolicy":"{{{deletionPolicy}}}"}
        """;

    private static async Task<VolumeId[]> NewVolumesAsync(ClusterVolumeProvider provider) =>
        [(await StorageLab.NewVolumeAsync(provider, "data-1")).Id, (await StorageLab.NewVolumeAsync(provider, "data-2")).Id];

    private static async Task<WaybillErrorCode> FailAsync(ClusterVolumeProvider provider, VolumeId[] volumes, string name) =>
        (await Assert.ThrowsAsync<ProviderException>(async () => await provider.CreateGroupAsync(volumes, name))).Code;

    private static int ContentsInCluster(StorageLab lab) => lab.Cluster.Server.Store.List("volumegroupsnapshotcontents.groupsnapshot.storage.k8s.io").Count;

    private static async Task AssertNothingIsLeftAsync(StorageLab lab)
    {
        Assert.Empty(lab.GroupsInCluster());
        Assert.Equal(0, ContentsInCluster(lab));
        Assert.Empty(lab.SnapshotsInCluster());
        Assert.Empty(lab.Cluster.Server.Store.List("volumesnapshotcontents.snapshot.storage.k8s.io"));
        Assert.Empty(lab.LabelledClaims());
        Assert.Empty(await lab.Platform.ListSnapshotsAsync().ToListAsync());
    }

    /// <summary>Gives another claim the label that selects the claims of a group.</summary>
    private static void LabelAnother(StorageLab lab, string name)
    {
        ObjectStore store = lab.Cluster.Server.Store;
        string found = store.List("persistentvolumeclaims").SelectMany(one => one.Labels.Keys).First(key => key.StartsWith("backup.waybill/group-", StringComparison.Ordinal));
        JsonObject claim = store.Get("persistentvolumeclaims", StorageLab.Namespace, name).ToNode();
        claim["metadata"]!.AsObject().Remove("resourceVersion");
        claim["metadata"]!["labels"] = new JsonObject { [found] = "true" };
        store.Load(claim.ToJsonString());
    }

    private static async Task UntilAsync(Func<bool> isDone)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!isDone())
        {
            await timer.WaitForNextTickAsync(late.Token);
        }
    }
}
