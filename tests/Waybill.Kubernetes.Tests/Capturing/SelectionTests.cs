namespace Waybill.Kubernetes.Tests.Capturing;

public sealed class SelectionTests
{
    private static readonly string[] s_web =
    [
        "ClusterRole/reader", "ClusterRoleBinding/web-reads", "ConfigMap/web-config", "Deployment/web", "EndpointSlice/web-abc", "HorizontalPodAutoscaler/web", "Ingress/front",
        "Namespace/shop", "Pod/web-5f-x1", "PriorityClass/high", "ReplicaSet/web-5f", "Role/leader", "RoleBinding/leader", "Secret/login", "Service/web", "ServiceAccount/web",
    ];

    [Fact]
    public async Task Namespace_IsAllThatIsInIt_AndWhatThatNeedsElsewhere()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        Shop.Load(lab);

        using CapturedApplication captured = await lab.CaptureAsync("shop");

        Assert.Equal(
            [
                "CSIDriver/disk.example.com", "ClusterRole/reader", "ClusterRoleBinding/web-reads", "ConfigMap/web-config", "CustomResourceDefinition/widgets.example.com",
                "Deployment/neighbour", "Deployment/web", "EndpointSlice/web-abc", "HorizontalPodAutoscaler/web", "Ingress/front", "Namespace/shop", "PersistentVolume/pv-1",
                "PersistentVolumeClaim/data-db-0", "Pod/web-5f-x1", "PriorityClass/high", "ReplicaSet/web-5f", "Role/leader", "RoleBinding/leader", "Secret/login", "Service/db",
                "Service/mail", "Service/web", "ServiceAccount/web", "StatefulSet/db", "StorageClass/fast", "VolumeSnapshotClass/disk-snapshots", "Widget/wheel",
            ],
            ClusterLab.SortedNames(captured));
        Assert.Empty(captured.Gaps);
        Assert.Equal(["events"], captured.Excluded.ToArray());
    }

    [Theory]
    [InlineData("shop/deployment/web")]
    [InlineData("shop/deploy/web")]
    [InlineData("shop/deployments.apps/web")]
    public async Task Owner_IsItsTree_WhatActsOnIt_AndWhatItNeeds(string selector)
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        Shop.Load(lab);

        using CapturedApplication captured = await lab.CaptureAsync(selector);

        Assert.Equal(s_web, ClusterLab.SortedNames(captured));
        Assert.Equal(["Deployment/web"], captured.Objects.Where(found => found.WasAskedFor).Select(found => $"{found.Resource.Kind}/{found.Resource.Name}"));
        Assert.Equal("Deployment", captured.Origin.Kind);
        Assert.Equal("uid-web", captured.Origin.Uid);
    }

    [Fact]
    public async Task Labels_SelectTheSame_AsTheOwnerThatHasThem()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        Shop.Load(lab);

        using CapturedApplication captured = await lab.CaptureAsync("shop?app=web");

        Assert.Equal(s_web, ClusterLab.SortedNames(captured));
    }

    [Fact]
    public async Task StatefulSet_BringsItsClaims_TheirVolumes_AndTheirClasses()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        Shop.Load(lab);

        using CapturedApplication captured = await lab.CaptureAsync("shop/statefulset/db");

        Assert.Equal(
            ["CSIDriver/disk.example.com", "Namespace/shop", "PersistentVolume/pv-1", "PersistentVolumeClaim/data-db-0", "Service/db", "StatefulSet/db", "StorageClass/fast", "VolumeSnapshotClass/disk-snapshots"],
            ClusterLab.SortedNames(captured));
    }

    [Fact]
    public async Task Pod_BringsItsOwners_ButNotWhatElseTheyOwn()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        Shop.Load(lab);
        lab.Load("""{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web-5f-x2","namespace":"shop","uid":"uid-x2","labels":{"app":"canary"},"ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"web-5f","uid":"uid-web-5f"}]},"spec":{"containers":[]}}""");

        using CapturedApplication captured = await lab.CaptureAsync("shop/pod/web-5f-x1");

        Assert.Contains("Deployment/web", ClusterLab.Names(captured));
        Assert.Contains("ReplicaSet/web-5f", ClusterLab.Names(captured));
        Assert.DoesNotContain("Pod/web-5f-x2", ClusterLab.Names(captured));
    }

    [Fact]
    public async Task List_IsItsObjects_AndWhatTheyNeed()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        Shop.Load(lab);

        using CapturedApplication captured = await lab.CaptureAsync("shop/widget/wheel+/storageclass/slow");

        Assert.Equal(["CustomResourceDefinition/widgets.example.com", "Namespace/shop", "Secret/login", "StorageClass/slow", "Widget/wheel"], ClusterLab.SortedNames(captured));
    }

    [Fact]
    public async Task HelmRelease_IsWhatItInstalled_AndItsRecord()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        Shop.Load(lab);
        lab.Load(HelmSecrets.Of("shop", "front", 1, "superseded", "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: gone\n"));
        lab.Load(HelmSecrets.Of("shop", "front", 2, "deployed", "---\n# Source: web.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web-config\n---\napiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata:\n  name: slow\n"));
        lab.Load("""{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"by-hook","namespace":"shop","annotations":{"meta.helm.sh/release-name":"front","meta.helm.sh/release-namespace":"shop"}}}""");

        using CapturedApplication captured = await lab.CaptureAsync("shop/helm/front");

        Assert.Equal(["ConfigMap/by-hook", "ConfigMap/web-config", "Namespace/shop", "Secret/sh.helm.release.v1.front.v2", "StorageClass/slow"], ClusterLab.SortedNames(captured));
    }

    [Fact]
    public async Task ApplicationObject_IsWhatItSelects_OfTheKindsItNames()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        Shop.Load(lab);
        lab.LoadDefinition("app.k8s.io", "applications", "Application", "v1beta1");
        lab.Load("""{"apiVersion":"app.k8s.io/v1beta1","kind":"Application","metadata":{"name":"database","namespace":"shop"},"spec":{"selector":{"matchLabels":{"app":"db"}},"componentKinds":[{"group":"apps","kind":"StatefulSet"}]}}""");

        using CapturedApplication captured = await lab.CaptureAsync("shop/app/database");

        Assert.Equal(["Application/database", "StatefulSet/db"], captured.Objects.Where(found => found.WasAskedFor).Select(found => $"{found.Resource.Kind}/{found.Resource.Name}").Order(StringComparer.Ordinal));
        Assert.Contains("PersistentVolumeClaim/data-db-0", ClusterLab.Names(captured));
    }

    [Theory]
    [InlineData("nowhere", WaybillErrorCode.ApplicationNotFound)]
    [InlineData("shop/deployment/none", WaybillErrorCode.ApplicationNotFound)]
    [InlineData("shop/helm/none", WaybillErrorCode.ApplicationNotFound)]
    [InlineData("shop?app=none", WaybillErrorCode.ApplicationNotFound)]
    [InlineData("shop/gadget/none", WaybillErrorCode.KindNotServed)]
    [InlineData("shop/app/none", WaybillErrorCode.KindNotServed)]
    public async Task WhatIsNotThere_IsAnError(string selector, WaybillErrorCode code)
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        Shop.Load(lab);

        WaybillException error = await Assert.ThrowsAnyAsync<WaybillException>(() => lab.CaptureAsync(selector));

        Assert.Equal(code, error.Code);
    }

    [Theory]
    [InlineData("shop")]
    [InlineData("shop?app=web,tier in (a,b),!canary")]
    [InlineData("shop/deployment/web")]
    [InlineData("shop/helm/front")]
    [InlineData("shop/app/front")]
    [InlineData("shop/pvc/data+/storageclass/fast")]
    public void Parse_ReadsWhatTextSays(string text) => Assert.Equal(text, ApplicationSelector.Parse(text).Text);

    [Theory]
    [InlineData("shop/web")]
    [InlineData("shop/a/b/c")]
    [InlineData("shop?")]
    [InlineData("shop?a b=c")]
    [InlineData("shop/pvc/a+x")]
    public void Parse_RefusesEverythingElse(string text) => Assert.Throws<FormatException>(() => ApplicationSelector.Parse(text));
}
