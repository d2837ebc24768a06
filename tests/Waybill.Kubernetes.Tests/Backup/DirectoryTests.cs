using Waybill.Backup;

namespace Waybill.Kubernetes.Tests.Backup;

public sealed class DirectoryTests
{
    private const string Driver = "local.csi.waybill";

    [Fact]
    public async Task Claim_BoundToAVolumeOfTheDriver_IsFound()
    {
        await using ClusterLab lab = await StartAsync();
        LoadClaim(lab, "data", "vol-1", labels: """{"app.kubernetes.io/instance":"prod","app.kubernetes.io/name":"shop"}""");
        LoadClaim(lab, "logs", "vol-2", labels: """{"app.kubernetes.io/name":"shop"}""");
        LoadClaim(lab, "more", "vol-3");
        KubernetesDirectory directory = await OpenAsync(lab);

        Assert.Equal(new BackupVolume(new VolumeId("vol-1"), "data", "prod"), await directory.FindClaimAsync("shop", "data"));
        Assert.Equal(new BackupVolume(new VolumeId("vol-2"), "logs", "shop"), await directory.FindClaimAsync("shop", "logs"));
        Assert.Equal(new BackupVolume(new VolumeId("vol-3"), "more"), await directory.FindClaimAsync("shop", "more"));
        Assert.Equal(["data", "logs", "more"], (await VolumesAsync(directory)).Select(volume => volume.Claim));
        Assert.Null(await directory.FindClaimAsync("other", "data"));
        Assert.Null(await directory.FindClaimAsync("shop", "absent"));
    }

    [Theory]
    [InlineData("other.example.org", "shop", "data", "uid-data")]
    [InlineData(Driver, "other", "data", "uid-data")]
    [InlineData(Driver, "shop", "other", "uid-data")]
    [InlineData(Driver, "shop", "data", "uid-of-an-earlier-one")]
    [InlineData(Driver, "shop", "data", "")]
    public async Task Claim_WhoseVolumeIsAnothersOrNotBoundToIt_IsNotFound(string driver, string claimNamespace, string claimName, string claimUid)
    {
        await using ClusterLab lab = await StartAsync();
        LoadClaim(lab, "data", "vol-1");
        LoadVolume(lab, "pv-data", driver, "vol-1", claimNamespace, claimName, claimUid);
        KubernetesDirectory directory = await OpenAsync(lab);

        Assert.Null(await directory.FindClaimAsync("shop", "data"));
        Assert.Empty(await VolumesAsync(directory));
    }

    [Fact]
    public async Task Claim_WithoutAVolume_IsNotFound()
    {
        await using ClusterLab lab = await StartAsync();
        lab.Load("""{"kind":"PersistentVolumeClaim","apiVersion":"v1","metadata":{"name":"waiting","namespace":"shop"},"spec":{}}""");
        lab.Load("""{"kind":"PersistentVolumeClaim","apiVersion":"v1","metadata":{"name":"lost","namespace":"shop"},"spec":{"volumeName":"pv-gone"}}""");
        lab.Load("""{"kind":"PersistentVolumeClaim","apiVersion":"v1","metadata":{"name":"odd","namespace":"shop"},"spec":{"volumeName":"../namespaces/kube-system"}}""");
        KubernetesDirectory directory = await OpenAsync(lab);

        Assert.Null(await directory.FindClaimAsync("shop", "waiting"));
        Assert.Null(await directory.FindClaimAsync("shop", "lost"));
        Assert.Null(await directory.FindClaimAsync("shop", "odd"));
        Assert.Empty(await VolumesAsync(directory));
    }

    [Fact]
    public async Task Snapshot_OfTheDriver_IsFound()
    {
        await using ClusterLab lab = await StartAsync();
        LoadSnapshot(lab, "monday", "snap-1", """{"volumeHandle":"vol-1"}""");
        KubernetesDirectory directory = await OpenAsync(lab);

        var expected = new BackupPoint("monday", new VolumeId("vol-1"), new SnapshotId("snap-1"));
        Assert.Equal(expected, await directory.FindPointAsync("shop", "monday"));
        Assert.Equal([expected], await PointsAsync(directory));
        Assert.Null(await directory.FindPointAsync("other", "monday"));
        Assert.Null(await directory.FindPointAsync("shop", "never"));
    }

    [Theory]
    [InlineData("other.example.org", "shop", "monday", "uid-monday")]
    [InlineData(Driver, "other", "monday", "uid-monday")]
    [InlineData(Driver, "shop", "tuesday", "uid-monday")]
    [InlineData(Driver, "shop", "monday", "uid-of-an-earlier-one")]
    [InlineData(Driver, "shop", "monday", "")]
    public async Task Snapshot_ThatNamesAContentOfSomebodyElse_IsNotFound(string driver, string snapshotNamespace, string snapshotName, string snapshotUid)
    {
        await using ClusterLab lab = await StartAsync();
        LoadSnapshot(lab, "monday", "snap-1", """{"volumeHandle":"vol-1"}""");
        LoadContent(lab, "content-monday", driver, snapshotNamespace, snapshotName, snapshotUid, "snap-1", """{"volumeHandle":"vol-1"}""");
        KubernetesDirectory directory = await OpenAsync(lab);

        Assert.Null(await directory.FindPointAsync("shop", "monday"));
        Assert.Empty(await PointsAsync(directory));
    }

    [Theory]
    [InlineData("false", "snap-1")]
    [InlineData("true", "")]
    public async Task Snapshot_ThatIsNotReady_IsNotListed_AndComesLater(string ready, string handle)
    {
        await using ClusterLab lab = await StartAsync();
        LoadSnapshot(lab, "monday", handle, """{"volumeHandle":"vol-1"}""", ready);
        lab.Load("""{"apiVersion":"snapshot.storage.k8s.io/v1","kind":"VolumeSnapshot","metadata":{"name":"new","namespace":"shop"},"spec":{"source":{"persistentVolumeClaimName":"data"}}}""");
        KubernetesDirectory directory = await OpenAsync(lab);

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(async () => await directory.FindPointAsync("shop", "monday"));

        Assert.Equal((WaybillErrorCode.ProviderBusy, true), (error.Code, error.IsTransient));
        Assert.Empty(await PointsAsync(directory));
        Assert.Null(await directory.FindPointAsync("shop", "new"));
    }

    [Fact]
    public async Task Snapshot_WhoseContentNamesNoVolume_IsThatOfItsClaim()
    {
        await using ClusterLab lab = await StartAsync();
        LoadSnapshot(lab, "monday", "snap-1", """{"snapshotHandle":"snap-1"}""", claim: "data");
        LoadSnapshot(lab, "imported", "snap-2", """{"snapshotHandle":"snap-2"}""", claim: "");
        KubernetesDirectory directory = await OpenAsync(lab);
        Assert.Null(await directory.FindPointAsync("shop", "monday"));

        LoadClaim(lab, "data", "vol-1");

        Assert.Equal(new BackupPoint("monday", new VolumeId("vol-1"), new SnapshotId("snap-1")), await directory.FindPointAsync("shop", "monday"));
        Assert.Equal(["monday"], (await PointsAsync(directory)).Select(point => point.Name));
        Assert.Null(await directory.FindPointAsync("shop", "imported"));
    }

    [Fact]
    public async Task ManyObjects_AreListedInPages_InTheOrderOfTheirNames()
    {
        await using ClusterLab lab = await StartAsync();
        string[] names = [.. Enumerable.Range(1, 57).Select(i => $"v{i}").Order(StringComparer.Ordinal)];
        foreach (string name in names)
        {
            LoadClaim(lab, name, "vol-" + name);
            LoadSnapshot(lab, name, "snap-" + name, $$"""{"volumeHandle":"vol-{{name}}"}""");
        }

        KubernetesDirectory directory = await OpenAsync(lab, lab.Options with { PageSize = 10 });

        Assert.Equal(names, (await VolumesAsync(directory)).Select(volume => volume.Claim));
        Assert.Equal(names.Select(name => "vol-" + name), (await VolumesAsync(directory)).Select(volume => volume.Volume.ToString()));
        Assert.Equal(names.Select(name => $"vol-{name} snap-{name}"), (await PointsAsync(directory)).Select(point => $"{point.Volume} {point.Snapshot}"));

        // Two kinds, six pages each, three times: nobody is asked for one by one.
        Assert.Equal(36, lab.Server.Requests.Count(request => request.Method == "GET"));
    }

    [Fact]
    public async Task ListThatIsNotWhole_IsAnError()
    {
        await using ClusterLab lab = await StartAsync();
        foreach (int i in Enumerable.Range(1, 30))
        {
            LoadClaim(lab, $"v{i}", $"vol-{i}");
        }

        KubernetesDirectory directory = await OpenAsync(lab, lab.Options with { PageSize = 10, RetryLimit = TimeSpan.Zero });
        lab.Server.Faults.Fail("GET", "continue=", 403, "Forbidden");

        WaybillException error = await Assert.ThrowsAnyAsync<WaybillException>(() => VolumesAsync(directory));

        Assert.Equal(WaybillErrorCode.ClusterRefused, error.Code);
    }

    [Fact]
    public async Task ServerThatIsGone_FindsNothing_AndSaysSo()
    {
        await using ClusterLab lab = await StartAsync();
        LoadClaim(lab, "data", "vol-1");
        KubernetesDirectory directory = await OpenAsync(lab, lab.Options with { RetryLimit = TimeSpan.Zero });
        await lab.Server.DisposeAsync();

        Assert.True((await Assert.ThrowsAnyAsync<WaybillException>(async () => await directory.FindClaimAsync("shop", "data"))).IsTransient);
        Assert.True((await Assert.ThrowsAnyAsync<WaybillException>(async () => await directory.FindPointAsync("shop", "monday"))).IsTransient);
        Assert.True((await Assert.ThrowsAnyAsync<WaybillException>(() => VolumesAsync(directory))).IsTransient);
        Assert.True((await Assert.ThrowsAnyAsync<WaybillException>(() => PointsAsync(directory))).IsTransient);
    }

    private static async Task<ClusterLab> StartAsync()
    {
        ClusterLab lab = await ClusterLab.StartAsync();
        lab.LoadNamespace("shop");
        lab.LoadDefinition("snapshot.storage.k8s.io", "volumesnapshots", "VolumeSnapshot", "v1");
        lab.LoadDefinition("snapshot.storage.k8s.io", "volumesnapshotcontents", "VolumeSnapshotContent", "v1");
        lab.Server.Kinds.Add(lab.Server.Kinds.Get("volumesnapshotcontents.snapshot.storage.k8s.io") with { IsNamespaced = false });
        return lab;
    }

    private static async Task<KubernetesDirectory> OpenAsync(ClusterLab lab, ClusterOptions? options = null) => new(await lab.ConnectAsync(options), Driver);

    private static void LoadClaim(ClusterLab lab, string name, string handle, string labels = "{}")
    {
        lab.Load($$$"""{"kind":"PersistentVolumeClaim","apiVersion":"v1","metadata":{"name":"{{{name}}}","namespace":"shop","uid":"uid-{{{name}}}","labels":{{{labels}}} },"spec":{"volumeName":"pv-{{{name}}}"},"status":{"phase":"Bound"}}""");
        LoadVolume(lab, "pv-" + name, Driver, handle, "shop", name, "uid-" + name);
    }

    private static void LoadVolume(ClusterLab lab, string name, string driver, string handle, string claimNamespace, string claim, string claimUid) => lab.Load(
        $$$"""{"kind":"PersistentVolume","apiVersion":"v1","metadata":{"name":"{{{name}}}"},"spec":{"claimRef":{"namespace":"{{{claimNamespace}}}","name":"{{{claim}}}","uid":"{{{claimUid}}}"},"csi":{"driver":"{{{driver}}}","volumeHandle":"{{{handle}}}"} } }""");

    private static void LoadSnapshot(ClusterLab lab, string name, string handle, string source, string ready = "true", string claim = "data")
    {
        lab.Load($$$"""{"apiVersion":"snapshot.storage.k8s.io/v1","kind":"VolumeSnapshot","metadata":{"name":"{{{name}}}","namespace":"shop","uid":"uid-{{{name}}}"},"spec":{"source":{"persistentVolumeClaimName":"{{{claim}}}"} },"status":{"boundVolumeSnapshotContentName":"content-{{{name}}}","readyToUse":{{{ready}}} } }""");
        LoadContent(lab, "content-" + name, Driver, "shop", name, "uid-" + name, handle, source);
    }

    private static void LoadContent(ClusterLab lab, string name, string driver, string snapshotNamespace, string snapshot, string snapshotUid, string handle, string source) => lab.Load(
        $$$"""{"apiVersion":"snapshot.storage.k8s.io/v1","kind":"VolumeSnapshotContent","metadata":{"name":"{{{name}}}"},"spec":{"driver":"{{{driver}}}","volumeSnapshotRef":{"namespace":"{{{snapshotNamespace}}}","name":"{{{snapshot}}}","uid":"{{{snapshotUid}}}"},"source":{{{source}}} },"status":{"snapshotHandle":"{{{handle}}}"}}""");

    private static async Task<List<BackupVolume>> VolumesAsync(KubernetesDirectory directory) => await directory.ListVolumesAsync("shop").ToListAsync();

    private static async Task<List<BackupPoint>> PointsAsync(KubernetesDirectory directory) => await directory.ListPointsAsync("shop").ToListAsync();
}
