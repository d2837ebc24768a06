using System.Text.Json;
using k8s;
using k8s.Models;
using Waybill.Kubernetes;
using Waybill.Kubernetes.ApiServer;
using Waybill.Samples.Controller.Resources;
using Waybill.Testing;

namespace Waybill.Samples.Controller.Tests;

/// <summary>A cluster with the definitions of the controller, an application, and a clock.</summary>
internal sealed class ControllerLab : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("waybill-controller-").FullName;
    private readonly List<IDisposable> _connections = [];

    private ControllerLab(ApiServerDouble server)
    {
        Server = server;
        File.WriteAllText(KubeConfig, server.KubeConfig());
        Client = new k8s.Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(KubeConfig));
    }

    public ApiServerDouble Server { get; }

    public k8s.Kubernetes Client { get; }

    public ManualTimeProvider Time { get; } = new(new DateTimeOffset(2026, 3, 1, 12, 30, 0, TimeSpan.Zero));

    public string Store => Path.Combine(_directory, "store");

    private string KubeConfig => Path.Combine(_directory, "kubeconfig");

    public static async Task<ControllerLab> StartAsync()
    {
        var lab = new ControllerLab(await ApiServerDouble.StartAsync());
        foreach (object definition in KubernetesYaml.LoadAllFromString(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "crds.yaml")), strict: true))
        {
            await lab.Client.ApiextensionsV1.CreateCustomResourceDefinitionAsync((V1CustomResourceDefinition)definition);
        }

        foreach (string home in (string[])["shop", "waybill-system"])
        {
            await lab.Client.CoreV1.CreateNamespaceAsync(new V1Namespace { Metadata = new V1ObjectMeta { Name = home } });
        }

        await lab.Client.CoreV1.CreateNamespacedConfigMapAsync(new V1ConfigMap { Metadata = new V1ObjectMeta { Name = "config" }, Data = new Dictionary<string, string> { ["color"] = "blue" } }, "shop");
        return lab;
    }

    /// <summary>Makes a controller, as when its pod is started.</summary>
    public async Task<BackupController> NewControllerAsync(TimeProvider? time = null)
    {
        ClusterConnection connection = await ClusterConnection.OpenAsync(new ClusterOptions { KubeConfig = KubeConfig, RequestsPerSecond = 10_000, Burst = 10_000 });
        _connections.Add(connection);
        return new BackupController(Client, connection, new ClusterVolumeProvider(connection), new ControllerOptions(Store, Path.Combine(_directory, "state")) { Time = time ?? Time });
    }

    public Task CreateAsync<T>(string plural, string home, T item)
        where T : IKubernetesObject<V1ObjectMeta>
    {
        item.Metadata.NamespaceProperty = home;
        return Client.CustomObjects.CreateNamespacedCustomObjectAsync<JsonElement>(item, ApiGroup.Name, ApiGroup.Served, home, plural);
    }

    public async Task<T> GetAsync<T>(string plural, string home, string name) =>
        KubernetesJson.Deserialize<T>((await Client.CustomObjects.GetNamespacedCustomObjectAsync<JsonElement>(ApiGroup.Name, ApiGroup.Served, home, plural, name)).GetRawText());

    public Task<RecoveryPoint> GetPointAsync(string name) => GetAsync<RecoveryPoint>(RecoveryPoint.Plural, "shop", name);

    public Task<IReadOnlyList<RecoveryPoint>> ListPointsAsync() => new CustomObjects<RecoveryPoint>(Client, RecoveryPoint.Plural).ListAsync(CancellationToken.None);

    public async Task<string[]> ReasonsAsync(string home) => [.. (await Client.CoreV1.ListNamespacedEventAsync(home)).Items.Select(told => $"{told.Type} {told.Reason} {told.InvolvedObject.Name}")];

    public async ValueTask DisposeAsync()
    {
        _connections.ForEach(connection => connection.Dispose());
        Client.Dispose();
        await Server.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
