using System.Text;
using System.Text.Json.Nodes;
using Waybill.Bundles;
using Waybill.Engine;
using Waybill.Kubernetes.ApiServer.Storage;

namespace Waybill.Kubernetes.Tests.Capturing;

public sealed class CaptureTests
{
    [Fact]
    public async Task Content_IsByteForByte_WhatTheApiGivesForTheObjectAlone()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        Shop.Load(lab);

        using CapturedApplication captured = await lab.CaptureAsync("shop");

        Assert.All(captured.Objects, found =>
        {
            StoredObject stored = lab.Server.Store.Get(found.ResourceName, found.Resource.Namespace, found.Resource.Name);
            Assert.Equal(Encoding.UTF8.GetString(stored.Json.Span), Encoding.UTF8.GetString(found.Resource.Content.Span));
        });
    }

    [Fact]
    public async Task Objects_StandBehindWhatTheyNeed()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        Shop.Load(lab);

        using CapturedApplication captured = await lab.CaptureAsync("shop");

        Assert.Equal("Namespace/shop", ClusterLab.Names(captured)[0]);
        Assert.All(captured.Relations.Where(relation => relation.Kind != RelationKind.ActsOn), relation => Assert.True(relation.To < relation.From, relation.ToString()));
    }

    [Fact]
    public async Task Relations_SayWhatIsWhatToWhom()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        Shop.Load(lab);

        using CapturedApplication captured = await lab.CaptureAsync("shop");
        string[] names = ClusterLab.Names(captured);
        HashSet<string> relations = [.. captured.Relations.Select(relation => $"{names[relation.From]} {relation.Kind} {names[relation.To]}")];

        Assert.Superset(
            new HashSet<string>
            {
                "Pod/web-5f-x1 Owner ReplicaSet/web-5f", "ReplicaSet/web-5f Owner Deployment/web", "Deployment/web Uses Secret/login", "Deployment/web Uses ConfigMap/web-config",
                "Service/web ActsOn Pod/web-5f-x1", "Ingress/front ActsOn Service/web", "HorizontalPodAutoscaler/web ActsOn Deployment/web",
                "PersistentVolumeClaim/data-db-0 Uses PersistentVolume/pv-1", "StatefulSet/db Uses PersistentVolumeClaim/data-db-0", "Widget/wheel Definition CustomResourceDefinition/widgets.example.com",
                "ClusterRoleBinding/web-reads Uses ClusterRole/reader", "ClusterRoleBinding/web-reads ActsOn ServiceAccount/web",
            },
            relations);
    }

    [Fact]
    public async Task Facts_AreThoseOfTheClusterAndItsObjects()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        Shop.Load(lab);

        using CapturedApplication captured = await lab.CaptureAsync("shop");

        Assert.Equal("kubernetes", captured.Origin.Platform);
        Assert.Equal(lab.Server.Store.Get("namespaces", "", "kube-system").Uid, captured.Origin.ClusterId);
        Assert.Equal("test", captured.Origin.ClusterName);
        Assert.Equal("shop", captured.Origin.Namespace);
        Assert.Equal("uid-shop", captured.Origin.NamespaceUid);
        Assert.Equal("v1.36.2", captured.ClusterVersion);
        Assert.Contains(new CapturedImage("registry.example.org/web:1.2", Shop.WebDigest), captured.Images);
        Assert.Contains(new CapturedImage("postgres:17", ""), captured.Images);
        Assert.Equal(
            new CapturedClaim("shop", "data-db-0")
            {
                Uid = "uid-claim", StorageClass = "fast", VolumeMode = "Filesystem", Capacity = "10Gi", Volume = "pv-1", Driver = "disk.example.com", Handle = "vol-17", FileSystem = "ext4",
            },
            Assert.Single(captured.Claims));
        Assert.Equal(["example.com/v1", "example.com/v1beta1"], captured.Objects.Single(found => found.Resource.Kind == "Widget").ServedVersions.ToArray());
    }

    [Fact]
    public async Task ExternalData_IsNamed_WithoutWhatOpensIt()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        Shop.Load(lab);

        using CapturedApplication captured = await lab.CaptureAsync("shop");

        Assert.Equal(
            [
                new ExternalData("database", "postgres://orders.db.example.org:5432/orders", "v1/ConfigMap/shop/web-config"),
                new ExternalData("database", "redis://cache.example.org:6379", "apps/v1/Deployment/shop/web"),
                new ExternalData("service", "mail.example.org", "v1/Service/shop/mail"),
            ],
            captured.ExternalData.OrderBy(data => data.Target == "mail.example.org" ? 2 : data.Target.StartsWith("redis", StringComparison.Ordinal) ? 1 : 0));
    }

    [Fact]
    public async Task Tags_AreLabelsAndAnnotations_OfWhatNothingOwns_AndNeverOfSecrets()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        Shop.Load(lab);

        using CapturedApplication captured = await lab.CaptureAsync("shop");

        Assert.Contains(new Tag("app", new TagValue.Text("web"), TagSource.Label) { SourceReference = "apps/v1/Deployment/shop/web" }, captured.Tags);
        Assert.Contains(new Tag("owner", new TagValue.Text("ann"), TagSource.Annotation) { SourceReference = "apps/v1/Deployment/shop/web" }, captured.Tags);
        Assert.Contains(new Tag("team", new TagValue.Text("shop"), TagSource.NamespaceLabel) { SourceReference = "v1/Namespace/shop" }, captured.Tags);
        Assert.DoesNotContain(captured.Tags, tag => tag.Key == "hush" || tag.SourceReference.Contains("ReplicaSet", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Document_TellsAllOfIt_AndIsNoObjectOfTheCluster()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        Shop.Load(lab);
        lab.Server.Rules.Deny("admin", "list", "leases.coordination.k8s.io");
        using CapturedApplication captured = await lab.CaptureAsync("shop");

        ProtectedApplication application = captured.ToProtectedApplication();
        JsonNode document = JsonNode.Parse(application.Resources[0].Content.Span)!;

        Assert.True(CaptureDocument.Is(application.Resources[0]));
        Assert.Equal(captured.Objects.Length, document["objects"]!.AsArray().Count);
        JsonNode widget = document["objects"]!.AsArray().Single(item => item!["kind"]!.GetValue<string>() == "Widget")!;
        Assert.Equal("Widget", application.Resources[widget["ordinal"]!.GetValue<int>()].Kind);
        Assert.Equal("""["example.com/v1","example.com/v1beta1"]""", widget["servedVersions"]!.ToJsonString());
        Assert.Equal(captured.Relations.Length, document["relations"]!.AsArray().Count);
        Assert.Equal("forbidden", document["gaps"]![0]!["kind"]!.GetValue<string>());
        Assert.Equal("leases.coordination.k8s.io", document["gaps"]![0]!["what"]!.GetValue<string>());
        Assert.Equal("""["events"]""", document["excluded"]!.ToJsonString());
        Assert.Equal("v1.36.2", document["cluster"]!["version"]!.GetValue<string>());
    }
}
