namespace Waybill.Kubernetes.Tests.Capturing;

public sealed class GapTests
{
    [Fact]
    public async Task KindThatMayNotBeRead_IsAGap_AndTheRestIsThere()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        Shop.Load(lab);
        lab.Server.Rules.Deny("admin", "list", "secrets");
        lab.Server.Rules.Deny("admin", "get", "secrets");

        using CapturedApplication captured = await lab.CaptureAsync("shop");

        Assert.Contains(captured.Gaps, gap => gap is { Kind: CaptureGapKind.Forbidden, What: "secrets" } && gap.Reason.Contains("cannot list", StringComparison.Ordinal));
        Assert.Contains(captured.Gaps, gap => gap is { Kind: CaptureGapKind.Forbidden, What: "v1/Secret/shop/login" });
        Assert.DoesNotContain("Secret/login", ClusterLab.Names(captured));
        Assert.Contains("Deployment/web", ClusterLab.Names(captured));
    }

    [Fact]
    public async Task ObjectThatOthersNeed_AndThatIsNotThere_IsAGap()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        Shop.Load(lab);
        lab.Load("""{"kind":"Pod","apiVersion":"v1","metadata":{"name":"p","namespace":"shop"},"spec":{"containers":[{"name":"c","image":"i","envFrom":[{"configMapRef":{"name":"gone"}},{"configMapRef":{"name":"maybe","optional":true}}]}]}}""");

        using CapturedApplication captured = await lab.CaptureAsync("shop/pod/p");

        Assert.Equal(new CaptureGap(CaptureGapKind.Missing, "v1/ConfigMap/shop/gone", "Others need it, and it does not exist"), Assert.Single(captured.Gaps));
    }

    [Fact]
    public async Task ObjectThatIsDeleted_BetweenTwoPages_IsStillInTheList()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        lab.LoadNamespace("many");
        foreach (int i in Enumerable.Range(0, 15))
        {
            lab.LoadConfigMap("many", $"m{i:D2}");
        }

        lab.Server.Faults.Before("GET", "configmaps?limit=10&continue", () => Assert.True(lab.Server.Store.Remove("configmaps", "many", "m12")));

        using CapturedApplication captured = await lab.CaptureAsync("many", lab.Options with { PageSize = 10 });

        Assert.Contains("ConfigMap/m12", ClusterLab.Names(captured));
        Assert.Empty(captured.Gaps);
    }

    [Fact]
    public async Task GroupWhoseServerIsAway_IsAGap()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        Shop.Load(lab);
        lab.Server.LoseGroup("policy");

        using CapturedApplication captured = await lab.CaptureAsync("shop");

        Assert.Contains(captured.Gaps, gap => gap is { Kind: CaptureGapKind.Unavailable, What: "policy/v1" });
    }

    [Fact]
    public async Task KindWhoseServerFails_ForTooLong_IsAGap()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        Shop.Load(lab);
        lab.Server.Faults.Fail("GET", "/widgets", 503, "ServiceUnavailable");

        using CapturedApplication captured = await lab.CaptureAsync("shop", lab.Options with { RetryLimit = TimeSpan.Zero });

        Assert.Contains(captured.Gaps, gap => gap is { Kind: CaptureGapKind.Unavailable, What: "widgets.example.com" });
    }

    [Fact]
    public async Task ListThatIsForgotten_IsBegunAgain()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        lab.LoadNamespace("many");
        foreach (int i in Enumerable.Range(0, 25))
        {
            lab.LoadConfigMap("many", $"m{i:D2}");
        }

        lab.Server.Faults.Before("GET", "configmaps?limit=10&continue", () => Touch(lab));

        using CapturedApplication captured = await lab.CaptureAsync("many", lab.Options with { PageSize = 10 });

        Assert.Equal(25, captured.Objects.Count(found => found.Resource.Kind == "ConfigMap" && found.Resource.Name.StartsWith('m')));
        Assert.Empty(captured.Gaps);
    }

    [Fact]
    public async Task ListThatIsForgottenAgainAndAgain_IsReadAsItCan_AndThatIsAGap()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        lab.LoadNamespace("many");
        foreach (int i in Enumerable.Range(0, 25))
        {
            lab.LoadConfigMap("many", $"m{i:D2}");
        }

        lab.Server.Faults.Before("GET", "configmaps?limit=10&continue", () => Touch(lab), times: 3);

        using CapturedApplication captured = await lab.CaptureAsync("many", lab.Options with { PageSize = 10 });

        Assert.Equal(25, captured.Objects.Count(found => found.Resource.Kind == "ConfigMap" && found.Resource.Name.StartsWith('m')));
        Assert.Equal(CaptureGapKind.NotOneMoment, Assert.Single(captured.Gaps).Kind);
        Assert.Equal(captured.Objects.Length, captured.Objects.Select(found => found.Reference).Distinct().Count());
    }

    [Fact]
    public async Task BusyServer_IsAskedAgain_WhenItSays()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        Shop.Load(lab);
        lab.Server.Faults.Fail("GET", "/configmaps", 429, "TooManyRequests", times: 1, retryAfter: 1);

        using CapturedApplication captured = await lab.CaptureAsync("shop");

        Assert.Empty(captured.Gaps);
        Assert.Contains("ConfigMap/web-config", ClusterLab.Names(captured));
        Assert.Contains(lab.Server.Requests, request => request.Status == 429);
    }

    [Fact]
    public async Task ConnectionThatBreaks_InTheMiddleOfAPage_LeavesNothingTwice()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        Shop.Load(lab);
        lab.Server.Faults.CutAfter(700, "GET", "/shop/services?", times: 1);
        lab.Server.Faults.Drop("GET", "/shop/pods?", times: 1);

        using CapturedApplication captured = await lab.CaptureAsync("shop");

        Assert.Empty(captured.Gaps);
        Assert.Equal(27, captured.Objects.Length);
        Assert.Equal(27, captured.Objects.Select(found => found.Reference).Distinct().Count());
    }

    [Fact]
    public async Task ClusterThatIsGone_IsAnError()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        lab.Server.Faults.Drop("*", "/");

        WaybillException error = await Assert.ThrowsAnyAsync<WaybillException>(() => lab.CaptureAsync("shop", lab.Options with { RetryLimit = TimeSpan.Zero }));

        Assert.Equal(WaybillErrorCode.ClusterUnreachable, error.Code);
        Assert.True(error.IsTransient);
    }

    private static void Touch(ClusterLab lab)
    {
        lab.LoadConfigMap("default", "touched");
        lab.Server.Store.Compact();
    }
}
