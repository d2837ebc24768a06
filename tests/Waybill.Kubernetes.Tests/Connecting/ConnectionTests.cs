using Waybill.Kubernetes.ApiServer;
using Waybill.Testing;

namespace Waybill.Kubernetes.Tests.Connecting;

public sealed class ConnectionTests
{
    [Fact]
    public async Task Open_OverTls_TrustsTheAuthorityOfTheKubeconfigOnly()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync(new ApiServerOptions { UseTls = true });
        lab.LoadNamespace("shop");
        using CapturedApplication captured = await lab.CaptureAsync("shop");
        await using ApiServerDouble other = await ApiServerDouble.StartAsync(new ApiServerOptions { UseTls = true });
        await File.WriteAllTextAsync(lab.KubeConfig, other.KubeConfig().Replace(other.Address.ToString(), lab.Server.Address.ToString(), StringComparison.Ordinal));

        WaybillException error = await Assert.ThrowsAnyAsync<WaybillException>(() => lab.CaptureAsync("shop"));

        Assert.Contains("Namespace/shop", ClusterLab.Names(captured));
        Assert.Equal(WaybillErrorCode.ClusterUnreachable, error.Code);
    }

    [Theory]
    [InlineData("other", "There is no context 'other'; there is: test")]
    [InlineData("", null)]
    public async Task Open_WithAContext_TakesThatOne(string context, string? expected)
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();

        if (expected is null)
        {
            Assert.Equal("test", (await lab.ConnectAsync(lab.Options with { Context = context })).ContextName);
            return;
        }

        WaybillException error = await Assert.ThrowsAnyAsync<WaybillException>(() => lab.ConnectAsync(lab.Options with { Context = context }));
        Assert.Equal(WaybillErrorCode.ClusterConfigInvalid, error.Code);
        Assert.Equal(expected, error.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing yet\n---\n")]
    [InlineData("clusters: [")]
    [InlineData("apiVersion: v1\nkind: Config\n")]
    public async Task Open_WithAKubeconfigThatSaysNothing_IsAnError(string text)
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        await File.WriteAllTextAsync(lab.KubeConfig, text);

        WaybillException error = await Assert.ThrowsAnyAsync<WaybillException>(() => lab.ConnectAsync());

        Assert.Equal(WaybillErrorCode.ClusterConfigInvalid, error.Code);
    }

    [Fact]
    public async Task CredentialsThatRunOut_AreReadAnew()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        lab.LoadNamespace("shop");
        string old = lab.Server.Tokens.Issue("ann", "system:masters");
        await File.WriteAllTextAsync(lab.KubeConfig, lab.Server.KubeConfig(token: old));
        ClusterConnection connection = await lab.ConnectAsync();
        await File.WriteAllTextAsync(lab.KubeConfig, lab.Server.KubeConfig(token: lab.Server.Tokens.Issue("bob", "system:masters")));
        lab.Server.Faults.Before("GET", "/secrets", () => lab.Server.Tokens.Revoke(old));

        using CapturedApplication captured = await new ApplicationCapture(connection).CaptureAsync(new ApplicationSelector.WholeNamespace("shop"));

        Assert.Empty(captured.Gaps);
        Assert.Contains(lab.Server.Requests, request => request.User == "bob");
    }

    [Fact]
    public async Task CredentialsThatAreRefused_AreAnError()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        await File.WriteAllTextAsync(lab.KubeConfig, lab.Server.KubeConfig(token: "nobody"));

        WaybillException error = await Assert.ThrowsAnyAsync<WaybillException>(() => lab.CaptureAsync("shop"));

        Assert.Equal(WaybillErrorCode.ClusterRefused, error.Code);
    }

    [Fact]
    public async Task Requests_StayWithinTheRate()
    {
        var time = new ManualTimeProvider();
        var pace = new RequestPace(time, perSecond: 2, burst: 3);
        foreach (int _ in Enumerable.Range(0, 3))
        {
            await pace.TakeAsync(CancellationToken.None);
        }

        Task fourth = pace.TakeAsync(CancellationToken.None);
        Task fifth = pace.TakeAsync(CancellationToken.None);
        Assert.False(fourth.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(500));
        await fourth;
        Assert.False(fifth.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(500));
        await fifth;
    }

    [Fact]
    public async Task List_NamesNamespacesReleasesAndApplications_WithoutReadingSecrets()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        Shop.Load(lab);
        lab.LoadDefinition("app.k8s.io", "applications", "Application", "v1beta1");
        lab.Load("""{"apiVersion":"app.k8s.io/v1beta1","kind":"Application","metadata":{"name":"database","namespace":"shop"}}""");
        lab.Load(HelmSecrets.Of("shop", "front", 1, "superseded", ""));
        lab.Load(HelmSecrets.Of("shop", "front", 2, "deployed", ""));
        var list = new ApplicationList(await lab.ConnectAsync());

        var found = new List<string>();
        await foreach (ListedApplication application in list.ListAsync())
        {
            found.Add($"{application.Kind} {application.Selector} {application.Description}".Trim());
        }

        Assert.Equal(["Namespace default", "Namespace kube-system", "Namespace shop", "HelmRelease shop/helm/front deployed", "ApplicationObject shop/app/database"], found);
        Assert.All(lab.Server.Requests.Where(request => request.Path.EndsWith("/secrets", StringComparison.Ordinal)), request => Assert.Contains("PartialObjectMetadataList", request.Accept, StringComparison.Ordinal));
    }
}
