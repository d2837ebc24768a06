using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Waybill.Bundles;
using Waybill.Engine;
using Waybill.Kubernetes.ApiServer.Storage;
using Waybill.Providers;
using Waybill.Storage;
using Waybill.Testing;

namespace Waybill.Kubernetes.Tests.Restoring;

/// <summary>An application with its data goes out of a cluster and comes back elsewhere.</summary>
public sealed class ApplicationRestoreTests : IDisposable
{
    private const int Length = 4 << 20;
    private static readonly ImmutableDictionary<string, string> s_none = ImmutableDictionary<string, string>.Empty;

    private readonly string _state = Directory.CreateTempSubdirectory("waybill-application-").FullName;
    private readonly InMemoryBundleStore _store = new();

    public void Dispose() => Directory.Delete(_state, recursive: true);

    [SkippableFact]
    public async Task Application_WhoseNamespaceIsDeleted_ComesBackUnderAnotherName_OnAnotherClass_WithItsData()
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        ClusterVolumeProvider storage = await lab.ConnectAsync();
        byte[] content = await LoadShopAsync(lab, storage);
        ProtectResult full = await ProtectAsync(lab, storage);
        await StopAsync(lab);
        StorageLab.Bytes(50_000, 7).CopyTo(content, 1 << 20);
        await StorageLab.WriteAsync(storage, new VolumeId("shop/data"), 1 << 20, content[(1 << 20)..((1 << 20) + 50_000)]);
        await StartAsync(lab);
        ProtectResult point = await ProtectAsync(lab, storage);
        await lab.Cluster.DeleteAsync("/api/v1/namespaces/shop");
        await UntilAsync(() => !lab.Cluster.Server.Store.ListAll().Any(stored => stored.Namespace == "shop" || stored.Kind.Name == "PersistentVolume"));

        ApplicationRestoreResult result = await RestoreAsync(lab, storage, point, To("shop-2") with { StorageClasses = s_none.Add("fast", "archive") });

        Assert.True(result.IsComplete, Problems(result));
        Assert.Equal((CopyStep.Allocated, CopyStep.Delta), (full.Volumes[0].Step, point.Volumes[0].Step));
        RestoredClaim claim = Assert.Single(result.Claims);
        Assert.Equal(("shop.data", "shop-2/data", ClaimAction.Fill, true), (claim.Volume, claim.Claim, claim.Action, claim.IsVerified));
        VolumeDescriptor volume = (await storage.FindVolumeAsync(new VolumeId("shop-2/data")))!;
        Assert.Equal("archive", volume.StorageClass);
        Assert.Equal(content, await StorageLab.ReadAsync(storage, new VolumeSource(volume.Id)));
        Assert.Equal("shop-2", lab.Cluster.Server.Store.Get("deployments.apps", "shop-2", "web").Namespace);
        Assert.Empty(await Ledger.ListAsync(Context(storage)).ToListAsync());
    }

    [SkippableFact]
    public async Task Workloads_AreNotCreated_BeforeTheirDataIsThere()
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        ClusterVolumeProvider storage = await lab.ConnectAsync();
        byte[] content = await LoadShopAsync(lab, storage);
        ProtectResult point = await ProtectAsync(lab, storage);
        lab.Cluster.Server.Requests.Clear();
        lab.LetWrite(false);

        ApplicationRestoreResult failed = await RestoreAsync(lab, storage, point, To("shop-2"));

        Assert.False(failed.IsComplete);
        Assert.NotNull(Assert.Single(failed.Claims).Problem);
        Assert.DoesNotContain(lab.Cluster.Server.Store.ListAll(), stored => stored.Namespace == "shop-2" && stored.Kind.Name == "Deployment");

        // The same call goes on: the claim that was made, and not filled, is filled.
        lab.LetWrite(true);
        ApplicationRestoreResult result = await RestoreAsync(lab, storage, point, To("shop-2"));

        Assert.True(result.IsComplete, Problems(result));
        Assert.Equal(ClaimAction.Fill, Assert.Single(result.Claims).Action);
        Assert.Equal(content, await StorageLab.ReadAsync(storage, new VolumeSource(new VolumeId("shop-2/data"))));
        Assert.Equal("web", lab.Cluster.Server.Store.Get("deployments.apps", "shop-2", "web").Name);
    }

    [SkippableFact]
    public async Task Claim_ThatWasFilledAndUsedSince_IsLeftAlone()
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        ClusterVolumeProvider storage = await lab.ConnectAsync();
        byte[] content = await LoadShopAsync(lab, storage);
        ProtectResult point = await ProtectAsync(lab, storage);
        await RestoreAsync(lab, storage, point, To("shop-2"));
        content[0] ^= 0xFF;
        await StorageLab.WriteAsync(storage, new VolumeId("shop-2/data"), 0, content[..512]);

        ApplicationRestoreResult again = await RestoreAsync(lab, storage, point, To("shop-2"));

        Assert.True(again.IsComplete, Problems(again));
        Assert.Equal(ClaimAction.Filled, Assert.Single(again.Claims).Action);
        Assert.Equal(content, await StorageLab.ReadAsync(storage, new VolumeSource(new VolumeId("shop-2/data"))));
    }

    [SkippableFact]
    public async Task Claim_ThatExists_KeepsItsData_UnlessItIsSaidToBeReplaced()
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        ClusterVolumeProvider storage = await lab.ConnectAsync();
        byte[] content = await LoadShopAsync(lab, storage);
        ProtectResult point = await ProtectAsync(lab, storage);
        await StopAsync(lab);
        byte[] newer = [.. content];
        newer[100] ^= 0xFF;
        await StorageLab.WriteAsync(storage, new VolumeId("shop/data"), 0, newer[..4096]);

        var refused = await Assert.ThrowsAsync<WaybillException>(() => RestoreAsync(lab, storage, point, new ResourceRestoreRequest()));
        ApplicationRestoreResult kept = await RestoreAsync(lab, storage, point, new ResourceRestoreRequest { Existing = ExistingObjects.Skip });

        Assert.Equal(WaybillErrorCode.ObjectExists, refused.Code);
        Assert.Equal(ClaimAction.Keep, Assert.Single(kept.Claims).Action);
        Assert.Equal(newer, await StorageLab.ReadAsync(storage, new VolumeSource(new VolumeId("shop/data"))));

        ApplicationRestoreResult replaced = await RestoreAsync(lab, storage, point, new ResourceRestoreRequest { Existing = ExistingObjects.Replace });

        Assert.True(replaced.IsComplete, Problems(replaced));
        Assert.Equal(content, await StorageLab.ReadAsync(storage, new VolumeSource(new VolumeId("shop/data"))));
    }

    [SkippableFact]
    public async Task Point_WhoseParentIsGone_ReplacesNothing()
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        ClusterVolumeProvider storage = await lab.ConnectAsync();
        byte[] content = await LoadShopAsync(lab, storage);
        ProtectResult full = await ProtectAsync(lab, storage);
        await StopAsync(lab);
        content[5] ^= 0xFF;
        await StorageLab.WriteAsync(storage, new VolumeId("shop/data"), 0, content[..512]);
        ProtectResult point = await ProtectAsync(lab, storage);
        await _store.DeleteAsync(full.BundleName);
        string uid = lab.Cluster.Server.Store.Get("persistentvolumeclaims", "shop", "data").Uid;

        await Assert.ThrowsAnyAsync<WaybillException>(() => RestoreAsync(lab, storage, point, new ResourceRestoreRequest { Existing = ExistingObjects.Replace }));

        Assert.Equal(uid, lab.Cluster.Server.Store.Get("persistentvolumeclaims", "shop", "data").Uid);
        Assert.Equal(content, await StorageLab.ReadAsync(storage, new VolumeSource(new VolumeId("shop/data"))));
    }

    [SkippableFact]
    public async Task Claim_OfADriverWithoutTheApi_IsAGap_NotASilence()
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        ClusterVolumeProvider storage = await lab.ConnectAsync();
        await LoadShopAsync(lab, storage);
        lab.Cluster.Load("""
            {"kind":"PersistentVolume","apiVersion":"v1","metadata":{"name":"pv-foreign"},"spec":{"capacity":{"storage":"1Gi"},"claimRef":{"namespace":"shop","name":"foreign","uid":"uid-foreign"},"csi":{"driver":"disk.example.com","volumeHandle":"vol-17"}}}
            ---
            {"kind":"PersistentVolumeClaim","apiVersion":"v1","metadata":{"name":"foreign","namespace":"shop","uid":"uid-foreign"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}},"volumeName":"pv-foreign"},"status":{"phase":"Bound"}}
            """);

        using CapturedApplication captured = await CaptureAsync(lab, storage);

        Assert.Equal("shop/data", Assert.Single(captured.Volumes).Volume.ToString());
        CaptureGap gap = Assert.Single(captured.Gaps, gap => gap.Kind == CaptureGapKind.DataNotProtected);
        Assert.Equal("v1/PersistentVolumeClaim/shop/foreign", gap.What);
    }

    [SkippableFact]
    public async Task Plan_ChangesNothing()
    {
        await using StorageLab lab = await StorageLab.StartAsync();
        ClusterVolumeProvider storage = await lab.ConnectAsync();
        await LoadShopAsync(lab, storage);
        ProtectResult point = await ProtectAsync(lab, storage);
        string[] before = Everything(lab);

        (BundleManifest manifest, List<ResourceObject> resources) = await ReadAsync(point);
        ApplicationRestoreResult plan = await (await RestorerAsync(lab, storage)).PlanAsync(manifest, resources, Request(point, To("shop-2")));

        Assert.Equal(ClaimAction.Fill, Assert.Single(plan.Claims).Action);
        Assert.Equal(before, Everything(lab));
    }

    private static string[] Everything(StorageLab lab) => [.. lab.Cluster.Server.Store.ListAll().Select(stored => $"{stored.Kind.Name}/{stored.Namespace}/{stored.Name}").Order(StringComparer.Ordinal)];

    /// <summary>A deployment whose pod has a claim with data, and a Secret.</summary>
    private static async Task<byte[]> LoadShopAsync(StorageLab lab, ClusterVolumeProvider storage)
    {
        VolumeDescriptor volume = await StorageLab.NewVolumeAsync(storage, "data", Length);
        byte[] content = StorageLab.Bytes(Length, 3);
        await StorageLab.WriteAsync(storage, volume.Id, 0, content);
        lab.Cluster.Load("""
            {"kind":"Secret","apiVersion":"v1","metadata":{"name":"login","namespace":"shop"},"data":{"password":"aHVudGVyMg=="},"type":"Opaque"}
            ---
            {"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"web","namespace":"shop","uid":"uid-web","labels":{"app":"web"}},"spec":{"replicas":1,"selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"web","image":"registry.example.org/web:1.2"}],"volumes":[{"name":"data","persistentVolumeClaim":{"claimName":"data"}}]}}}}
            """);
        await StartAsync(lab);
        return content;
    }

    private static Task StartAsync(StorageLab lab)
    {
        lab.Cluster.Load("""
            {"kind":"Pod","apiVersion":"v1","metadata":{"name":"web-1","namespace":"shop","labels":{"app":"web"},"ownerReferences":[{"apiVersion":"apps/v1","kind":"Deployment","name":"web","uid":"uid-web","controller":true}]},"spec":{"containers":[{"name":"web","image":"registry.example.org/web:1.2"}],"volumes":[{"name":"data","persistentVolumeClaim":{"claimName":"data"}}]},"status":{"phase":"Running"}}
            """);
        return Task.CompletedTask;
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

    private static Task StopAsync(StorageLab lab) => lab.Cluster.DeleteAsync("/api/v1/namespaces/shop/pods/web-1");

    private static async Task<CapturedApplication> CaptureAsync(StorageLab lab, ClusterVolumeProvider storage) =>
        await new ApplicationCapture(await lab.Cluster.ConnectAsync()) { Storage = storage }.CaptureAsync(ApplicationSelector.Parse("shop"));

    private async Task<ProtectResult> ProtectAsync(StorageLab lab, ClusterVolumeProvider storage)
    {
        using CapturedApplication captured = await CaptureAsync(lab, storage);
        ProtectedApplication application = captured.ToProtectedApplication() with { Policy = new ProtectPolicy { SelfCheckShare = 0 } };
        return await new ProtectRunner(Context(storage)).RunAsync(application);
    }

    private async Task<ApplicationRestoreResult> RestoreAsync(StorageLab lab, ClusterVolumeProvider storage, ProtectResult point, ResourceRestoreRequest request)
    {
        (BundleManifest manifest, List<ResourceObject> resources) = await ReadAsync(point);
        return await (await RestorerAsync(lab, storage)).RunAsync(manifest, resources, Request(point, request));
    }

    private async Task<ApplicationRestorer> RestorerAsync(StorageLab lab, ClusterVolumeProvider storage) => new(Context(storage), await lab.Cluster.ConnectAsync(), storage);

    private static ApplicationRestoreRequest Request(ProtectResult point, ResourceRestoreRequest objects) =>
        new(new RestoreRequest(point.BundleName, TrustPolicy.AcceptUnsigned, []), objects);

    private async Task<(BundleManifest Manifest, List<ResourceObject> Resources)> ReadAsync(ProtectResult point)
    {
        await using BundleReader reader = await BundleReader.OpenAsync(await _store.OpenReadAsync(point.BundleName), TrustPolicy.AcceptUnsigned);
        var resources = new List<ResourceObject>();
        foreach (bool secrets in (bool[])[false, true])
        {
            await foreach (ResourceObject resource in reader.ReadResourcesAsync(secrets))
            {
                resources.Add(resource);
            }
        }

        return (reader.Manifest, resources);
    }

    private EngineContext Context(ClusterVolumeProvider storage) => new(_store, _state)
    {
        Providers = ImmutableDictionary<string, IVolumeProvider>.Empty.Add(storage.Name, storage),
    };

    private static ResourceRestoreRequest To(string name) => new() { Namespaces = s_none.Add("shop", name) };

    private static string Problems(ApplicationRestoreResult result) => string.Join('\n',
        result.Objects.Objects.Select(one => one.Problem).Concat(result.Claims.Select(claim => claim.Problem)).OfType<WaybillException>().Select(problem => problem.ToDisplayString()));
}
