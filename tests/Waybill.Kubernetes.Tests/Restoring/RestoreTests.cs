using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Waybill.Bundles;
using Waybill.Kubernetes.ApiServer.Storage;

namespace Waybill.Kubernetes.Tests.Restoring;

public sealed class RestoreTests
{
    private static readonly ImmutableDictionary<string, string> s_toNew = ImmutableDictionary<string, string>.Empty.Add("shop", "shop-2");

    [Fact]
    public async Task Namespace_ThatIsDeleted_ComesBackUnderAnotherName_OnAnotherClass()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        ResourceObject[] point = await CaptureShopAsync(lab);
        await lab.DeleteAsync("/api/v1/namespaces/shop");
        Assert.DoesNotContain(lab.Server.Store.ListAll(), stored => stored.Namespace == "shop");

        ResourceRestoreResult result = await RestoreAsync(lab, point, new ResourceRestoreRequest
        {
            Namespaces = s_toNew,
            StorageClasses = ImmutableDictionary<string, string>.Empty.Add("fast", "slow"),
            Images = ImmutableDictionary<string, string>.Empty.Add("registry.example.org/", "mirror.example.net/copies/"),
        });

        Assert.True(result.IsComplete, string.Join('\n', result.Objects.Where(o => o.Problem is not null).Select(o => o.Problem!.ToDisplayString())));
        Assert.Equal(
            [
                "ConfigMap/kube-root-ca.crt", "ConfigMap/web-config", "Deployment/neighbour", "Deployment/web", "HorizontalPodAutoscaler/web", "Ingress/front", "PersistentVolumeClaim/data-db-0",
                "Role/leader", "RoleBinding/leader", "Secret/login", "Service/db", "Service/mail", "Service/web", "ServiceAccount/default", "ServiceAccount/web", "StatefulSet/db", "Widget/wheel",
            ],
            lab.Server.Store.ListAll().Where(stored => stored.Namespace == "shop-2").Select(stored => $"{stored.Kind.Name}/{stored.Name}").Order(StringComparer.Ordinal));
        JsonObject claim = lab.Server.Store.Get("persistentvolumeclaims", "shop-2", "data-db-0").ToNode();
        Assert.Equal("slow", claim["spec"]!["storageClassName"]!.GetValue<string>());
        Assert.Null(claim["spec"]!["volumeName"]);
        Assert.Null(claim["metadata"]!["annotations"]);
        Assert.Equal("slow", Get(lab, "statefulsets.apps", "db")["spec"]!["volumeClaimTemplates"]![0]!["spec"]!["storageClassName"]!.GetValue<string>());
        Assert.Equal("mirror.example.net/copies/web:1.2", Get(lab, "deployments.apps", "web")["spec"]!["template"]!["spec"]!["containers"]![0]!["image"]!.GetValue<string>());
        Assert.Equal("aHVudGVyMg==", Get(lab, "secrets", "login")["data"]!["password"]!.GetValue<string>());
        Assert.NotEqual("10.96.1.1", Get(lab, "services", "web")["spec"]!["clusterIP"]!.GetValue<string>());
        Assert.Equal("None", Get(lab, "services", "db")["spec"]!["clusterIP"]!.GetValue<string>());
        Assert.Equal("shop-2", Get(lab, "rolebindings.rbac.authorization.k8s.io", "leader")["subjects"]![0]!["namespace"]!.GetValue<string>());
        JsonObject granted = lab.Server.Store.Get("clusterrolebindings.rbac.authorization.k8s.io", "", "web-reads-shop-2").ToNode();
        Assert.Equal("shop-2", granted["subjects"]![0]!["namespace"]!.GetValue<string>());
        Assert.Equal("shop", lab.Server.Store.Get("clusterrolebindings.rbac.authorization.k8s.io", "", "web-reads").ToNode()["subjects"]![0]!["namespace"]!.GetValue<string>());
    }

    [Fact]
    public async Task Claim_ThatDiffers_IsNeverReplaced_AsItsDataWouldBeLost()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        ResourceObject[] point = await CaptureShopAsync(lab);
        Patch(lab, "persistentvolumeclaims", "data-db-0", node => node["metadata"]!["labels"]!["app"] = "other");
        string uid = lab.Server.Store.Get("persistentvolumeclaims", "shop", "data-db-0").Uid;

        ResourceRestoreResult result = await RestoreAsync(lab, point, new ResourceRestoreRequest { Existing = ExistingObjects.Replace });

        RestoredObject claim = Assert.Single(result.Objects, restored => restored.Source.EndsWith("data-db-0", StringComparison.Ordinal));
        Assert.Equal((RestoreAction.Skip, "to replace it would remove its data"), (claim.Action, claim.Reason));
        Assert.Equal(uid, lab.Server.Store.Get("persistentvolumeclaims", "shop", "data-db-0").Uid);
    }

    [Fact]
    public async Task Objects_AreCreated_BehindWhatTheyNeed()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        ResourceObject[] point = await CaptureShopAsync(lab);
        lab.Server.Requests.Clear();

        await RestoreAsync(lab, [.. point.Reverse()], new ResourceRestoreRequest { Namespaces = s_toNew });

        List<string> created = [.. lab.Server.Requests.Where(request => request.Method == "POST").Select(request => request.Path.Split('/')[^1])];
        Assert.Equal("namespaces", created[0]);
        Assert.True(created.IndexOf("secrets") < created.IndexOf("deployments"));
        Assert.True(created.IndexOf("persistentvolumeclaims") < created.IndexOf("statefulsets"));
        Assert.True(created.IndexOf("secrets") < created.IndexOf("widgets"));
    }

    [Fact]
    public async Task AnotherCluster_GetsDefinitionsFirst_AndWaitsForThem()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        ResourceObject[] point = await CaptureShopAsync(lab);
        await using ClusterLab other = await ClusterLab.StartAsync();

        ResourceRestoreResult result = await RestoreAsync(other, [.. point.Where(o => o.Kind is not "VolumeSnapshotClass")], new ResourceRestoreRequest());

        Assert.True(result.IsComplete, string.Join('\n', result.Objects.Where(o => o.Problem is not null).Select(o => o.Problem!.ToDisplayString())));
        Assert.Equal("wheel", Assert.Single(other.Server.Store.List("widgets.example.com")).Name);
        Assert.Contains(other.Server.Store.List("storageclasses.storage.k8s.io"), stored => stored.Name == "fast");
    }

    [Fact]
    public async Task WhatControllersMake_IsLeftToThem_WithAReason()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        ResourceObject[] point = await CaptureShopAsync(lab);

        ResourceRestoreResult plan = await new ResourceRestorer(await lab.ConnectAsync()).PlanAsync(point, new ResourceRestoreRequest { Namespaces = s_toNew });

        Dictionary<string, string> leftOut = plan.Objects.Where(o => o.Action == RestoreAction.LeaveOut).ToDictionary(o => o.Source, o => o.Reason);
        Assert.Equal("ReplicaSet web-5f makes it", leftOut["v1/Pod/shop/web-5f-x1"]);
        Assert.Equal("Deployment web makes it", leftOut["apps/v1/ReplicaSet/shop/web-5f"]);
        Assert.Equal("Service web makes it", leftOut["discovery.k8s.io/v1/EndpointSlice/shop/web-abc"]);
        Assert.Equal("volumes are provisioned for the claims", leftOut["v1/PersistentVolume/pv-1"]);
    }

    [Fact]
    public async Task DryRun_ChangesNothing_AndSaysWhatWouldChange()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        ResourceObject[] point = await CaptureShopAsync(lab);
        Patch(lab, "deployments.apps", "web", node => node["spec"]!["replicas"] = 3);
        Patch(lab, "secrets", "login", node => node["data"]!["password"] = "bmV3");
        long revision = lab.Server.Store.Revision;

        ResourceRestoreResult plan = await new ResourceRestorer(await lab.ConnectAsync()).PlanAsync(point, new ResourceRestoreRequest { Existing = ExistingObjects.Update });

        Assert.Equal(revision, lab.Server.Store.Revision);
        RestoredObject web = plan.Objects.Single(o => o.Source == "apps/v1/Deployment/shop/web");
        Assert.Equal(RestoreAction.Update, web.Action);
        Assert.Equal(["~ spec.replicas: 3 -> 1"], web.Differences.ToArray());
        RestoredObject login = plan.Objects.Single(o => o.Source == "v1/Secret/shop/login");
        Assert.Equal(["~ data.password: (secret) -> (secret)"], login.Differences.ToArray());
        Assert.Equal(RestoreAction.Unchanged, plan.Objects.Single(o => o.Source == "v1/Service/shop/web").Action);
    }

    [Theory]
    [InlineData(ExistingObjects.Skip, 3, "uid-web")]
    [InlineData(ExistingObjects.Update, 1, "uid-web")]
    [InlineData(ExistingObjects.Replace, 1, null)]
    public async Task ExistingObject_IsTreatedAsAsked(ExistingObjects existing, int replicas, string? uid)
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        ResourceObject[] point = await CaptureShopAsync(lab);
        Patch(lab, "deployments.apps", "web", node => node["spec"]!["replicas"] = 3);

        ResourceRestoreResult result = await RestoreAsync(lab, point, new ResourceRestoreRequest { Existing = existing });

        StoredObject web = lab.Server.Store.Get("deployments.apps", "shop", "web");
        Assert.True(result.IsComplete);
        Assert.Equal(replicas, web.ToNode()["spec"]!["replicas"]!.GetValue<int>());
        Assert.Equal(uid is null, web.Uid != "uid-web");
    }

    [Fact]
    public async Task ExistingObject_ThatDiffers_EndsARestore_BeforeAnythingIsChanged()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        ResourceObject[] point = await CaptureShopAsync(lab);
        Patch(lab, "deployments.apps", "web", node => node["spec"]!["replicas"] = 3);
        lab.Server.Store.Remove("configmaps", "shop", "web-config");
        long revision = lab.Server.Store.Revision;

        WaybillException error = await Assert.ThrowsAnyAsync<WaybillException>(() => RestoreAsync(lab, point, new ResourceRestoreRequest()));

        Assert.Equal(WaybillErrorCode.ObjectExists, error.Code);
        Assert.Equal("apps/v1/Deployment/shop/web", error.ObjectName);
        Assert.Equal(revision, lab.Server.Store.Revision);
    }

    [Fact]
    public async Task ImmutableField_FailsAnUpdate_WithTheHintToReplace_AndReplacingWorks()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        ResourceObject[] point = await CaptureShopAsync(lab);
        Patch(lab, "deployments.apps", "web", node => node["spec"]!["selector"]!["matchLabels"]!["app"] = "other");

        ResourceRestoreResult updated = await RestoreAsync(lab, point, new ResourceRestoreRequest { Existing = ExistingObjects.Update });
        ResourceRestoreResult replaced = await RestoreAsync(lab, point, new ResourceRestoreRequest { Existing = ExistingObjects.Replace });

        WaybillException problem = updated.Objects.Single(o => o.Problem is not null).Problem!;
        Assert.Equal(WaybillErrorCode.ObjectRejected, problem.Code);
        Assert.Contains("replaced", problem.Hint, StringComparison.Ordinal);
        Assert.True(replaced.IsComplete);
    }

    [Fact]
    public async Task SharedObject_StaysAsItIs_UnlessThatIsAskedFor()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        ResourceObject[] point = await CaptureShopAsync(lab);
        lab.Load("""{"kind":"PriorityClass","apiVersion":"scheduling.k8s.io/v1","metadata":{"name":"high"},"value":7}""");

        await RestoreAsync(lab, point, new ResourceRestoreRequest { Namespaces = s_toNew });
        int kept = lab.Server.Store.Get("priorityclasses.scheduling.k8s.io", "", "high").ToNode()["value"]!.GetValue<int>();
        await RestoreAsync(lab, point, new ResourceRestoreRequest { Namespaces = s_toNew, Existing = ExistingObjects.Update, ChangeSharedObjects = true });

        Assert.Equal(7, kept);
        Assert.Equal(100, lab.Server.Store.Get("priorityclasses.scheduling.k8s.io", "", "high").ToNode()["value"]!.GetValue<int>());
    }

    [Fact]
    public async Task Patch_ChangesWhatItIsFor_AndOneThatDoesNotFit_IsAnError()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        ResourceObject[] point = await CaptureShopAsync(lab);
        var fits = new ObjectPatch("""[{"op":"replace","path":"/spec/replicas","value":0}]""") { Kind = "Deployment", Name = "we*" };

        await RestoreAsync(lab, point, new ResourceRestoreRequest { Namespaces = s_toNew, Patches = [fits] });
        WaybillException error = await Assert.ThrowsAnyAsync<WaybillException>(() => RestoreAsync(lab, point, new ResourceRestoreRequest { Namespaces = s_toNew, Patches = [fits with { Kind = "", Name = "" }] }));

        Assert.Equal(0, Get(lab, "deployments.apps", "web")["spec"]!["replicas"]!.GetValue<int>());
        Assert.Equal(WaybillErrorCode.TransformInvalid, error.Code);
    }

    [Fact]
    public async Task AnswerThatIsLost_IsNotTakenForAnObjectOfSomebodyElse()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        ResourceObject[] point = await CaptureShopAsync(lab);
        lab.Server.Faults.CutAfter(50, "POST", "/shop-2/configmaps", times: 1);

        ResourceRestoreResult result = await RestoreAsync(lab, point, new ResourceRestoreRequest { Namespaces = s_toNew });

        Assert.True(result.IsComplete);
        Assert.Equal(2, lab.Server.Requests.Count(request => request.Method == "POST" && request.Path == "/api/v1/namespaces/shop-2/configmaps"));
    }

    [Fact]
    public async Task ObjectThatIsForbidden_IsReported_AndTheOthersAreRestored()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        ResourceObject[] point = await CaptureShopAsync(lab);
        lab.Server.Rules.Deny("admin", "create", "ingresses.networking.k8s.io");

        ResourceRestoreResult result = await RestoreAsync(lab, point, new ResourceRestoreRequest { Namespaces = s_toNew });

        Assert.Equal("networking.k8s.io/v1/Ingress/shop/front", Assert.Single(result.Objects, o => o.Problem is not null).Source);
        Assert.True(lab.Server.Store.TryGet(lab.Server.Kinds.Get("deployments.apps"), "shop-2", "web", out _));
    }

    private static async Task<ResourceObject[]> CaptureShopAsync(ClusterLab lab)
    {
        Shop.Load(lab);
        using CapturedApplication captured = await lab.CaptureAsync("shop");
        return [.. captured.ToProtectedApplication().Resources.Select(resource => resource with { Content = resource.Content.ToArray() })];
    }

    private static async Task<ResourceRestoreResult> RestoreAsync(ClusterLab lab, ResourceObject[] point, ResourceRestoreRequest request) =>
        await new ResourceRestorer(await lab.ConnectAsync()).RunAsync(point, request);

    private static JsonObject Get(ClusterLab lab, string kind, string name) => lab.Server.Store.Get(kind, "shop-2", name).ToNode();

    private static void Patch(ClusterLab lab, string kind, string name, Action<JsonObject> change)
    {
        JsonObject node = lab.Server.Store.Get(kind, "shop", name).ToNode();
        change(node);
        node["metadata"]!.AsObject().Remove("resourceVersion");
        lab.Load(node.ToJsonString());
    }
}
