using System.Text;
using System.Text.Json;

namespace Waybill.Kubernetes.EndToEnd;

/// <summary>A cluster that exists, with namespaces of its own for a test, which it removes.</summary>
internal sealed class LiveCluster : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    private readonly List<string> _made = [];
    private readonly string _run = Guid.NewGuid().ToString("N")[..8];

    private LiveCluster(ClusterConnection connection) => Connection = connection;

    public ClusterConnection Connection { get; }

    /// <summary>Gets an image with a shell.</summary>
    public static string Image => Setting("IMAGE") is { Length: > 0 } image ? image : "busybox:1.37";

    /// <summary>Gets a word that only this run has.</summary>
    public string Run => _run;

    public static async Task<LiveCluster> OpenAsync()
    {
        string kubeConfig = Require("KUBECONFIG", "a cluster");
        return new LiveCluster(await ClusterConnection.OpenAsync(new ClusterOptions { KubeConfig = kubeConfig, Context = Setting("CONTEXT") }));
    }

    /// <summary>Gets a setting without which a test is skipped.</summary>
    public static string Require(string name, string what)
    {
        string value = Setting(name);
        Skip.If(value.Length == 0, $"needs: {what}, named by WAYBILL_E2E_{name}");
        return value;
    }

    public static string Setting(string name) => Environment.GetEnvironmentVariable("WAYBILL_E2E_" + name) ?? "";

    /// <summary>Makes a namespace.</summary>
    public async Task<string> NewNamespaceAsync()
    {
        string name = Reserve("app");
        await CreateAsync("/api/v1/namespaces", $$$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{{name}}}"}}""");
        return name;
    }

    /// <summary>Names a namespace that a test has made.</summary>
    public string Reserve(string what)
    {
        string name = $"waybill-e2e-{what}-{_run}";
        _made.Add($"/api/v1/namespaces/{name}");
        return name;
    }

    public async Task CreateAsync(string path, string json)
    {
        var request = new ApiRequest(HttpMethod.Post, path) { Body = Encoding.UTF8.GetBytes(json), IsRepeatable = false };
        JsonElement made = JsonDocument.Parse((await Connection.Client.SendAsync(request, CancellationToken.None)).OrThrow(path).Json).RootElement;
        if (made.Text("kind") == "CustomResourceDefinition")
        {
            _made.Add($"{path}/{made.Member("metadata").Text("name")}");
        }
    }

    public async Task<JsonElement?> FindAsync(string path) =>
        await Connection.Client.FindAsync(path, CancellationToken.None) is { } answer ? JsonDocument.Parse(answer.Json).RootElement : null;

    /// <summary>Removes an object and waits until it is gone.</summary>
    public async Task DeleteAsync(string path)
    {
        ApiAnswer answer = await Connection.Client.SendAsync(new ApiRequest(HttpMethod.Delete, path), CancellationToken.None);
        if (answer.Code != 404)
        {
            answer.OrThrow(path);
            await UntilAsync(async () => await FindAsync(path) is null, $"{path} to be gone");
        }
    }

    /// <summary>Waits for what the cluster does in its own time.</summary>
    public static async Task UntilAsync(Func<Task<bool>> isDone, string what)
    {
        using var late = new CancellationTokenSource(s_patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        while (!await isDone())
        {
            try
            {
                await timer.WaitForNextTickAsync(late.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"waited {s_patience} for {what}");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _made.Reverse();
        foreach (string path in _made)
        {
            await DeleteAsync(path);
        }

        Connection.Dispose();
    }
}
