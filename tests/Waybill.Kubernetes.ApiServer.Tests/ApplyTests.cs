using System.Text.Json.Nodes;

namespace Waybill.Kubernetes.ApiServer.Tests;

public sealed class ApplyTests
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";
    private const string ApplyType = "application/apply-patch+yaml";

    [Fact]
    public async Task Apply_OfWhatDoesNotExist_CreatesIt_AndNotesWhoSetWhat()
    {
        await using ApiLab lab = await ApiLab.StartAsync();

        JsonNode created = await ApplyAsync(lab, "one", """{"a":"1"}""");

        JsonNode entry = Assert.Single(created["metadata"]!["managedFields"]!.AsArray())!;
        Assert.Equal("one", entry["manager"]!.GetValue<string>());
        Assert.Equal("Apply", entry["operation"]!.GetValue<string>());
        Assert.Equal("""{"f:data":{"f:a":{}}}""", entry["fieldsV1"]!.ToJsonString());
    }

    [Fact]
    public async Task Apply_OfAnotherValue_ConflictsWithWhoSetIt_UnlessForced()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        await ApplyAsync(lab, "one", """{"a":"1"}""");

        JsonNode status = await lab.FailAsync(409, "PATCH", $"{Maps}/m?fieldManager=two", Body("""{"a":"2"}"""), ApplyType);
        JsonNode forced = await ApplyAsync(lab, "two", """{"a":"2"}""", "&force=true");

        JsonNode cause = Assert.Single(status["details"]!["causes"]!.AsArray())!;
        Assert.Equal(".data.a", cause["field"]!.GetValue<string>());
        Assert.Contains("one", cause["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("2", forced["data"]!["a"]!.GetValue<string>());
        Assert.Equal("two", Assert.Single(forced["metadata"]!["managedFields"]!.AsArray())!["manager"]!.GetValue<string>());
    }

    [Fact]
    public async Task Apply_OfTheSameValue_IsOwnedByBoth()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        await ApplyAsync(lab, "one", """{"a":"1"}""");
        await ApplyAsync(lab, "two", """{"a":"1"}""");

        JsonNode left = await ApplyAsync(lab, "one", """{"b":"1"}""");

        Assert.Equal("1", left["data"]!["a"]!.GetValue<string>());
    }

    [Fact]
    public async Task Apply_WithoutAFieldAppliedBefore_RemovesIt()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        await ApplyAsync(lab, "one", """{"a":"1","b":"1"}""");
        await lab.DoAsync("PATCH", $"{Maps}/m", """{"data":{"c":"1"}}""", "application/merge-patch+json");

        JsonNode applied = await ApplyAsync(lab, "one", """{"b":"1"}""");

        Assert.Equal("""{"b":"1","c":"1"}""", applied["data"]!.ToJsonString());
    }

    [Fact]
    public async Task Apply_OverAValueSomebodyPatched_Conflicts()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        await ApplyAsync(lab, "one", """{"a":"1"}""");
        await lab.DoAsync("PATCH", $"{Maps}/m", """{"data":{"a":"2"}}""", "application/merge-patch+json");

        await lab.FailAsync(409, "PATCH", $"{Maps}/m?fieldManager=one", Body("""{"a":"1"}"""), ApplyType);
    }

    [Fact]
    public async Task Apply_ToAListWithKeys_MergesItsItems()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        const string Path = "/apis/apps/v1/namespaces/default/deployments/d";
        await lab.DoAsync("PATCH", $"{Path}?fieldManager=one", Deployment("""{"name":"x","image":"1"}"""), ApplyType);

        JsonNode applied = await lab.DoAsync("PATCH", $"{Path}?fieldManager=two", Deployment("""{"name":"y","image":"2"}"""), ApplyType);
        JsonNode without = await lab.DoAsync("PATCH", $"{Path}?fieldManager=two", """{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"selector":{"matchLabels":{"a":"b"}}}}""", ApplyType);

        Assert.Equal("""[{"name":"x","image":"1"},{"name":"y","image":"2"}]""", Containers(applied));
        Assert.Equal("""[{"name":"x","image":"1"}]""", Containers(without));
    }

    [Fact]
    public async Task Apply_ToTheStatus_ChangesNothingElse_AndIsKeptApart()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        const string Path = "/apis/apps/v1/namespaces/default/deployments/d";
        await lab.FailAsync(404, "PATCH", $"{Path}/status?fieldManager=one", Status("""{"replicas":3}"""), ApplyType);
        await lab.DoAsync("PATCH", $"{Path}?fieldManager=one", Deployment("""{"name":"x","image":"1"}"""), ApplyType);

        await lab.DoAsync("PATCH", $"{Path}/status?fieldManager=one", Status("""{"replicas":3,"conditions":[{"type":"A","status":"True"}]}"""), ApplyType);
        await lab.DoAsync("PATCH", $"{Path}/status?fieldManager=two", Status("""{"conditions":[{"type":"B","status":"True"}]}"""), ApplyType);
        JsonNode applied = await lab.DoAsync("PATCH", $"{Path}/status?fieldManager=one", Status("""{"conditions":[{"type":"A","status":"False"}]}"""), ApplyType);

        Assert.Equal("""{"conditions":[{"type":"A","status":"False"},{"type":"B","status":"True"}]}""", applied["status"]!.ToJsonString());
        Assert.Equal("""[{"name":"x","image":"1"}]""", Containers(applied));

        static string Status(string status) => $$$$"""{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"replicas":9},"status":{{{{status}}}}}""";
    }

    private static string Deployment(string container) =>
        $$$$$"""{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"spec":{"containers":[{{{{{container}}}}}]}}}}""";

    private static string Containers(JsonNode deployment) => deployment["spec"]!["template"]!["spec"]!["containers"]!.ToJsonString();

    private static Task<JsonNode> ApplyAsync(ApiLab lab, string manager, string data, string more = "") =>
        lab.DoAsync("PATCH", $"{Maps}/m?fieldManager={manager}{more}", Body(data), ApplyType);

    private static string Body(string data) => $$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"m"},"data":{{data}}}""";
}
