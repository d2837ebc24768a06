using System.Text.Json.Nodes;

namespace Waybill.Kubernetes.ApiServer.Tests;

public sealed class DiscoveryTests
{
    private const string Aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

    [Fact]
    public async Task Aggregated_TellsAllInTwoAnswers_CustomKindsToo()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        await lab.CreateAsync("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", ApiLab.Widgets());

        JsonNode core = await lab.DoAsync("GET", "/api", accept: Aggregated);
        JsonNode groups = await lab.DoAsync("GET", "/apis", accept: Aggregated);

        Assert.Contains(core["items"]![0]!["versions"]![0]!["resources"]!.AsArray(), resource => resource!["resource"]!.GetValue<string>() == "pods");
        JsonNode widgets = groups["items"]!.AsArray().First(group => group!["metadata"]!["name"]!.GetValue<string>() == "example.com")!["versions"]![0]!["resources"]![0]!;
        Assert.Equal("Widget", widgets["responseKind"]!["kind"]!.GetValue<string>());
        Assert.Equal("Namespaced", widgets["scope"]!.GetValue<string>());
    }

    [Fact]
    public async Task Aggregated_NamesVersions_PreferredFirst()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        string versions = string.Join(',', ((string[])["v1beta1", "v2", "v1", "v1alpha1"]).Select(v => $$"""{"name":"{{v}}","served":true,"storage":{{(v == "v1" ? "true" : "false")}}}"""));
        await lab.CreateAsync("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", ApiLab.Widgets(versions));

        JsonNode groups = await lab.DoAsync("GET", "/apis", accept: Aggregated);

        JsonNode group = groups["items"]!.AsArray().First(group => group!["metadata"]!["name"]!.GetValue<string>() == "example.com")!;
        Assert.Equal(["v2", "v1", "v1beta1", "v1alpha1"], group["versions"]!.AsArray().Select(version => version!["version"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Group_IsToldAlone()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        await lab.CreateAsync("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", ApiLab.Widgets());

        JsonNode group = await lab.DoAsync("GET", "/apis/example.com");

        Assert.Equal("APIGroup", group["kind"]!.GetValue<string>());
        Assert.Equal("v1", Assert.Single(group["versions"]!.AsArray())!["version"]!.GetValue<string>());
    }

    [Fact]
    public async Task Legacy_TellsTheSame_GroupByGroup()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        lab.Server.AggregatesDiscovery = false;

        JsonNode groups = await lab.DoAsync("GET", "/apis", accept: Aggregated);
        JsonNode apps = await lab.DoAsync("GET", "/apis/apps/v1");

        Assert.Equal("APIGroupList", groups["kind"]!.GetValue<string>());
        Assert.Contains(apps["resources"]!.AsArray(), resource => resource!["name"]!.GetValue<string>() == "deployments");
        Assert.Contains(apps["resources"]!.AsArray(), resource => resource!["name"]!.GetValue<string>() == "deployments/status");
    }

    [Fact]
    public async Task Aggregated_SaysOfALostGroup_ThatItIsStale()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        lab.Server.LoseGroup("batch");

        JsonNode groups = await lab.DoAsync("GET", "/apis", accept: Aggregated);
        await lab.FailAsync(503, "GET", "/apis/batch/v1");

        JsonNode batch = groups["items"]!.AsArray().First(group => group!["metadata"]!["name"]!.GetValue<string>() == "batch")!;
        Assert.Equal("Stale", batch["versions"]![0]!["freshness"]!.GetValue<string>());
    }
}
