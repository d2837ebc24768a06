using System.Text;
using System.Text.Json;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Tests.Engines;
using Waybill.Kubernetes.ApiServer;
using Waybill.Kubernetes.ApiServer.Storage;

namespace Waybill.Cli.Tests.Clusters;

public sealed class ClusterCommandTests : IAsyncLifetime, IDisposable
{
    private readonly EngineScenario _here = new();
    private ApiServerDouble _cluster = null!;
    private string[] _there = [];

    public async Task InitializeAsync()
    {
        _cluster = await ApiServerDouble.StartAsync();
        _there = ["--context", "prod", "--kubeconfig", _here.Write("kubeconfig", _cluster.KubeConfig("prod"))];
        foreach (string json in (string[])
            [
                """{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"shop","labels":{"team":"sales"}},"spec":{"finalizers":["kubernetes"]},"status":{"phase":"Active"}}""",
                """{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"config","namespace":"shop"},"data":{"text":"\u003cb\u003e é"}}""",
                """{"kind":"Secret","apiVersion":"v1","metadata":{"name":"login","namespace":"shop"},"data":{"password":"aHVudGVyMg=="},"type":"Opaque"}""",
                """{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"web","namespace":"shop","labels":{"app":"web"}},"spec":{"replicas":2,"selector":{"matchLabels":{"app":"web"}},"template":{"spec":{"containers":[{"name":"web","image":"web:1","envFrom":[{"configMapRef":{"name":"config"}},{"secretRef":{"name":"login"}}]}]}}}}""",
            ])
        {
            _cluster.Store.Load(json);
        }
    }

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    public void Dispose() => _here.Dispose();

    [Fact]
    public async Task List_NamesWhatCanBeShown()
    {
        JsonElement report = EngineScenario.Parse("app-list.json", await _here.DoneAsync(["app", "list", .. _there, "--json"]));
        CliResult text = await _here.DoneAsync(["app", "list", .. _there, "--namespace", "shop"]);

        Assert.Equal(["default", "kube-system", "shop"], report.GetProperty("applications").EnumerateArray().Select(application => application.GetProperty("application").GetString()));
        Assert.Equal("shop  namespace\n", text.Output);
    }

    [Fact]
    public async Task Show_TellsWhatBelongsToAnApplication_AndWhatCouldNotBeRead()
    {
        _cluster.Rules.Deny("admin", "list", "leases.coordination.k8s.io");

        JsonElement report = EngineScenario.Parse("app-show.json", await _here.DoneAsync(["app", "show", "shop/deployment/web", .. _there, "--json"]));
        CliResult text = await _here.DoneAsync(["app", "show", "shop/deployment/web", .. _there]);

        Assert.Equal(["shop", "config", "login", "web"], report.GetProperty("objects").EnumerateArray().Select(item => item.GetProperty("name").GetString()));
        Assert.Contains("    Deployment  shop/web\n", text.Output, StringComparison.Ordinal);
        Assert.Contains("    Secret      shop/login   needed\n", text.Output, StringComparison.Ordinal);
        Assert.Contains("  ATTENTION: 1 part could not be read\n    leases.coordination.k8s.io: ", text.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Namespace_GoesIntoABundle_AndComesBackByteForByte()
    {
        JsonElement made = await ProtectAsync();
        string bundle = made.GetProperty("file").GetString()!;
        await _here.DoneAsync("bundle", "verify", bundle);
        await _here.DoneAsync("bundle", "restore", bundle, "--to", _here["out"], "--resources");

        Dictionary<string, string> files = Directory.GetFiles(_here["out/resources"]).ToDictionary(path => Path.GetFileName(path)[5..], File.ReadAllText);
        StoredObject[] stored = [.. _cluster.Store.ListAll().Where(found => found.Namespace == "shop" || found is { Namespace: "", Name: "shop" })];
        Assert.Equal(stored.Length + 1, files.Count);
        Assert.All(stored, found => Assert.Equal(Encoding.UTF8.GetString(found.Json.Span), files[$"{found.Kind.Name}-{(found.Namespace.Length > 0 ? "shop-" : "")}{found.Name}.json"]));
        Assert.Equal("prod", made.GetProperty("bundle").GetProperty("application").GetProperty("origin").GetProperty("clusterName").GetString());
        Assert.Contains(made.GetProperty("bundle").GetProperty("tags").EnumerateArray(), tag => tag.GetProperty("key").GetString() == "team" && tag.GetProperty("source").GetString() == "namespace-label");
        Assert.Contains(made.GetProperty("bundle").GetProperty("streams").EnumerateArray(), stream => stream.GetProperty("kind").GetString() == "secrets");
    }

    [Fact]
    public async Task Orphans_OfACluster_AreFoundWithoutAConfiguration()
    {
        string bundle = (await ProtectAsync()).GetProperty("file").GetString()!;
        _cluster.Store.Load("""{"kind":"PersistentVolume","apiVersion":"v1","metadata":{"name":"pv-2"},"spec":{"capacity":{"storage":"2Gi"},"claimRef":{"namespace":"gone","name":"data","uid":"uid-gone"},"csi":{"driver":"disk.example.com","volumeHandle":"vol-2"}},"status":{"phase":"Released"}}""");
        string[] catalog = ["--catalog", _here["catalog.db"]];
        await _here.DoneAsync(["catalog", "add", bundle, .. catalog]);

        CliResult orphans = await _here.DoneAsync(["catalog", "orphans", .. catalog, .. _there]);

        Assert.Contains("volumes whose claim is gone\n  kubernetes:vol-2  ", orphans.Output, StringComparison.Ordinal);
        Assert.Contains("gone/data, in no point\n", orphans.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Namespace_ThatIsLost_ComesBackUnderAnotherName()
    {
        await ProtectAsync();
        Assert.True(_cluster.Store.Remove("deployments.apps", "shop", "web"));

        CliResult plan = await _here.DoneAsync(["app", "restore", "shop-of-prod", .. _there, "--to-namespace", "again", "--image", "web:=mirror/web:", "--dry-run"]);
        JsonElement restored = EngineScenario.Parse("app-restore.json", await _here.DoneAsync(["app", "restore", "shop-of-prod", .. _there, "--to-namespace", "again", "--json"]));

        Assert.Contains("  create     apps/v1/Deployment/again/web\n", plan.Output, StringComparison.Ordinal);
        Assert.Contains("             point    ~ metadata.namespace: \"shop\" -> \"again\"\n", plan.Output, StringComparison.Ordinal);
        Assert.Contains("point    ~ spec.template.spec.containers[web].image: \"web:1\" -> \"mirror/web:1\"", plan.Output, StringComparison.Ordinal);
        Assert.Contains(restored.GetProperty("objects").EnumerateArray(), item => item.GetProperty("target").GetString() == "v1/Secret/again/login" && item.GetProperty("action").GetString() == "create");
        Assert.Equal("aHVudGVyMg==", _cluster.Store.Get("secrets", "again", "login").ToNode()["data"]!["password"]!.GetValue<string>());
    }

    [Fact]
    public async Task Restore_OverWhatDiffers_FailsUntilItIsSaidWhatHappens()
    {
        await ProtectAsync();
        _cluster.Store.Load("""{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"config","namespace":"shop"},"data":{"text":"other"}}""");
        string patches = _here.Write("patches.json", """[{"kind":"Deployment","operations":[{"op":"replace","path":"/spec/replicas","value":0}]}]""");

        await _here.FailsAsync(ExitCode.Failed, "WB3309", ["app", "restore", "shop-of-prod", .. _there]);
        await _here.DoneAsync(["app", "restore", "shop-of-prod", .. _there, "--existing", "update", "--patch", patches]);

        Assert.Equal("<b> é", _cluster.Store.Get("configmaps", "shop", "config").ToNode()["data"]!["text"]!.GetValue<string>());
        Assert.Equal(0, _cluster.Store.Get("deployments.apps", "shop", "web").ToNode()["spec"]!["replicas"]!.GetValue<int>());
    }

    [Theory]
    [InlineData("app show shop/web --context prod", "names no application")]
    [InlineData("app list --context prod --in-cluster", "--in-cluster goes without")]
    [InlineData("app protect shop --context prod --resources k8s", "--context goes without")]
    [InlineData("app protect shop --as other", "--as and --no-hooks go with a cluster")]
    [InlineData("app protect shop --no-hooks", "--as and --no-hooks go with a cluster")]
    [InlineData("app restore shop --to-namespace x --all-to local", "go with a cluster")]
    [InlineData("app restore shop --context prod --all-to local", "are about volumes")]
    [InlineData("app restore shop --context prod --existing never", "--existing is fail, skip, update or replace")]
    public async Task WhatDoesNotGoTogether_IsAMistakeOfUse(string line, string error) => await _here.FailsAsync(ExitCode.Usage, error, line.Split(' '));

    [Fact]
    public async Task ClusterThatIsNotThere_IsAnError() =>
        await _here.FailsAsync(ExitCode.Failed, "WB3301", "app", "list", "--context", "other", "--kubeconfig", _here["kubeconfig"]);

    private async Task<JsonElement> ProtectAsync() =>
        EngineScenario.Parse("app-protect.json", await _here.DoneAsync(["app", "protect", "shop", .. _there, "--as", "shop-of-prod", "--json"]));
}
