using System.Text.Json.Nodes;

namespace Waybill.Kubernetes.ApiServer.Tests;

public sealed class DeleteTests
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";

    [Fact]
    public async Task Delete_WithFinalizers_WaitsUntilTheyAreTakenAway()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        await lab.CreateAsync(Maps, ApiLab.ConfigMap("a", more: ""","finalizers":["example.com/hold"]"""));

        JsonNode waiting = await lab.DoAsync("DELETE", $"{Maps}/a");
        await lab.DoAsync("GET", $"{Maps}/a");
        await lab.DoAsync("PATCH", $"{Maps}/a", """[{"op":"remove","path":"/metadata/finalizers"}]""", "application/json-patch+json");

        Assert.NotNull(waiting["metadata"]!["deletionTimestamp"]);
        await lab.FailAsync(404, "GET", $"{Maps}/a");
    }

    [Fact]
    public async Task Delete_WithAnotherUid_Conflicts()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        JsonNode created = await lab.CreateAsync(Maps, ApiLab.ConfigMap("a"));

        await lab.FailAsync(409, "DELETE", $"{Maps}/a", """{"preconditions":{"uid":"other"}}""");
        await lab.DoAsync("DELETE", $"{Maps}/a", $$$"""{"preconditions":{"uid":"{{{created["metadata"]!["uid"]}}}"}}""");

        await lab.FailAsync(404, "GET", $"{Maps}/a");
    }

    [Theory]
    [InlineData("Background", false)]
    [InlineData("Foreground", false)]
    [InlineData("Orphan", true)]
    public async Task Delete_OfAnOwner_DoesWithDependentsWhatWasAsked(string policy, bool stays)
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        JsonNode owner = await lab.CreateAsync(Maps, ApiLab.ConfigMap("owner"));
        string reference = $$""","ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"owner","uid":"{{owner["metadata"]!["uid"]}}","blockOwnerDeletion":true}]""";
        JsonNode child = await lab.CreateAsync(Maps, ApiLab.ConfigMap("child", more: reference));
        string second = $$""","ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"child","uid":"{{child["metadata"]!["uid"]}}"}]""";
        await lab.CreateAsync(Maps, ApiLab.ConfigMap("grandchild", more: second));

        await lab.DoAsync("DELETE", $"{Maps}/owner", $$"""{"propagationPolicy":"{{policy}}"}""");

        await lab.FailAsync(404, "GET", $"{Maps}/owner");
        using HttpResponseMessage left = await lab.SendAsync("GET", $"{Maps}/grandchild");
        Assert.Equal(stays, left.IsSuccessStatusCode);
        if (stays)
        {
            Assert.Null((await lab.DoAsync("GET", $"{Maps}/child"))["metadata"]!["ownerReferences"]);
        }
    }

    [Fact]
    public async Task Delete_InTheForeground_WaitsForDependentsThatWait()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        JsonNode owner = await lab.CreateAsync(Maps, ApiLab.ConfigMap("owner"));
        string reference = $$""","finalizers":["example.com/hold"],"ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"owner","uid":"{{owner["metadata"]!["uid"]}}"}]""";
        await lab.CreateAsync(Maps, ApiLab.ConfigMap("child", more: reference));

        await lab.DoAsync("DELETE", $"{Maps}/owner?propagationPolicy=Foreground");
        JsonNode waiting = await lab.DoAsync("GET", $"{Maps}/owner");
        await lab.DoAsync("PATCH", $"{Maps}/child", """[{"op":"remove","path":"/metadata/finalizers"}]""", "application/json-patch+json");

        Assert.Contains("foregroundDeletion", waiting["metadata"]!["finalizers"]!.ToJsonString(), StringComparison.Ordinal);
        await lab.FailAsync(404, "GET", $"{Maps}/owner");
    }

    [Fact]
    public async Task DeleteCollection_TakesWhatMatches()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        await lab.CreateAsync(Maps, ApiLab.ConfigMap("a", more: ""","labels":{"x":"1"}"""));
        await lab.CreateAsync(Maps, ApiLab.ConfigMap("b"));

        await lab.DoAsync("DELETE", $"{Maps}?labelSelector=x%3D1");

        Assert.Equal("b", Assert.Single((await lab.DoAsync("GET", Maps))["items"]!.AsArray())!["metadata"]!["name"]!.GetValue<string>());
    }

    [Fact]
    public async Task Namespace_ThatIsDeleted_EmptiesFirst_AndTakesNothingNew()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        await lab.CreateNamespaceAsync("shop");
        await lab.CreateAsync("/api/v1/namespaces/shop/configmaps", ApiLab.ConfigMap("held", more: ""","finalizers":["example.com/hold"]"""));

        JsonNode ending = await lab.DoAsync("DELETE", "/api/v1/namespaces/shop");
        await lab.FailAsync(403, "POST", "/api/v1/namespaces/shop/configmaps", ApiLab.ConfigMap("late"));
        await lab.FailAsync(404, "GET", "/api/v1/namespaces/shop/configmaps/kube-root-ca.crt");
        await lab.DoAsync("PATCH", "/api/v1/namespaces/shop/configmaps/held", """{"metadata":{"finalizers":null}}""", "application/merge-patch+json");

        Assert.Equal("Terminating", ending["status"]!["phase"]!.GetValue<string>());
        await lab.FailAsync(404, "GET", "/api/v1/namespaces/shop");
        Assert.DoesNotContain(lab.Server.Store.ListAll(), stored => stored.Namespace == "shop");
    }

    [Fact]
    public async Task Definition_ThatIsDeleted_TakesItsObjectsAlong_AndIsNoLongerServed()
    {
        await using ApiLab lab = await ApiLab.StartAsync();
        await lab.CreateAsync("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", ApiLab.Widgets());
        await lab.CreateAsync("/apis/example.com/v1/namespaces/default/widgets", """{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"w"}}""");

        await lab.DoAsync("DELETE", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.com");

        await lab.FailAsync(404, "GET", "/apis/example.com/v1/widgets");
    }
}
