namespace Waybill.Kubernetes.Tests.Connecting;

public sealed class DiscoveryReaderTests
{
    [Fact]
    public async Task BothWaysOfAsking_TellTheSame()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        Shop.Load(lab);
        ClusterConnection connection = await lab.ConnectAsync();

        ApiCatalog aggregated = await new DiscoveryReader(connection.Client).ReadAsync(CancellationToken.None);
        int requests = lab.Server.Requests.Count;
        lab.Server.AggregatesDiscovery = false;
        ApiCatalog legacy = await new DiscoveryReader(connection.Client).ReadAsync(CancellationToken.None);

        Assert.Equal(2, requests);
        Assert.Equal(Describe(aggregated), Describe(legacy));
        ApiResource scaler = aggregated.FindInGroup("autoscaling", "HorizontalPodAutoscaler")!;
        Assert.Equal("autoscaling/v2", scaler.ApiVersion);
        Assert.Equal(["autoscaling/v2", "autoscaling/v1"], scaler.ServedVersions.ToArray());
    }

    [Theory]
    [InlineData("po", "pods")]
    [InlineData("Deployment", "deployments.apps")]
    [InlineData("deployments.apps", "deployments.apps")]
    [InlineData("widget.example.com", "widgets.example.com")]
    [InlineData("nothing", null)]
    public async Task FindWord_KnowsWhatPeopleWrite(string word, string? key)
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        Shop.Load(lab);

        ApiCatalog catalog = await new DiscoveryReader((await lab.ConnectAsync()).Client).ReadAsync(CancellationToken.None);

        Assert.Equal(key, catalog.FindWord(word)?.Key);
    }

    private static string[] Describe(ApiCatalog catalog) =>
        [.. catalog.All.Select(resource => $"{resource.Key} {resource.ApiVersion} {resource.Kind} {resource.IsNamespaced} {string.Join(',', resource.Verbs)} {string.Join(',', resource.ShortNames)}").Order(StringComparer.Ordinal)];
}
