using System.Text.Json.Nodes;

namespace Waybill.Kubernetes.ApiServer.Tests;

public sealed class FaultTests
{
    [Fact]
    public async Task Fail_MeetsSoManyRequests_WithItsStatus()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        lab.Server.Faults.Fail("GET", "/configmaps", 429, "TooManyRequests", times: 1, retryAfter: 3);

        using HttpResponseMessage first = await lab.SendAsync("GET", "/api/v1/configmaps");
        using HttpResponseMessage second = await lab.SendAsync("GET", "/api/v1/configmaps");

        Assert.Equal(429, (int)first.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(3), first.Headers.RetryAfter!.Delta);
        Assert.Equal(3, JsonNode.Parse(await first.Content.ReadAsStringAsync())!["details"]!["retryAfterSeconds"]!.GetValue<int>());
        Assert.Equal(200, (int)second.StatusCode);
    }

    [Fact]
    public async Task Drop_GivesNoAnswer()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        lab.Server.Faults.Drop("GET", "/configmaps", times: 1);

        await Assert.ThrowsAsync<HttpRequestException>(() => lab.SendAsync("GET", "/api/v1/configmaps"));
    }

    [Fact]
    public async Task CutAfter_EndsTheAnswerInItsMiddle()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        lab.Server.Faults.CutAfter(100, "GET", "/namespaces", times: 1);

        using HttpResponseMessage response = await lab.SendAsync("GET", "/api/v1/namespaces");

        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            await using Stream body = await response.Content.ReadAsStreamAsync();
            await body.CopyToAsync(Stream.Null);
        });
    }

    [Fact]
    public async Task CutAfter_DropsAWatch()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        lab.Server.Faults.CutAfter(200, "GET", "watch=true", times: 1);

        using HttpResponseMessage response = await lab.SendAsync("GET", "/api/v1/namespaces?watch=true");

        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            await using Stream body = await response.Content.ReadAsStreamAsync();
            await body.CopyToAsync(Stream.Null);
        });
    }

    [Fact]
    public async Task HoldUntil_AnswersWhenTheTaskEnds()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        var release = new TaskCompletionSource();
        lab.Server.Faults.HoldUntil(release.Task, "GET", "/configmaps");

        Task<HttpResponseMessage> held = lab.SendAsync("GET", "/api/v1/configmaps");
        await lab.DoAsync("GET", "/api/v1/secrets");
        Assert.False(held.IsCompleted);
        release.SetResult();

        Assert.Equal(200, (int)(await held).StatusCode);
    }

    [Fact]
    public async Task Before_CanLetATokenExpire_InTheMiddleOfAList()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        string token = lab.Token = lab.Server.Tokens.Issue("ann", "system:masters");
        lab.Server.Faults.Before("GET", "/secrets", () => lab.Server.Tokens.Revoke(token));

        await lab.FailAsync(401, "GET", "/api/v1/secrets");
    }

    [Fact]
    public async Task DieBehind_LetsExactlyOneRequestThrough_OfSeveralAtOnce()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        lab.Token = lab.Server.Tokens.Issue("ann", "system:masters");
        lab.Server.Faults.DieBehind("ann", "GET", "/secrets");

        var calls = Enumerable.Range(0, 8).Select(_ => lab.SendAsync("GET", "/api/v1/secrets")).ToList();
        await Task.WhenAll(calls.Select(call => call.ContinueWith(_ => { }, TaskScheduler.Default)));

        Task<HttpResponseMessage> passed = Assert.Single(calls, call => call.IsCompletedSuccessfully);
        Assert.Equal(200, (int)(await passed).StatusCode);
        await Assert.ThrowsAsync<HttpRequestException>(() => lab.SendAsync("GET", "/api/v1/configmaps"));
        lab.Token = lab.Server.Tokens.Issue("bob", "system:masters");
        await lab.DoAsync("GET", "/api/v1/configmaps");
    }

    [Fact]
    public async Task RateLimit_SendsAwayWhoIsTooFast()
    {
        var time = new Waybill.Testing.ManualTimeProvider();
        await using ApiLab lab = await ApiLab.StartAsync(new ApiServerOptions { RequestsPerSecond = 2, TimeProvider = time });

        int[] codes = new int[4];
        for (int i = 0; i < 4; i++)
        {
            using HttpResponseMessage response = await lab.SendAsync("GET", "/api/v1/configmaps");
            codes[i] = (int)response.StatusCode;
        }

        time.Advance(TimeSpan.FromSeconds(1));
        using HttpResponseMessage later = await lab.SendAsync("GET", "/api/v1/configmaps");

        Assert.Equal([200, 200, 429, 429], codes);
        Assert.Equal(200, (int)later.StatusCode);
    }
}
