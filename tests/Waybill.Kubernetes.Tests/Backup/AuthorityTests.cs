using System.Collections.Immutable;
using Waybill.Backup;
using Waybill.Kubernetes.ApiServer;
using Waybill.Kubernetes.ApiServer.Storage;
using Waybill.Testing;

namespace Waybill.Kubernetes.Tests.Backup;

public sealed class AuthorityTests
{
    private const string Audience = "local.csi.waybill";

    private static readonly DateTimeOffset s_start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Token_ForThisAudience_SaysWhoCalls()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        string token = IssueToken(lab, [Audience, "something-else"]);

        BackupCaller? caller = await (await MakeAsync(lab)).AuthenticateAsync(token);

        Assert.Equal("system:serviceaccount:backup:agent", caller?.Name);
        Assert.NotEmpty(caller!.Uid);
        Assert.Contains("system:serviceaccounts:backup", caller.Groups);
    }

    [Theory]
    [InlineData("https://kubernetes.default.svc")]
    [InlineData("other.csi.waybill")]
    [InlineData("LOCAL.csi.waybill")]
    public async Task Token_ForAnotherAudience_DoesNotCount(string audience)
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();

        Assert.Null(await (await MakeAsync(lab)).AuthenticateAsync(IssueToken(lab, [audience])));
    }

    [Fact]
    public async Task Token_ThatExpires_CountsNoLonger()
    {
        var time = new ManualTimeProvider(s_start);
        await using ClusterLab lab = await ClusterLab.StartAsync(new ApiServerOptions { TimeProvider = time });
        KubernetesAuthority authority = await MakeAsync(lab);
        string token = IssueToken(lab, [Audience], s_start.AddMinutes(10));

        Assert.NotNull(await authority.AuthenticateAsync(token));
        time.Advance(TimeSpan.FromMinutes(10));
        Assert.Null(await authority.AuthenticateAsync(token));
    }

    [Fact]
    public async Task Token_ThatIsRevoked_CountsNoLonger()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        KubernetesAuthority authority = await MakeAsync(lab);
        string token = IssueToken(lab, [Audience]);

        Assert.NotNull(await authority.AuthenticateAsync(token));
        lab.Server.Tokens.Revoke(token);
        Assert.Null(await authority.AuthenticateAsync(token));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("a.b.c")]
    [InlineData("\"},\"status\":{\"authenticated\":true}")]
    public async Task Token_OfNobody_DoesNotCount(string token)
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();

        Assert.Null(await (await MakeAsync(lab)).AuthenticateAsync(token));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    public async Task Authority_WithoutAnAudience_IsNotMade(string audience)
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        ClusterConnection connection = await lab.ConnectAsync();

        Assert.Throws<ArgumentException>(() => new KubernetesAuthority(connection, new KubernetesAuthorityOptions(audience)));
    }

    [Theory]
    [InlineData("get", "snapshot.storage.k8s.io", "volumesnapshots", BackupAction.ReadSnapshot)]
    [InlineData("update", "", "persistentvolumeclaims", BackupAction.WriteClaim)]
    [InlineData("get", "backup.waybill", "bundles", BackupAction.ReadBundle)]
    [InlineData("create", "backup.waybill", "bundles", BackupAction.WriteBundle)]
    public async Task Role_ForOneName_AllowsOneActionOnThatNameOnly(string verb, string group, string resource, BackupAction allowed)
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        Grant(lab, "shop", $$"""{"apiGroups":["{{group}}"],"resources":["{{resource}}"],"verbs":["{{verb}}"],"resourceNames":["monday"]}""");
        KubernetesAuthority authority = await MakeAsync(lab);
        BackupCaller caller = (await authority.AuthenticateAsync(IssueToken(lab, [Audience])))!;

        foreach (BackupAction action in Enum.GetValues<BackupAction>())
        {
            string name = action == BackupAction.List ? "" : "monday";
            Assert.Equal(action == allowed, await authority.MayAsync(caller, action, "shop", name));
        }

        Assert.False(await authority.MayAsync(caller, allowed, "shop", "tuesday"));
        Assert.False(await authority.MayAsync(caller, allowed, "other", "monday"));
        Assert.False(await authority.MayAsync(caller with { Name = "system:serviceaccount:backup:other" }, allowed, "shop", "monday"));
    }

    [Fact]
    public async Task Listing_NeedsTheRightOnClaimsAndOnSnapshots()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        KubernetesAuthority authority = await MakeAsync(lab);
        BackupCaller caller = (await authority.AuthenticateAsync(IssueToken(lab, [Audience])))!;
        const string Snapshots = """{"apiGroups":["snapshot.storage.k8s.io"],"resources":["volumesnapshots"],"verbs":["list"]}""";
        Grant(lab, "shop", Snapshots);
        Assert.False(await authority.MayAsync(caller, BackupAction.List, "shop", ""));

        Grant(lab, "shop", Snapshots + """,{"apiGroups":[""],"resources":["persistentvolumeclaims"],"verbs":["list"]}""");

        Assert.True(await authority.MayAsync(caller, BackupAction.List, "shop", ""));
        Assert.False(await authority.MayAsync(caller, BackupAction.List, "other", ""));
        Assert.False(await authority.MayAsync(caller, BackupAction.ReadSnapshot, "shop", "monday"));
    }

    [Theory]
    [InlineData("shop", "")]
    [InlineData("", "monday")]
    [InlineData("shop", "..")]
    [InlineData("shop", "monday/status")]
    [InlineData("shop/x", "monday")]
    [InlineData("shop", "mon\nday")]
    [InlineData("SHOP", "monday")]
    [InlineData("shop", "-monday")]
    public async Task WhatCannotBeAName_IsAllowedToNobody(string objectNamespace, string name)
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        KubernetesAuthority authority = await MakeAsync(lab);
        var administrator = new BackupCaller("admin") { Groups = ["system:masters"] };

        Assert.False(await authority.MayAsync(administrator, BackupAction.ReadSnapshot, objectNamespace, name));
        Assert.False(await authority.MayAsync(administrator, BackupAction.WriteClaim, objectNamespace, name));
        Assert.True(await authority.MayAsync(administrator, BackupAction.ReadSnapshot, "shop", "monday"));
    }

    [Fact]
    public async Task WhatIsKnownOfACaller_ReachesTheQuestion()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        lab.Load("""
            {"kind":"ClusterRole","apiVersion":"rbac.authorization.k8s.io/v1","metadata":{"name":"read"},"rules":[{"apiGroups":["*"],"resources":["*"],"verbs":["*"]}]}
            ---
            {"kind":"ClusterRoleBinding","apiVersion":"rbac.authorization.k8s.io/v1","metadata":{"name":"read"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"read"},"subjects":[{"kind":"Group","name":"operators"}]}
            """);
        KubernetesAuthority authority = await MakeAsync(lab);
        var operators = new BackupCaller("ann") { Groups = ["operators"], Extra = ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty.Add("example.org/session", ["17"]) };

        Assert.True(await authority.MayAsync(operators, BackupAction.ReadSnapshot, "shop", "monday"));
        Assert.False(await authority.MayAsync(operators with { Groups = [] }, BackupAction.ReadSnapshot, "shop", "monday"));
    }

    [Theory]
    [InlineData(503, true)]
    [InlineData(500, true)]
    [InlineData(403, false)]
    public async Task ServerThatGivesNoAnswer_AllowsNothing_AndSaysNothingOfItself(int code, bool isTransient)
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        KubernetesAuthority authority = await MakeAsync(lab);
        string token = IssueToken(lab, [Audience]);
        lab.Server.Faults.Fail("POST", "/tokenreviews", code, "words of the server");
        lab.Server.Faults.Fail("POST", "/subjectaccessreviews", code, "words of the server");

        WaybillException who = await Assert.ThrowsAnyAsync<WaybillException>(async () => await authority.AuthenticateAsync(token));
        WaybillException may = await Assert.ThrowsAnyAsync<WaybillException>(async () => await authority.MayAsync(new BackupCaller("ann"), BackupAction.ReadSnapshot, "shop", "monday"));

        Assert.Equal((isTransient, isTransient), (who.IsTransient, may.IsTransient));
        Assert.All([who, may], error =>
        {
            Assert.DoesNotContain("words of the server", error.ToDisplayString(), StringComparison.Ordinal);
            Assert.Contains("words of the server", error.InnerException!.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(token, error.ToString(), StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task ServerThatIsGone_AllowsNothing()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        KubernetesAuthority authority = await MakeAsync(lab);
        string token = IssueToken(lab, [Audience]);
        await lab.Server.DisposeAsync();

        WaybillException who = await Assert.ThrowsAnyAsync<WaybillException>(async () => await authority.AuthenticateAsync(token));
        WaybillException may = await Assert.ThrowsAnyAsync<WaybillException>(async () => await authority.MayAsync(new BackupCaller("ann"), BackupAction.ReadSnapshot, "shop", "monday"));

        Assert.Equal((WaybillErrorCode.ClusterUnreachable, true), (who.Code, who.IsTransient));
        Assert.Equal((WaybillErrorCode.ClusterUnreachable, true), (may.Code, may.IsTransient));
    }

    private static async Task<KubernetesAuthority> MakeAsync(ClusterLab lab) =>
        new(await lab.ConnectAsync(lab.Options with { RetryLimit = TimeSpan.Zero }), new KubernetesAuthorityOptions(Audience));

    private static string IssueToken(ClusterLab lab, string[] audiences, DateTimeOffset? expires = null)
    {
        StoredObject account = lab.Server.Store.Load("""{"kind":"ServiceAccount","apiVersion":"v1","metadata":{"name":"agent","namespace":"backup"}}""");
        return lab.Server.Tokens.IssueForServiceAccount("backup", "agent", account.Uid, audiences, expires ?? TimeProvider.System.GetUtcNow().AddHours(1));
    }

    private static void Grant(ClusterLab lab, string home, string rules) => lab.Load($$$"""
        {"kind":"Role","apiVersion":"rbac.authorization.k8s.io/v1","metadata":{"name":"agent","namespace":"{{{home}}}"},"rules":[{{{rules}}}]}
        ---
        {"kind":"RoleBinding","apiVersion":"rbac.authorization.k8s.io/v1","metadata":{"name":"agent","namespace":"{{{home}}}"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"agent"},"subjects":[{"kind":"ServiceAccount","namespace":"backup","name":"agent"}]}
        """);
}
