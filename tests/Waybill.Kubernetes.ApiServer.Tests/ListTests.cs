using System.Text;
using System.Text.Json.Nodes;

namespace Waybill.Kubernetes.ApiServer.Tests;

public sealed class ListTests
{
    private const string Maps = "/api/v1/namespaces/shop/configmaps";

    [Fact]
    public async Task Get_LoadedObject_IsTheExactBytes()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        const string Json = """{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a","namespace":"default","uid":"u-1","resourceVersion":"17","creationTimestamp":"2026-01-02T03:04:05Z"},"data":{"x":"é\u003c","n": "1"}}""";
        lab.Server.Store.Load(Json);

        using HttpResponseMessage response = await lab.SendAsync("GET", "/api/v1/namespaces/default/configmaps/a");

        Assert.Equal(Json + "\n", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task List_OfABuiltInKind_LeavesKindOutOfItems_AndNothingElse()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        lab.Server.Store.Load("""{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a","namespace":"default","uid":"u-1","resourceVersion":"17"},"data":{"x":"\u003c"}}""");

        using HttpResponseMessage response = await lab.SendAsync("GET", "/api/v1/namespaces/default/configmaps");
        string text = await response.Content.ReadAsStringAsync();

        Assert.StartsWith("{\"kind\":\"ConfigMapList\",\"apiVersion\":\"v1\",\"metadata\":{", text, StringComparison.Ordinal);
        Assert.Contains("""[{"metadata":{"name":"a","namespace":"default","uid":"u-1","resourceVersion":"17"},"data":{"x":"\u003c"}}]""", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_OfACustomKind_KeepsKindInItems()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        await lab.CreateAsync("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", ApiLab.Widgets());
        await lab.CreateAsync("/apis/example.com/v1/namespaces/default/widgets", """{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"w"},"spec":{"size":3}}""");

        JsonNode list = await lab.DoAsync("GET", "/apis/example.com/v1/widgets");

        Assert.Equal("WidgetList", list["kind"]!.GetValue<string>());
        Assert.Equal("Widget", list["items"]![0]!["kind"]!.GetValue<string>());
    }

    [Fact]
    public async Task List_InPages_IsOfOneMoment()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        await lab.CreateNamespaceAsync("shop");
        foreach (int i in Enumerable.Range(0, 7))
        {
            await lab.CreateAsync(Maps, ApiLab.ConfigMap($"m{i}"));
        }

        JsonNode first = await lab.DoAsync("GET", $"{Maps}?limit=3");
        await lab.DoAsync("DELETE", $"{Maps}/m4");
        await lab.CreateAsync(Maps, ApiLab.ConfigMap("m55"));
        await lab.DoAsync("PATCH", $"{Maps}/m6", """{"data":{"key":"2"}}""", "application/merge-patch+json");
        var names = new List<string>(Names(first));
        string values = "";
        for (string token = Continue(first); token.Length > 0;)
        {
            JsonNode page = await lab.DoAsync("GET", $"{Maps}?limit=3&continue={token}");
            Assert.Equal(first["metadata"]!["resourceVersion"]!.GetValue<string>(), page["metadata"]!["resourceVersion"]!.GetValue<string>());
            names.AddRange(Names(page));
            values += string.Concat(page["items"]!.AsArray().Select(item => item!["data"]!["key"]));
            token = Continue(page);
        }

        Assert.Equal(["kube-root-ca.crt", "m0", "m1", "m2", "m3", "m4", "m5", "m6"], names);
        Assert.Equal("11111", values);
    }

    [Fact]
    public async Task List_ContinuedAfterCompaction_Is410_WithATokenThatGoesOnAnyway()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        await lab.CreateNamespaceAsync("shop");
        foreach (int i in Enumerable.Range(0, 4))
        {
            await lab.CreateAsync(Maps, ApiLab.ConfigMap($"m{i}"));
        }

        JsonNode first = await lab.DoAsync("GET", $"{Maps}?limit=2");
        await lab.CreateAsync(Maps, ApiLab.ConfigMap("m9"));
        lab.Server.Store.Compact();

        JsonNode gone = await lab.FailAsync(410, "GET", $"{Maps}?limit=2&continue={Continue(first)}");
        JsonNode rest = await lab.DoAsync("GET", $"{Maps}?continue={Continue(gone)}");

        Assert.Equal("Expired", gone["reason"]!.GetValue<string>());
        Assert.Equal(["m1", "m2", "m3", "m9"], Names(rest));
    }

    [Theory]
    [InlineData("labelSelector=app%3Dweb", "a,b")]
    [InlineData("labelSelector=app%3Dweb,tier+in+(x,y)", "a")]
    [InlineData("labelSelector=app!%3Dweb", "c,kube-root-ca.crt")]
    [InlineData("labelSelector=tier+notin+(x)", "b,c,kube-root-ca.crt")]
    [InlineData("labelSelector=!app", "kube-root-ca.crt")]
    [InlineData("labelSelector=tier", "a")]
    [InlineData("fieldSelector=metadata.name%3Db", "b")]
    [InlineData("fieldSelector=data.key%3D3", "c")]
    public async Task List_WithSelector_HasWhatMatches(string query, string expected)
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        await lab.CreateNamespaceAsync("shop");
        await lab.CreateAsync(Maps, ApiLab.ConfigMap("a", more: ""","labels":{"app":"web","tier":"x"}"""));
        await lab.CreateAsync(Maps, ApiLab.ConfigMap("b", more: ""","labels":{"app":"web"}"""));
        await lab.CreateAsync(Maps, ApiLab.ConfigMap("c", "3", more: ""","labels":{"app":"api"}"""));

        JsonNode list = await lab.DoAsync("GET", $"{Maps}?{query}");

        Assert.Equal(expected, string.Join(',', Names(list)));
    }

    [Fact]
    public async Task List_AsMetadataOnly_HasNoContent()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        lab.Server.Store.Load("""{"kind":"Secret","apiVersion":"v1","metadata":{"name":"login","namespace":"default"},"data":{"p":"c2VjcmV0"}}""");

        JsonNode list = await lab.DoAsync("GET", "/api/v1/secrets", accept: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json");

        Assert.Equal("PartialObjectMetadataList", list["kind"]!.GetValue<string>());
        Assert.Equal("login", list["items"]![0]!["metadata"]!["name"]!.GetValue<string>());
        Assert.DoesNotContain("c2VjcmV0", list.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_InAnotherServedVersion_SaysThatVersion()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        await lab.CreateAsync("/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers", """{"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"h"},"spec":{"maxReplicas":3}}""");

        JsonNode old = await lab.DoAsync("GET", "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers/h");

        Assert.Equal("autoscaling/v1", old["apiVersion"]!.GetValue<string>());
    }

    private static string Continue(JsonNode list) => list["metadata"]!["continue"]?.GetValue<string>() ?? "";

    private static IEnumerable<string> Names(JsonNode list) => list["items"]!.AsArray().Select(item => item!["metadata"]!["name"]!.GetValue<string>());
}
