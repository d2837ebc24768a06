using System.Text.Json.Nodes;

namespace Waybill.Kubernetes.ApiServer.Tests;

public sealed class WriteTests
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";
    private const string Merge = "application/merge-patch+json";
    private const string JsonPatchType = "application/json-patch+json";
    private const string Strategic = "application/strategic-merge-patch+json";

    [Fact]
    public async Task Create_FillsIn_WhatOnlyAServerMaySay()
    {
        await using ApiLab lab = await ApiLab.StartAsync();

        JsonNode created = await lab.CreateAsync(Maps, """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"a-"}}""");

        JsonNode metadata = created["metadata"]!;
        Assert.Matches("^a-[a-z0-9]{5}$", metadata["name"]!.GetValue<string>());
        Assert.True(Guid.TryParse(metadata["uid"]!.GetValue<string>(), out _));
        Assert.True(long.Parse(metadata["resourceVersion"]!.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture) > 0);
        Assert.EndsWith("Z", metadata["creationTimestamp"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("default", metadata["namespace"]!.GetValue<string>());
    }

    [Theory]
    [InlineData(409, "AlreadyExists", "/api/v1/namespaces/default/configmaps", """{"metadata":{"name":"a"}}""")]
    [InlineData(404, "NotFound", "/api/v1/namespaces/nowhere/configmaps", """{"metadata":{"name":"b"}}""")]
    [InlineData(422, "Invalid", "/api/v1/namespaces/default/configmaps", """{"metadata":{"name":"Not_A_Name"}}""")]
    [InlineData(400, "BadRequest", "/api/v1/namespaces/default/configmaps", """{"metadata":{"name":"b","resourceVersion":"3"}}""")]
    [InlineData(400, "BadRequest", "/api/v1/namespaces/default/configmaps", """{"kind":"Secret","metadata":{"name":"b"}}""")]
    [InlineData(400, "BadRequest", "/api/v1/namespaces/default/configmaps", "{")]
    [InlineData(404, "NotFound", "/apis/none.example.com/v1/namespaces/default/things", """{"metadata":{"name":"b"}}""")]
    public async Task Create_OfWhatCannotBe_IsRefused(int code, string reason, string path, string body)
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        await lab.CreateAsync(Maps, ApiLab.ConfigMap("a"));

        JsonNode status = await lab.FailAsync(code, "POST", path, body);

        Assert.Equal(reason, status["reason"]!.GetValue<string>());
    }

    [Fact]
    public async Task Update_OfAnOldRevision_Conflicts()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        JsonNode first = await lab.CreateAsync(Maps, ApiLab.ConfigMap("a"));
        await lab.DoAsync("PATCH", $"{Maps}/a", """{"data":{"key":"2"}}""", Merge);

        first["data"]!["key"] = "3";
        JsonNode status = await lab.FailAsync(409, "PUT", $"{Maps}/a", first.ToJsonString());

        Assert.Equal("Conflict", status["reason"]!.GetValue<string>());
    }

    [Fact]
    public async Task Update_ThatChangesNothing_KeepsTheRevision()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        JsonNode first = await lab.CreateAsync(Maps, ApiLab.ConfigMap("a"));

        JsonNode second = await lab.DoAsync("PUT", $"{Maps}/a", first.ToJsonString());

        Assert.Equal(first["metadata"]!["resourceVersion"]!.GetValue<string>(), second["metadata"]!["resourceVersion"]!.GetValue<string>());
    }

    [Fact]
    public async Task Status_IsWrittenThroughItsSubresourceOnly()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        const string Pods = "/api/v1/namespaces/default/pods";
        await lab.CreateAsync(Pods, """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i"}]},"status":{"phase":"Running"}}""");

        JsonNode ignored = await lab.DoAsync("PATCH", $"{Pods}/p", """{"status":{"phase":"Failed"}}""", Merge);
        JsonNode written = await lab.DoAsync("PATCH", $"{Pods}/p/status", """{"metadata":{"labels":{"x":"y"}},"status":{"phase":"Running"}}""", Merge);

        Assert.Equal("Pending", ignored["status"]!["phase"]!.GetValue<string>());
        Assert.Equal("Running", written["status"]!["phase"]!.GetValue<string>());
        Assert.Null(written["metadata"]!["labels"]);
    }

    [Fact]
    public async Task JsonPatch_DoesItsOperations_OrNothing()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        await lab.CreateAsync(Maps, ApiLab.ConfigMap("a"));

        JsonNode patched = await lab.DoAsync("PATCH", $"{Maps}/a", """
            [{"op":"test","path":"/data/key","value":"1"},{"op":"add","path":"/metadata/labels","value":{"a~b/c":"1"}},{"op":"move","from":"/data/key","path":"/data/moved"},
             {"op":"replace","path":"/metadata/labels/a~0b~1c","value":"2"},{"op":"copy","from":"/data/moved","path":"/data/copied"}]
            """, JsonPatchType);
        await lab.FailAsync(422, "PATCH", $"{Maps}/a", """[{"op":"remove","path":"/data/moved"},{"op":"test","path":"/data/copied","value":"9"}]""", JsonPatchType);

        Assert.Equal("""{"moved":"1","copied":"1"}""", patched["data"]!.ToJsonString());
        Assert.Equal("2", patched["metadata"]!["labels"]!["a~b/c"]!.GetValue<string>());
        Assert.Equal("""{"moved":"1","copied":"1"}""", (await lab.DoAsync("GET", $"{Maps}/a"))["data"]!.ToJsonString());
    }

    [Fact]
    public async Task StrategicPatch_MergesLists_ByTheirKeys()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        const string Deployments = "/apis/apps/v1/namespaces/default/deployments";
        await lab.CreateAsync(Deployments, """
            {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","finalizers":["a/b"]},
             "spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"spec":{"containers":[{"name":"x","image":"1"},{"name":"y","image":"1"}]}}}}
            """);

        JsonNode patched = await lab.DoAsync("PATCH", $"{Deployments}/d", """
            {"metadata":{"finalizers":["c/d"]},"spec":{"template":{"spec":{"containers":[{"name":"y","image":"2"},{"name":"x","$patch":"delete"},{"name":"z","image":"3"}]}}}}
            """, Strategic);

        Assert.Equal("""[{"name":"y","image":"2"},{"name":"z","image":"3"}]""", patched["spec"]!["template"]!["spec"]!["containers"]!.ToJsonString());
        Assert.Equal("""["a/b","c/d"]""", patched["metadata"]!["finalizers"]!.ToJsonString());
        Assert.Equal(2, patched["metadata"]!["generation"]!.GetValue<int>());
    }

    [Fact]
    public async Task Patch_InAnUnknownForm_Is415()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        await lab.CreateAsync("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", ApiLab.Widgets());
        await lab.CreateAsync("/apis/example.com/v1/namespaces/default/widgets", """{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"w"}}""");

        await lab.FailAsync(415, "PATCH", "/apis/example.com/v1/namespaces/default/widgets/w", "{}", Strategic);
    }

    [Theory]
    [InlineData("/api/v1/namespaces/default/persistentvolumeclaims", """{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"x"},"spec":{"storageClassName":"a"}}""", """{"spec":{"storageClassName":"b"}}""")]
    [InlineData("/apis/batch/v1/namespaces/default/jobs", """{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"x"},"spec":{"template":{"spec":{"containers":[{"name":"c","image":"1"}]}}}}""", """{"spec":{"template":{"spec":{"containers":[{"name":"c","image":"2"}]}}}}""")]
    [InlineData("/apis/apps/v1/namespaces/default/deployments", """{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"x"},"spec":{"selector":{"matchLabels":{"a":"b"}}}}""", """{"spec":{"selector":{"matchLabels":{"a":"c"}}}}""")]
    [InlineData("/api/v1/namespaces/default/services", """{"apiVersion":"v1","kind":"Service","metadata":{"name":"x"},"spec":{}}""", """{"spec":{"clusterIP":"10.0.0.9"}}""")]
    public async Task Patch_OfAnImmutableField_IsInvalid(string path, string body, string patch)
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        await lab.CreateAsync(path, body);

        JsonNode status = await lab.FailAsync(422, "PATCH", $"{path}/x", patch, Merge);

        Assert.Contains("immutable", status["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_WithDryRun_ChangesNothing()
    {
        await using ApiLab lab = await ApiLab.StartAsync();

        await lab.CreateAsync($"{Maps}?dryRun=All", ApiLab.ConfigMap("a"));

        await lab.FailAsync(404, "GET", $"{Maps}/a");
    }
}
