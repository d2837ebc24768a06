using Waybill.Providers;

namespace Waybill.Kubernetes.Tests.Snapshots;

/// <summary>What claims and snapshots of a cluster do when something is not as it should be.</summary>
public sealed class ClusterVolumeTests
{
    [SkippableFact]
    public async Task Snapshot_WhileTheApiIsBusyAndForgetful_IsTakenOnce()
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        ClusterVolumeProvider provider = await lab.ConnectAsync();
        VolumeDescriptor volume = await StorageLab.NewVolumeAsync(provider, "data");
        lab.Cluster.Server.Faults.Fail("POST", "/volumesnapshots", 429, "TooManyRequests", times: 1, retryAfter: 1);
        lab.Cluster.Server.Faults.Fail("POST", "/volumesnapshots", 500, "InternalError", times: 1);
        lab.Cluster.Server.Faults.CutAfter(20, "POST", "/volumesnapshots", times: 1);
        lab.Cluster.Server.Faults.Fail("GET", "/volumesnapshots/", 500, "InternalError", times: 2);

        SnapshotDescriptor snapshot = await provider.CreateSnapshotAsync(volume.Id, "one");

        Assert.Equal(volume.Id, snapshot.Volume);
        Assert.Single(lab.SnapshotsInCluster());
    }

    [SkippableFact]
    public async Task Snapshot_ThatIsNeverTaken_EndsInTimeAndIsFoundAgain()
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        ClusterVolumeProvider provider = await lab.ConnectAsync();
        ClusterVolumeProvider hasty = await lab.ConnectAsync(options => options with { WaitLimit = TimeSpan.FromMilliseconds(500) });
        VolumeDescriptor volume = await StorageLab.NewVolumeAsync(provider, "data");
        lab.Sidecars.Snapshotter.IsStuck = true;

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(async () => await hasty.CreateSnapshotAsync(volume.Id, "one"));

        Assert.Equal(WaybillErrorCode.ProviderBusy, error.Code);
        Assert.True(error.IsTransient);
        SnapshotDescriptor waiting = Assert.Single(await provider.ListSnapshotsAsync(volume.Id).ToListAsync());
        Assert.Equal(("one", false), (waiting.Name, waiting.IsReady));
    }

    [SkippableFact]
    public async Task Snapshot_ThatFails_IsSaidInTheWordsOfTheServerAndRemoved()
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        ClusterVolumeProvider provider = await lab.ConnectAsync(options => options with { ErrorPatience = TimeSpan.FromMilliseconds(200) });
        VolumeDescriptor volume = await StorageLab.NewVolumeAsync(provider, "data");
        lab.Sidecars.Snapshotter.Failure = "the shelf is on fire";

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(async () => await provider.CreateSnapshotAsync(volume.Id, "one"));

        Assert.Equal(WaybillErrorCode.ProviderFailed, error.Code);
        Assert.Contains("the shelf is on fire", error.Message, StringComparison.Ordinal);
        Assert.Empty(lab.SnapshotsInCluster());
    }

    [SkippableFact]
    public async Task Snapshot_HoldsWhatAnOpenWriterOfThisProviderTook()
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        ClusterVolumeProvider provider = await lab.ConnectAsync();
        VolumeDescriptor volume = await StorageLab.NewVolumeAsync(provider, "data");
        byte[] content = StorageLab.Bytes(5000, 1);
        await using BlockWriter writer = await provider.OpenWriteAsync(volume.Id);
        await writer.WriteAsync(100, content);

        SnapshotDescriptor snapshot = await provider.CreateSnapshotAsync(volume.Id, "one");

        Assert.Equal(content, (await StorageLab.ReadAsync(provider, new VolumeSource(volume.Id, snapshot.Id)))[100..5100]);
        ProviderException second = await Assert.ThrowsAsync<ProviderException>(async () => await provider.OpenWriteAsync(volume.Id));
        Assert.Equal(WaybillErrorCode.ProviderBusy, second.Code);
    }

    [SkippableFact]
    public async Task Snapshot_OfAClaimThatWasMadeAnew_IsNoneOfItsOwn()
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        ClusterVolumeProvider provider = await lab.ConnectAsync();
        VolumeDescriptor volume = await StorageLab.NewVolumeAsync(provider, "data");
        await StorageLab.WriteAsync(provider, volume.Id, 70_000, [1, 2, 3]);
        SnapshotDescriptor old = await provider.CreateSnapshotAsync(volume.Id, "one");
        await provider.DeleteVolumeAsync(volume.Id);
        Assert.Equal([1, 2, 3], (await StorageLab.ReadAsync(provider, new VolumeSource(volume.Id, old.Id)))[70_000..70_003]);
        VolumeDescriptor anew = await StorageLab.NewVolumeAsync(provider, "data");
        SnapshotDescriptor target = await provider.CreateSnapshotAsync(anew.Id, "two");

        ProviderException read = await Assert.ThrowsAsync<ProviderException>(async () => await provider.OpenReadAsync(new VolumeSource(anew.Id, old.Id)));
        ProviderException again = await Assert.ThrowsAsync<ProviderException>(async () => await provider.CreateSnapshotAsync(anew.Id, "one"));

        Assert.Equal((WaybillErrorCode.SnapshotNotFound, WaybillErrorCode.SnapshotConflict), (read.Code, again.Code));
        Assert.IsType<DiffResult.Fatal>(await provider.DiffAsync(anew.Id, old.ChangeId!.Value, target.Id));
        await provider.DeleteSnapshotAsync(old.Id);
        Assert.Equal(target.Id, Assert.Single(await provider.ListSnapshotsAsync().ToListAsync()).Id);
    }

    [SkippableFact]
    public async Task Snapshot_ThatAReaderLeftBehind_IsRemovedByALaterOne()
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        ClusterVolumeProvider provider = await lab.ConnectAsync();
        VolumeDescriptor volume = await StorageLab.NewVolumeAsync(provider, "data");
        BlockReader killed = await provider.OpenReadAsync(new VolumeSource(volume.Id));
        string left = Assert.Single(lab.SnapshotsInCluster());

        await StorageLab.ReadAsync(provider, new VolumeSource(volume.Id));
        Assert.Equal([left], lab.SnapshotsInCluster());
        ClusterVolumeProvider later = await lab.ConnectAsync(cluster: lab.Cluster.Options with { TimeProvider = new LaterClock(TimeSpan.FromDays(3)) });
        await StorageLab.ReadAsync(later, new VolumeSource(volume.Id));

        Assert.Empty(lab.SnapshotsInCluster());
        await killed.DisposeAsync();
    }

    [SkippableFact]
    public async Task Claim_ThatAPodHas_IsNotWrittenOrRemoved()
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        ClusterVolumeProvider provider = await lab.ConnectAsync();
        VolumeDescriptor volume = await StorageLab.NewVolumeAsync(provider, "data");
        lab.Cluster.Load("""
            {"kind":"Pod","apiVersion":"v1","metadata":{"name":"db-0","namespace":"shop"},"spec":{"volumes":[{"name":"v","persistentVolumeClaim":{"claimName":"data"}}]},"status":{"phase":"Running"}}
            """);

        ProviderException write = await Assert.ThrowsAsync<ProviderException>(async () => await provider.OpenWriteAsync(volume.Id));
        ProviderException remove = await Assert.ThrowsAsync<ProviderException>(async () => await provider.DeleteVolumeAsync(volume.Id));

        Assert.Equal((WaybillErrorCode.ProviderBusy, WaybillErrorCode.ProviderBusy), (write.Code, remove.Code));
        Assert.Contains("db-0", write.Message, StringComparison.Ordinal);
        Assert.NotNull(await provider.FindVolumeAsync(volume.Id));
    }

    [SkippableTheory]
    [InlineData("late", "makes a volume only when a pod uses it")]
    [InlineData("foreign", "has no backup API")]
    [InlineData("nowhere", "no storage class")]
    public async Task Claim_OfAClassThatCannotBe_IsRefusedBeforeItIsMade(string storageClass, string why)
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        ClusterVolumeProvider provider = await lab.ConnectAsync();

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(
            async () => await provider.CreateVolumeAsync(new VolumeCreateRequest("shop/data", 1 << 20) { StorageClass = storageClass }));

        Assert.Equal(WaybillErrorCode.ProviderUnsupported, error.Code);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.Empty(lab.Cluster.Server.Store.List("persistentvolumeclaims"));
    }

    [SkippableFact]
    public async Task Claim_WithALongName_IsAVolumeToo()
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        ClusterVolumeProvider provider = await lab.ConnectAsync();
        VolumeDescriptor volume = await StorageLab.NewVolumeAsync(provider, new string('a', 200));
        await StorageLab.WriteAsync(provider, volume.Id, 0, [1, 2, 3]);

        SnapshotDescriptor snapshot = await provider.CreateSnapshotAsync(volume.Id, "one");

        Assert.StartsWith("shop/~", volume.Id.ToString(), StringComparison.Ordinal);
        Assert.Equal(volume.Id, (await provider.FindSnapshotAsync(snapshot.Id))!.Volume);
        Assert.Equal([1, 2, 3, 0], (await StorageLab.ReadAsync(provider, new VolumeSource(volume.Id, snapshot.Id)))[..4]);
        await provider.DeleteSnapshotAsync(snapshot.Id);
        await provider.DeleteVolumeAsync(volume.Id);
        Assert.Null(await provider.FindVolumeAsync(volume.Id));
    }

    [SkippableFact]
    public async Task Platform_WithoutDeltas_SaysSo()
    {
        await using StorageLab lab = await StorageLab.StartAsync("plain");
        ClusterVolumeProvider provider = await lab.ConnectAsync();
        VolumeDescriptor volume = await StorageLab.NewVolumeAsync(provider, "data");
        SnapshotDescriptor first = await provider.CreateSnapshotAsync(volume.Id, "one");
        SnapshotDescriptor second = await provider.CreateSnapshotAsync(volume.Id, "two");

        VolumeCapabilities capabilities = await provider.GetCapabilitiesAsync(volume.Id);

        Assert.Equal((ChangeShape.None, GroupConsistency.None, true), (capabilities.Shape, capabilities.Groups, capabilities.Snapshots));
        if (first.ChangeId is { } id)
        {
            Assert.IsNotType<DiffResult.Known>(await provider.DiffAsync(volume.Id, id, second.Id));
        }
    }

    [Theory]
    [InlineData("10Gi", 10L << 30)]
    [InlineData("4096", 4096)]
    [InlineData("1.5Ki", 1536)]
    [InlineData("2M", 2_000_000)]
    [InlineData("1e3", 1000)]
    [InlineData("1500m", 2)]
    [InlineData("8Ei", -1)]
    [InlineData("-1", -1)]
    [InlineData("Gi", -1)]
    [InlineData("", -1)]
    public void Quantity_IsReadAsClustersDo(string text, long expected) => Assert.Equal(expected, Quantity.TryParse(text, out long bytes) ? bytes : -1);

    [Theory]
    [InlineData("shop/data", true)]
    [InlineData("shop/~0a-1", true)]
    [InlineData("shop/../x", false)]
    [InlineData("shop/a/b", false)]
    [InlineData("shop/", false)]
    [InlineData("/data", false)]
    [InlineData("Shop/data", false)]
    [InlineData("shop/a?b", false)]
    [InlineData("data", false)]
    public void Id_ThatNoObjectCanHave_IsNone(string text, bool valid) => Assert.Equal(valid, ClusterObjectId.TryParse(text, out _));

    /// <summary>The clock of this machine some time from now.</summary>
    private sealed class LaterClock(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }
}
