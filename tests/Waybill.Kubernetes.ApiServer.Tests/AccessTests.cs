using System.Text.Json.Nodes;
using Waybill.Testing;

namespace Waybill.Kubernetes.ApiServer.Tests;

public sealed class AccessTests
{
    private const string Audience = "backup.example.com";

    [Fact]
    public async Task Request_WithoutAValidToken_Is401()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        lab.Token = "nobody's";

        await lab.FailAsync(401, "GET", "/api/v1/namespaces");
    }

    [Fact]
    public async Task Token_OfAServiceAccount_IsOfItsAudience_UntilItExpires()
    {
        var time = new ManualTimeProvider();
        await using ApiLab lab = await ApiLab.StartAsync(new ApiServerOptions { TimeProvider = time });
        JsonNode issued = await IssueAsync(lab, 600);
        string token = issued["status"]!["token"]!.GetValue<string>();

        JsonNode right = await ReviewAsync(lab, token, Audience);
        JsonNode wrong = await ReviewAsync(lab, token, "other");
        time.Advance(TimeSpan.FromSeconds(601));
        JsonNode late = await ReviewAsync(lab, token, Audience);

        Assert.True(right["status"]!["authenticated"]!.GetValue<bool>());
        Assert.Equal("system:serviceaccount:default:mover", right["status"]!["user"]!["username"]!.GetValue<string>());
        Assert.Equal($"[\"{Audience}\"]", right["status"]!["audiences"]!.ToJsonString());
        Assert.False(wrong["status"]!["authenticated"]!.GetValue<bool>());
        Assert.False(late["status"]!["authenticated"]!.GetValue<bool>());
    }

    [Fact]
    public async Task Token_OfAnotherAudience_OpensNothingHere()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        lab.Token = (await IssueAsync(lab, 600))["status"]!["token"]!.GetValue<string>();

        await lab.FailAsync(401, "GET", "/api/v1/namespaces");
    }

    [Fact]
    public async Task TokenRequest_ForLessThanTenMinutes_IsInvalid()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        await lab.CreateAsync("/api/v1/namespaces/default/serviceaccounts", """{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"mover"}}""");

        await lab.FailAsync(422, "POST", "/api/v1/namespaces/default/serviceaccounts/mover/token", """{"spec":{"expirationSeconds":60}}""");
    }

    [Fact]
    public async Task Roles_AllowWhatTheySay_ByNameToo()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        await lab.CreateAsync("/api/v1/namespaces/default/configmaps", ApiLab.ConfigMap("a"));
        await lab.CreateAsync("/api/v1/namespaces/default/configmaps", ApiLab.ConfigMap("b"));
        await lab.CreateAsync("/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles", """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"r"},"rules":[{"apiGroups":[""],"resources":["configmaps"],"resourceNames":["a"],"verbs":["get"]}]}
            """);
        await lab.CreateAsync("/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings", """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"r"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"r"},"subjects":[{"kind":"User","name":"ann"}]}
            """);
        JsonNode asked = await lab.DoAsync("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", """
            {"spec":{"user":"ann","resourceAttributes":{"verb":"get","resource":"configmaps","namespace":"default","name":"b"}}}
            """);
        lab.Token = lab.Server.Tokens.Issue("ann");

        await lab.DoAsync("GET", "/api/v1/namespaces/default/configmaps/a");
        JsonNode refused = await lab.FailAsync(403, "GET", "/api/v1/namespaces/default/configmaps/b");
        JsonNode self = await lab.DoAsync("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", "{}");
        JsonNode can = await lab.DoAsync("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", """
            {"spec":{"resourceAttributes":{"verb":"get","resource":"configmaps","namespace":"default","name":"a"}}}
            """);

        Assert.False(asked["status"]!["allowed"]!.GetValue<bool>());
        Assert.True(can["status"]!["allowed"]!.GetValue<bool>());
        Assert.Contains("User \"ann\" cannot get resource \"configmaps\"", refused["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("ann", self["status"]!["userInfo"]!["username"]!.GetValue<string>());
    }

    [Fact]
    public async Task Deny_GoesBeforeEveryRole()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        lab.Server.Rules.Deny("admin", "list", "secrets");

        await lab.FailAsync(403, "GET", "/api/v1/secrets");
        await lab.DoAsync("GET", "/api/v1/configmaps");
    }

    private static async Task<JsonNode> IssueAsync(ApiLab lab, int seconds)
    {
        await lab.CreateAsync("/api/v1/namespaces/default/serviceaccounts", """{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"mover"}}""");
        return await lab.CreateAsync("/api/v1/namespaces/default/serviceaccounts/mover/token", $$$"""{"spec":{"audiences":["{{{Audience}}}"],"expirationSeconds":{{{seconds}}}}}""");
    }

    private static Task<JsonNode> ReviewAsync(ApiLab lab, string token, string audience) =>
        lab.DoAsync("POST", "/apis/authentication.k8s.io/v1/tokenreviews", $$$"""{"spec":{"token":"{{{token}}}","audiences":["{{{audience}}}"]}}""");
}
