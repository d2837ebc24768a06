using System.Text.Json.Nodes;
using Waybill.Testing;

namespace Waybill.Kubernetes.ApiServer.Tests;

public sealed class WatchTests
{
    private const string Maps = "/api/v1/namespaces/shop/configmaps";

    [Fact]
    public async Task Watch_FromARevision_TellsEveryChangeBehindIt()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        await lab.CreateNamespaceAsync("shop");
        JsonNode list = await lab.DoAsync("GET", Maps);
        using StreamReader events = await WatchAsync(lab, $"{Maps}?watch=true&resourceVersion={list["metadata"]!["resourceVersion"]}");

        await lab.CreateAsync(Maps, ApiLab.ConfigMap("a"));
        await lab.DoAsync("PATCH", $"{Maps}/a", """{"data":{"key":"2"}}""", "application/merge-patch+json");
        await lab.DoAsync("DELETE", $"{Maps}/a");

        Assert.Equal(["ADDED a 1", "MODIFIED a 2", "DELETED a 2"], await NextAsync(events, 3));
    }

    [Fact]
    public async Task Watch_WithLabels_TellsWhenAnObjectLeavesAndComes()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        await lab.CreateNamespaceAsync("shop");
        await lab.CreateAsync(Maps, ApiLab.ConfigMap("a", more: ""","labels":{"app":"web"}"""));
        using StreamReader events = await WatchAsync(lab, $"{Maps}?watch=1&labelSelector=app%3Dweb");
        Assert.Equal(["ADDED a 1"], await NextAsync(events, 1));

        await lab.DoAsync("PATCH", $"{Maps}/a", """{"metadata":{"labels":{"app":"api"}}}""", "application/merge-patch+json");
        await lab.DoAsync("PATCH", $"{Maps}/a", """{"metadata":{"labels":{"app":"web"}}}""", "application/merge-patch+json");

        Assert.Equal(["DELETED a 1", "ADDED a 1"], await NextAsync(events, 2));
    }

    [Fact]
    public async Task Watch_FromAForgottenRevision_EndsWith410()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        await lab.CreateNamespaceAsync("shop");
        JsonNode list = await lab.DoAsync("GET", Maps);
        await lab.CreateAsync(Maps, ApiLab.ConfigMap("a"));
        lab.Server.Store.Compact();

        using StreamReader events = await WatchAsync(lab, $"{Maps}?watch=true&resourceVersion={list["metadata"]!["resourceVersion"]}");
        JsonNode error = JsonNode.Parse((await events.ReadLineAsync())!)!;

        Assert.Equal("ERROR", error["type"]!.GetValue<string>());
        Assert.Equal(410, error["object"]!["code"]!.GetValue<int>());
        Assert.Null(await events.ReadLineAsync());
    }

    [Fact]
    public async Task Watch_ThatAsksForThem_GetsBookmarks_AndEndsInTime()
    {
        var time = new ManualTimeProvider();
        await using ApiLab lab = await ApiLab.StartAsync(new ApiServerOptions { TimeProvider = time, BookmarkInterval = TimeSpan.FromSeconds(10) });
        await lab.CreateNamespaceAsync("shop");
        using StreamReader events = await WatchAsync(lab, $"{Maps}?watch=true&allowWatchBookmarks=true&sendInitialEvents=true&timeoutSeconds=30");
        Assert.Equal(["ADDED kube-root-ca.crt of this cluster"], [(await NextAsync(events, 1))[0].Replace("ADDED kube-root-ca.crt ", "ADDED kube-root-ca.crt of this cluster", StringComparison.Ordinal).Trim()]);
        JsonNode initial = JsonNode.Parse((await events.ReadLineAsync())!)!;

        time.Advance(TimeSpan.FromSeconds(10));
        JsonNode bookmark = JsonNode.Parse((await events.ReadLineAsync())!)!;
        time.Advance(TimeSpan.FromSeconds(20));
        string rest = await events.ReadToEndAsync();

        Assert.Equal("true", initial["object"]!["metadata"]!["annotations"]!["k8s.io/initial-events-end"]!.GetValue<string>());
        Assert.Equal("BOOKMARK", bookmark["type"]!.GetValue<string>());
        Assert.DoesNotContain("ERROR", rest, StringComparison.Ordinal);
    }

    private static async Task<StreamReader> WatchAsync(ApiLab lab, string path)
    {
        HttpResponseMessage response = await lab.SendAsync("GET", path);
        Assert.Equal(200, (int)response.StatusCode);
        return new StreamReader(await response.Content.ReadAsStreamAsync());
    }

    private static async Task<string[]> NextAsync(StreamReader events, int count)
    {
        var lines = new List<string>();
        while (lines.Count < count)
        {
            JsonNode line = JsonNode.Parse((await events.ReadLineAsync())!)!;
            JsonNode node = line["object"]!;
            lines.Add($"{line["type"]} {node["metadata"]!["name"]} {node["data"]!["key"]}");
        }

        return [.. lines];
    }
}
