using System.Text;
using Waybill.Kubernetes.ApiServer;

namespace Waybill.Kubernetes.Tests;

/// <summary>A cluster with a kubeconfig in a directory of its own.</summary>
internal sealed class ClusterLab : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("waybill-kube-").FullName;
    private readonly List<ClusterConnection> _connections = [];

    private ClusterLab(ApiServerDouble server)
    {
        Server = server;
        File.WriteAllText(KubeConfig, server.KubeConfig());
    }

    public ApiServerDouble Server { get; }

    public string KubeConfig => Path.Combine(_directory, "config");

    public static async Task<ClusterLab> StartAsync(ApiServerOptions? options = null) => new(await ApiServerDouble.StartAsync(options));

    public ClusterOptions Options => new() { KubeConfig = KubeConfig, RequestsPerSecond = 10_000, Burst = 10_000, RetryLimit = TimeSpan.FromSeconds(20) };

    /// <summary>Gets the way in of another administrator, whose requests can be told apart.</summary>
    public ClusterOptions OptionsOf(string user)
    {
        string file = Path.Combine(_directory, user);
        File.WriteAllText(file, Server.KubeConfig(token: Server.Tokens.Issue(user, "system:masters")));
        return Options with { KubeConfig = file };
    }

    public async Task<ClusterConnection> ConnectAsync(ClusterOptions? options = null)
    {
        ClusterConnection connection = await ClusterConnection.OpenAsync(options ?? Options);
        _connections.Add(connection);
        return connection;
    }

    public async Task<CapturedApplication> CaptureAsync(string selector, ClusterOptions? options = null) =>
        await new ApplicationCapture(await ConnectAsync(options)).CaptureAsync(ApplicationSelector.Parse(selector));

    /// <summary>Puts objects in as they are, separated by lines with three hyphens.</summary>
    public void Load(string objects)
    {
        foreach (string json in objects.Split("\n---\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            Server.Store.Load(json);
        }
    }

    public void LoadNamespace(string name) => Load($$$"""{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"{{{name}}}","uid":"uid-{{{name}}}","labels":{"team":"{{{name}}}"}},"spec":{"finalizers":["kubernetes"]},"status":{"phase":"Active"}}""");

    public void LoadConfigMap(string home, string name, string more = "") =>
        Load($$$"""{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"{{{name}}}","namespace":"{{{home}}}"{{{more}}}},"data":{"key":"value"}}""");

    /// <summary>Makes the server serve a custom kind.</summary>
    public void LoadDefinition(string group, string plural, string kind, params string[] versions)
    {
        string list = string.Join(',', versions.Select((version, i) => $$"""{"name":"{{version}}","served":true,"storage":{{(i == 0 ? "true" : "false")}}}"""));
        Server.Kinds.Add(new ApiServer.Kinds.ResourceKind(group, plural, kind, true) { IsBuiltIn = false, Versions = [.. versions] });
        Load($$$"""
            {"kind":"CustomResourceDefinition","apiVersion":"apiextensions.k8s.io/v1","metadata":{"name":"{{{plural}}}.{{{group}}}"},
             "spec":{"group":"{{{group}}}","scope":"Namespaced","names":{"plural":"{{{plural}}}","kind":"{{{kind}}}"},"versions":[{{{list}}}]}}
            """);
    }

    /// <summary>Removes an object as its users do.</summary>
    public async Task DeleteAsync(string path) => (await (await ConnectAsync()).Client.SendAsync(new ApiRequest(HttpMethod.Delete, path), CancellationToken.None)).OrThrow(path);

    public static string[] Names(CapturedApplication captured) => [.. captured.Objects.Select(found => $"{found.Resource.Kind}/{found.Resource.Name}")];

    public static string[] SortedNames(CapturedApplication captured) => [.. Names(captured).Order(StringComparer.Ordinal)];

    public static string Text(CapturedApplication captured, string kind, string name) =>
        Encoding.UTF8.GetString(captured.Objects.Single(found => found.Resource.Kind == kind && found.Resource.Name == name).Resource.Content.Span);

    public async ValueTask DisposeAsync()
    {
        _connections.ForEach(connection => connection.Dispose());
        await Server.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
