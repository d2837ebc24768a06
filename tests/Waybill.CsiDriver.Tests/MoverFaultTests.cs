using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Waybill.CsiDriver.Tests.Support;
using Waybill.Kubernetes;
using Waybill.Kubernetes.ApiServer.Faults;
using Waybill.Kubernetes.ApiServer.Storage;
using Waybill.Kubernetes.Tests;
using Waybill.Providers;

namespace Waybill.CsiDriver.Tests;

/// <summary>Movers that die, do not start, or lose who started them: no byte is lost, and nothing stays behind.</summary>
public sealed class MoverFaultTests : IAsyncLifetime
{
    private static readonly VolumeId s_volume = new("shop/data");

    private readonly byte[] _content = RandomNumberGenerator.GetBytes(4 << 20);
    private ApplicationLab? _lab;

    private ApplicationLab Lab => _lab!;

    public async Task InitializeAsync()
    {
        if (OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess)
        {
            _lab = await ApplicationLab.StartAsync(withMovers: true);
            await _lab.Volume.UpAsync();
            BlockContent.Write(_lab.Volume, 0, _content);
            await _lab.Volume.DownAsync();
        }
    }

    public async Task DisposeAsync()
    {
        if (_lab is not null)
        {
            await _lab.DisposeAsync();
        }
    }

    [SkippableFact]
    public async Task Read_GoesOn_WhenMoversDie()
    {
        Machine.RequireNode();
        await using ProviderLab storage = await ConnectAsync();
        SnapshotDescriptor snapshot = await storage.Provider.CreateSnapshotAsync(s_volume, "one");
        await using BlockReader reader = await storage.Provider.OpenReadAsync(new VolumeSource(s_volume, snapshot.Id));
        var read = new byte[_content.Length];

        for (int offset = 0; offset < read.Length; offset += 1 << 20)
        {
            if (offset is 1 << 20 or 2 << 20)
            {
                Lab.Kubelet!.KillAll();
            }

            Assert.Equal(1 << 20, await reader.ReadAsync(offset, read.AsMemory(offset, 1 << 20)));
        }

        await reader.DisposeAsync();
        Assert.Equal(_content, read);
        Assert.InRange(Lab.Kubelet!.Started, 2, 3);
        await AssertNothingLeftAsync();
    }

    [SkippableFact]
    public async Task Write_GoesOn_WhenMoversDie()
    {
        Machine.RequireNode();
        await using ProviderLab storage = await ConnectAsync();
        await Lab.Cluster.DeleteAsync("/api/v1/namespaces/shop/pods/web-1");
        byte[] news = RandomNumberGenerator.GetBytes(16 << 20);
        await using (BlockWriter writer = await storage.Provider.OpenWriteAsync(s_volume))
        {
            await writer.WriteAsync(0, news.AsMemory(0, 8 << 20));
            Lab.Kubelet!.KillAll();
            await writer.WriteAsync(8 << 20, news.AsMemory(8 << 20));
            await writer.CompleteAsync();
        }

        await AssertNothingLeftAsync();
        await Lab.Volume.UpAsync();
        Assert.True(BlockContent.Read(Lab.Volume, news.Length).AsSpan().SequenceEqual(news), "not everything that was said to be durable is there");
        await Lab.Volume.DownAsync();
    }

    [SkippableFact]
    public async Task Read_ComesToItsEnd_ThoughTheApiLosesAnswersAndIsBusy()
    {
        Machine.RequireNode();
        await using ProviderLab storage = await ConnectAsync();
        SnapshotDescriptor snapshot = await storage.Provider.CreateSnapshotAsync(s_volume, "one");
        foreach (string path in (string[])["/jobs", "/secrets", "/persistentvolumeclaims"])
        {
            Meet(new FaultRule("POST", path, 1) { CutAfter = 20 });
            Meet(new FaultRule("POST", path, 1) { Code = 500, Reason = "InternalError" });
        }

        Meet(new FaultRule("GET", "/pods?", 2) { CutAfter = 20 });
        Meet(new FaultRule("GET", "/pods?", 2) { Code = 503, Reason = "ServiceUnavailable" });
        Meet(new FaultRule("PATCH", "/jobs/", 1) { CutAfter = 0 });
        Meet(new FaultRule("DELETE", "/jobs/", 1) { CutAfter = 0 });
        Meet(new FaultRule("DELETE", "/jobs/", 1) { Code = 429, Reason = "TooManyRequests", RetryAfter = 1 });

        var read = new byte[_content.Length];
        await using (BlockReader reader = await storage.Provider.OpenReadAsync(new VolumeSource(s_volume, snapshot.Id)))
        {
            Assert.Equal(read.Length, await reader.ReadAsync(0, read));
        }

        Assert.Equal(_content, read);
        await AssertNothingLeftAsync();
    }

    [SkippableTheory]
    [InlineData("POST", "/jobs")]
    [InlineData("POST", "/secrets")]
    [InlineData("POST", "/persistentvolumeclaims")]
    [InlineData("GET", "/pods?")]
    [InlineData("PATCH", "/jobs/")]
    public async Task Start_ThatIsRefused_LeavesNothing(string method, string path)
    {
        Machine.RequireNode();
        await using ProviderLab storage = await ConnectAsync();
        SnapshotDescriptor snapshot = await storage.Provider.CreateSnapshotAsync(s_volume, "one");
        Meet(new FaultRule(method, path, 1) { Code = 403, Reason = "Forbidden" });

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(async () => await storage.Provider.OpenReadAsync(new VolumeSource(s_volume, snapshot.Id)));

        Assert.Equal(WaybillErrorCode.ClusterRefused, error.Code);
        await AssertNothingLeftAsync();
    }

    [SkippableFact]
    public async Task Mover_WhoseCoordinatorIsGone_EndsAndGoesByItself()
    {
        Machine.RequireNode();
        var clock = new TestClock();
        await using ProviderLab storage = await ConnectAsync(movers => movers with { IdleLimit = TimeSpan.FromSeconds(5) }, clock);
        SnapshotDescriptor snapshot = await storage.Provider.CreateSnapshotAsync(s_volume, "one");
        await storage.Provider.OpenReadAsync(new VolumeSource(s_volume, snapshot.Id));

        clock.Stop();

        await AssertNothingLeftAsync();
    }

    [SkippableFact]
    public async Task Provider_ThatIsDisposed_TakesItsMoversAlong()
    {
        Machine.RequireNode();
        ProviderLab storage = await ConnectAsync(movers => movers with { IdleLimit = TimeSpan.FromDays(1) });
        SnapshotDescriptor snapshot = await storage.Provider.CreateSnapshotAsync(s_volume, "one");
        BlockReader first = await storage.Provider.OpenReadAsync(new VolumeSource(s_volume, snapshot.Id));
        await storage.Provider.OpenReadAsync(new VolumeSource(s_volume, snapshot.Id));
        Assert.Equal(2, Movers().Count(made => made.Kind.Name == "Job"));

        await storage.DisposeAsync();

        await first.DisposeAsync();
        await AssertNothingLeftAsync();
    }

    [SkippableFact]
    public async Task Snapshot_WhoseDriverSaysThatLessIsEnough_IsReadToItsEnd()
    {
        Machine.RequireNode();
        await using ProviderLab storage = await ConnectAsync();
        SnapshotDescriptor taken = await storage.Provider.CreateSnapshotAsync(s_volume, "one");
        string path = $"/apis/snapshot.storage.k8s.io/v1/namespaces/shop/volumesnapshots/{Assert.Single(Lab.Snapshots("shop"))}/status";
        using var cluster = new SidecarApi(Lab.Cluster.Server);
        Assert.True(await cluster.PatchAsync(path, """{"status":{"restoreSize":"1Mi"}}"""));

        SnapshotDescriptor found = (await storage.Provider.FindSnapshotAsync(taken.Id))!;
        var read = new byte[_content.Length];
        await using (BlockReader reader = await storage.Provider.OpenReadAsync(new VolumeSource(s_volume, taken.Id)))
        {
            Assert.Equal(ApplicationLab.Length, reader.Length);
            Assert.Equal(read.Length, await reader.ReadAsync(0, read));
        }

        Assert.Equal(ApplicationLab.Length, found.Length);
        Assert.Equal(_content, read);
    }

    [SkippableFact]
    public async Task Volumes_ThatMoversMade_AreNobodys()
    {
        Machine.RequireNode();
        await using ProviderLab storage = await ConnectAsync();
        SnapshotDescriptor snapshot = await storage.Provider.CreateSnapshotAsync(s_volume, "one");
        await using BlockReader reader = await storage.Provider.OpenReadAsync(new VolumeSource(s_volume, snapshot.Id));

        VolumeDescriptor[] volumes = await storage.Provider.ListVolumesAsync().ToArrayAsync();
        ClusterInventory inventory = await ClusterInventory.ReadAsync(storage.Connection);

        Assert.Equal(2, Lab.Cluster.Server.Store.ListAll().Count(stored => stored.Kind.Name == "PersistentVolume"));
        Assert.Equal("shop/data", Assert.Single(volumes).Name);
        Assert.Equal("shop/data", Assert.Single(inventory.Volumes).Name);
        Assert.Empty(inventory.Unclaimed);
    }

    [SkippableFact]
    public async Task Mover_ThatFindsNoNode_IsGivenUp_WithAllThatWasMadeForIt()
    {
        Machine.RequireNode();
        await using ProviderLab storage = await ConnectAsync(movers => movers with { StartLimit = TimeSpan.FromSeconds(2) });
        SnapshotDescriptor snapshot = await storage.Provider.CreateSnapshotAsync(s_volume, "one");
        Lab.Kubelet!.IsFull = true;

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(async () => await storage.Provider.OpenReadAsync(new VolumeSource(s_volume, snapshot.Id)));

        Assert.Equal((WaybillErrorCode.ProviderBusy, true), (error.Code, error.IsTransient));
        Assert.Contains("Unschedulable: 0/1 nodes are available", error.Message, StringComparison.Ordinal);
        await AssertNothingLeftAsync();
    }

    [SkippableFact]
    public async Task Mover_ThatGetsNoPod_SaysWhatTheClusterWarnsOf()
    {
        Machine.RequireNode();
        await using ProviderLab storage = await ConnectAsync(movers => movers with { StartLimit = TimeSpan.FromSeconds(2) });
        SnapshotDescriptor snapshot = await storage.Provider.CreateSnapshotAsync(s_volume, "one");
        Lab.Kubelet!.Refuses = true;

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(async () => await storage.Provider.OpenReadAsync(new VolumeSource(s_volume, snapshot.Id)));

        Assert.Contains("violates PodSecurity", error.Message, StringComparison.Ordinal);
        await AssertNothingLeftAsync();
    }

    [SkippableFact]
    public async Task Start_ThatIsCancelled_LeavesNothing()
    {
        Machine.RequireNode();
        await using ProviderLab storage = await ConnectAsync();
        SnapshotDescriptor snapshot = await storage.Provider.CreateSnapshotAsync(s_volume, "one");
        Lab.Kubelet!.IsFull = true;
        using var cancel = new CancellationTokenSource();
        Task opening = storage.Provider.OpenReadAsync(new VolumeSource(s_volume, snapshot.Id), cancel.Token).AsTask();
        await ApplicationLab.UntilAsync(() => Movers().Any(left => left.Kind.Name == "Pod"));

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening);
        await AssertNothingLeftAsync();
    }

    [SkippableFact]
    public async Task Mover_WhoseVolumeCannotBeServed_SaysWhy()
    {
        Machine.RequireNode();
        await using ProviderLab storage = await ConnectAsync(movers => movers with { PodPatch = """{"spec":{"containers":[{"name":"mover","image":"waybill-mover:test","args":["serve","--colour","blue"],"volumeDevices":[]}]}}""" });
        SnapshotDescriptor snapshot = await storage.Provider.CreateSnapshotAsync(s_volume, "one");

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(async () => await storage.Provider.OpenReadAsync(new VolumeSource(s_volume, snapshot.Id)));

        Assert.Equal(WaybillErrorCode.ProviderFailed, error.Code);
        Assert.Contains("--object is missing", error.Message, StringComparison.Ordinal);
        await AssertNothingLeftAsync();
    }

    [SkippableFact]
    public async Task Pod_HasNoRights_AndTheClusterDoesNotKnowItsToken()
    {
        Machine.RequireNode();
        await using ProviderLab storage = await ConnectAsync(movers => movers with { PodPatch = """{"spec":{"priorityClassName":"low","enableServiceLinks":null}}""" });
        SnapshotDescriptor snapshot = await storage.Provider.CreateSnapshotAsync(s_volume, "one");
        await using BlockReader reader = await storage.Provider.OpenReadAsync(new VolumeSource(s_volume, snapshot.Id));

        JsonNode job = Assert.Single(Movers(), made => made.Kind.Name == "Job").ToNode();
        JsonNode pod = job["spec"]!["template"]!["spec"]!;
        JsonNode security = pod["containers"]![0]!["securityContext"]!;
        Assert.Equal(("low", false, null), (pod["priorityClassName"]!.GetValue<string>(), pod["automountServiceAccountToken"]!.GetValue<bool>(), pod["enableServiceLinks"]));
        Assert.Equal(("""["ALL"]""", true, false), (security["capabilities"]!["drop"]!.ToJsonString(), security["readOnlyRootFilesystem"]!.GetValue<bool>(), security["allowPrivilegeEscalation"]!.GetValue<bool>()));
        Assert.Equal(86_400, job["spec"]!["activeDeadlineSeconds"]!.GetValue<int>());
        StoredObject secret = Assert.Single(Movers(), made => made.Kind.Name == "Secret");
        Assert.Equal(["tls.crt", "tls.key"], secret.ToNode()["data"]!.AsObject().Select(one => one.Key).Order());
        Assert.All(Movers().Where(made => made.Kind.Name != "Job"), made => Assert.NotEmpty(made.Owners));
    }

    [SkippableFact]
    public async Task Volume_OfAClassThatWaitsForAPod_IsMade()
    {
        Machine.RequireNode();
        await using ProviderLab storage = await ConnectAsync();

        VolumeDescriptor made = await storage.Provider.CreateVolumeAsync(new VolumeCreateRequest("shop/late", 64 << 20) { StorageClass = "late" });

        Assert.Equal(64 << 20, made.Length);
        await AssertNothingLeftAsync();
    }

    private void Meet(FaultRule rule) => Lab.Cluster.Server.Faults.Add(rule with { User = "admin" });

    private StoredObject[] Movers() => [.. Lab.Cluster.Server.Store.ListAll().Where(stored => stored.Labels.ContainsKey("backup.waybill/mover"))];

    private async Task AssertNothingLeftAsync()
    {
        await ApplicationLab.UntilAsync(() => Movers().Length == 0);
        await ApplicationLab.UntilAsync(() => Lab.Driver.ListLoops().Count == 0);
    }

    private Task<ProviderLab> ConnectAsync(Func<MoverOptions, MoverOptions>? change = null, TimeProvider? time = null) => ProviderLab.ConnectAsync(Lab, change, time);
}
