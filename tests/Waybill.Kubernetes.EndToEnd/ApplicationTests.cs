using System.Collections.Immutable;
using System.Text.Json;
using Waybill.Bundles;
using Waybill.Engine;
using Waybill.Providers;
using Waybill.Testing;

namespace Waybill.Kubernetes.EndToEnd;

public sealed class ApplicationTests : IDisposable
{
    private readonly string _state = Directory.CreateTempSubdirectory("waybill-e2e-").FullName;
    private readonly InMemoryBundleStore _store = new();

    public void Dispose() => Directory.Delete(_state, recursive: true);

    [SkippableFact]
    public async Task Objects_AlsoOfACustomKind_ComeBackUnderAnotherName()
    {
        await using LiveCluster cluster = await LiveCluster.OpenAsync();
        string home = await cluster.NewNamespaceAsync();
        string again = cluster.Reserve("again");
        string group = $"e2e-{cluster.Run}.waybill.dev";
        await cluster.CreateAsync("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", $$$"""
            {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"widgets.{{{group}}}"},"spec":{"group":"{{{group}}}","scope":"Namespaced",
             "names":{"plural":"widgets","singular":"widget","kind":"Widget","listKind":"WidgetList"},
             "versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true}} }]}}
            """);
        string widgets = $"/apis/{group}/v1/namespaces/{home}/widgets";
        await LiveCluster.UntilAsync(async () => await cluster.FindAsync(widgets) is not null, "the definition to be served");
        await cluster.CreateAsync(widgets, $$$"""{"apiVersion":"{{{group}}}/v1","kind":"Widget","metadata":{"name":"gear","namespace":"{{{home}}}"},"spec":{"teeth":17}}""");
        await cluster.CreateAsync($"/api/v1/namespaces/{home}/configmaps", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"config","labels":{"team":"e2e"}},"data":{"text":"<b> é"}}""");
        await cluster.CreateAsync($"/api/v1/namespaces/{home}/secrets", """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"login"},"data":{"password":"aHVudGVyMg=="}}""");
        await cluster.CreateAsync($"/api/v1/namespaces/{home}/services", """{"apiVersion":"v1","kind":"Service","metadata":{"name":"web"},"spec":{"selector":{"app":"web"},"ports":[{"port":80}]}}""");
        await cluster.CreateAsync($"/apis/apps/v1/namespaces/{home}/deployments", $$$"""
            {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},"spec":{"selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},
             "spec":{"terminationGracePeriodSeconds":0,"containers":[{"name":"web","image":"{{{LiveCluster.Image}}}","command":["sleep","86400"],"envFrom":[{"configMapRef":{"name":"config"}},{"secretRef":{"name":"login"}}]}]}} }}
            """);
        await ReadyAsync(cluster, home);

        using CapturedApplication captured = await new ApplicationCapture(cluster.Connection).CaptureAsync(ApplicationSelector.Parse(home));
        var request = new ResourceRestoreRequest { Namespaces = ImmutableDictionary<string, string>.Empty.Add(home, again) };
        ResourceObject[] resources = [.. captured.Objects.Select(found => found.Resource)];
        ResourceRestoreResult restored = await new ResourceRestorer(cluster.Connection).RunAsync(resources, request);

        Assert.True(restored.IsComplete, string.Join('\n', restored.Objects.Select(one => one.Problem).OfType<WaybillException>().Select(problem => problem.ToDisplayString())));
        Assert.Contains(resources, resource => resource is { Kind: "Widget", Name: "gear" });
        Assert.Contains(resources, resource => resource.Kind == "CustomResourceDefinition" && resource.Name == $"widgets.{group}");
        Assert.NotEmpty(captured.Images);
        await ReadyAsync(cluster, again);
        Assert.Equal(17, (await cluster.FindAsync($"/apis/{group}/v1/namespaces/{again}/widgets/gear"))!.Value.GetProperty("spec").GetProperty("teeth").GetInt32());
        Assert.Equal("<b> é", (await cluster.FindAsync($"/api/v1/namespaces/{again}/configmaps/config"))!.Value.GetProperty("data").GetProperty("text").GetString());
        Assert.Equal("aHVudGVyMg==", (await cluster.FindAsync($"/api/v1/namespaces/{again}/secrets/login"))!.Value.GetProperty("data").GetProperty("password").GetString());
    }

    [SkippableFact]
    public async Task Data_WithItsHooks_ComesBackAfterTheNamespaceIsDeleted()
    {
        await using LiveCluster cluster = await LiveCluster.OpenAsync();
        string storageClass = LiveCluster.Require("STORAGE_CLASS", "a storage class of a driver with the backup API");
        string account = LiveCluster.Require("SERVICE_ACCOUNT", "the account the backup API is called as");
        await DataComesBackAsync(cluster, storageClass, new ClusterVolumeOptions { ServiceAccount = account });
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Data_OfADriverThatDoesNotServeIt_ComesBackThroughMovers(bool asBlocks)
    {
        await using LiveCluster cluster = await LiveCluster.OpenAsync();
        string storageClass = LiveCluster.Require("MOVER_STORAGE_CLASS", "a storage class of a driver with snapshots");
        string image = LiveCluster.Require("MOVER_IMAGE", "the image of the data mover");
        await DataComesBackAsync(cluster, storageClass, new ClusterVolumeOptions
        {
            Movers = new MoverOptions(image) { AllowVolumeModeChange = asBlocks }, ServiceAccount = LiveCluster.Setting("SERVICE_ACCOUNT"),
        });
    }

    private async Task DataComesBackAsync(LiveCluster cluster, string storageClass, ClusterVolumeOptions options)
    {
        string home = await cluster.NewNamespaceAsync();
        string again = cluster.Reserve("again");
        await using var storage = new ClusterVolumeProvider(cluster.Connection, options);
        await cluster.CreateAsync($"/api/v1/namespaces/{home}/persistentvolumeclaims", $$$"""
            {"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"data"},"spec":{"accessModes":["ReadWriteOnce"],"storageClassName":"{{{storageClass}}}","resources":{"requests":{"storage":"1Gi"}} }}
            """);
        await cluster.CreateAsync($"/apis/apps/v1/namespaces/{home}/deployments", $$$"""
            {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},"spec":{"strategy":{"type":"Recreate"},"selector":{"matchLabels":{"app":"web"}},
             "template":{"metadata":{"labels":{"app":"web"},"annotations":{"pre.hook.backup.waybill/command":"[\"sh\",\"-c\",\"sync; echo held >>/data/hooks; sync\"]","post.hook.backup.waybill/command":"sync"}},
             "spec":{"terminationGracePeriodSeconds":0,"volumes":[{"name":"data","persistentVolumeClaim":{"claimName":"data"}}],"containers":[{"name":"web","image":"{{{LiveCluster.Image}}}",
              "command":["sh","-c","test -f /data/sum || { head -c 16777216 /dev/urandom >/data/file; sha256sum /data/file >/data/sum; sync; }; sha256sum -c /data/sum && touch /tmp/good; sleep 86400"],
              "readinessProbe":{"exec":{"command":["test","-f","/tmp/good"]},"periodSeconds":1},"volumeMounts":[{"name":"data","mountPath":"/data"}]}]}} }}
            """);
        await ReadyAsync(cluster, home);
        string sum = await ReadAsync(cluster, home, "/data/sum");

        ProtectResult point = await ProtectAsync(cluster, storage, home);
        await cluster.DeleteAsync($"/api/v1/namespaces/{home}");
        (BundleManifest manifest, List<ResourceObject> resources) = await ReadAsync(point);
        var objects = new ResourceRestoreRequest
        {
            Namespaces = ImmutableDictionary<string, string>.Empty.Add(home, again),
            StorageClasses = LiveCluster.Setting("OTHER_STORAGE_CLASS") is { Length: > 0 } other
                ? ImmutableDictionary<string, string>.Empty.Add(storageClass, other)
                : ImmutableDictionary<string, string>.Empty,
        };
        ApplicationRestoreResult restored = await new ApplicationRestorer(Context(storage, null), cluster.Connection, storage)
            .RunAsync(manifest, resources, new ApplicationRestoreRequest(new RestoreRequest(point.BundleName, TrustPolicy.AcceptUnsigned, []), objects));

        Assert.True(restored.IsComplete, string.Join('\n', restored.Objects.Objects.Select(one => one.Problem).Concat(restored.Claims.Select(claim => claim.Problem)).OfType<WaybillException>().Select(problem => problem.ToDisplayString())));
        await ReadyAsync(cluster, again);
        Assert.Equal(sum, await ReadAsync(cluster, again, "/data/sum"));
        Assert.Equal("held\n", await ReadAsync(cluster, again, "/data/hooks"));
        Assert.Equal(ConsistencyLevel.Application, point.Evidence.Level);
        Assert.Empty(await Ledger.ListAsync(Context(storage, null)).ToListAsync());
    }

    private async Task<ProtectResult> ProtectAsync(LiveCluster cluster, ClusterVolumeProvider storage, string home)
    {
        using CapturedApplication captured = await new ApplicationCapture(cluster.Connection) { Storage = storage }.CaptureAsync(ApplicationSelector.Parse(home));
        Assert.Single(captured.Volumes);
        PodQuiescer hooks = PodQuiescer.For(cluster.Connection, captured)!;
        return await new ProtectRunner(Context(storage, hooks)).RunAsync(captured.ToProtectedApplication() with { Quiescer = hooks.Name });
    }

    private static Task ReadyAsync(LiveCluster cluster, string home) => LiveCluster.UntilAsync(
        async () => await cluster.FindAsync($"/apis/apps/v1/namespaces/{home}/deployments/web") is { } found
            && found.TryGetProperty("status", out JsonElement status) && status.TryGetProperty("readyReplicas", out JsonElement ready) && ready.GetInt32() == 1,
        $"the deployment in {home} to be ready");

    private static async Task<string> ReadAsync(LiveCluster cluster, string home, string file)
    {
        JsonElement pods = (await cluster.FindAsync($"/api/v1/namespaces/{home}/pods?labelSelector=app%3Dweb"))!.Value;
        string pod = pods.GetProperty("items").EnumerateArray().First(pod => pod.Member("metadata").Text("deletionTimestamp").Length == 0).Member("metadata").Text("name");
        await using PodProcess process = await PodProcess.StartAsync(cluster.Connection.Client, new PodHook(home, pod), ["cat", file], CancellationToken.None);
        List<string> lines = await process.Lines.ReadAllAsync().ToListAsync();
        Assert.Equal((0, ""), await process.WaitAsync(CancellationToken.None));
        return string.Concat(lines.Select(line => line + "\n"));
    }

    private EngineContext Context(ClusterVolumeProvider storage, PodQuiescer? hooks) => new(_store, _state)
    {
        Providers = ImmutableDictionary<string, IVolumeProvider>.Empty.Add(storage.Name, storage),
        Quiescers = hooks is null ? ImmutableDictionary<string, IQuiescer>.Empty : ImmutableDictionary<string, IQuiescer>.Empty.Add(hooks.Name, hooks),
    };

    private async Task<(BundleManifest Manifest, List<ResourceObject> Resources)> ReadAsync(ProtectResult point)
    {
        await using BundleReader reader = await BundleReader.OpenAsync(await _store.OpenReadAsync(point.BundleName), TrustPolicy.AcceptUnsigned);
        List<ResourceObject> resources = [.. await reader.ReadResourcesAsync(false).ToListAsync(), .. await reader.ReadResourcesAsync(true).ToListAsync()];
        return (reader.Manifest, resources);
    }
}
