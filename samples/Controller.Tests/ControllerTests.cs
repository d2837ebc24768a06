using k8s;
using k8s.Models;
using Waybill.Samples.Controller.Resources;

namespace Waybill.Samples.Controller.Tests;

public sealed class ControllerTests
{
    [Fact]
    public async Task Policy_MakesOnePointASlot_AndNotWhatItMissed()
    {
        await using ControllerLab lab = await ControllerLab.StartAsync();
        await using BackupController controller = await lab.NewControllerAsync();
        await lab.CreateAsync(ProtectionPolicy.Plural, "shop", new ProtectionPolicy { Metadata = new V1ObjectMeta { Name = "hourly" }, Spec = new ProtectionPolicySpec { Every = "1h" } });

        DateTime? next = await controller.ReconcileAsync(CancellationToken.None);
        await controller.ReconcileAsync(CancellationToken.None);
        lab.Time.Advance(TimeSpan.FromHours(5));
        await controller.ReconcileAsync(CancellationToken.None);

        Assert.Equal(new DateTime(2026, 3, 1, 13, 0, 0, DateTimeKind.Utc), next);
        Assert.Equal(["hourly-20260301-1200", "hourly-20260301-1700"], (await lab.ListPointsAsync()).Select(point => point.Metadata.Name).Order(StringComparer.Ordinal));
        ProtectionPolicy policy = await lab.GetAsync<ProtectionPolicy>(ProtectionPolicy.Plural, "shop", "hourly");
        Assert.Equal(("hourly-20260301-1700", "Ready", "True"), (policy.Status!.LastPoint, policy.Status.Conditions[0].Type, policy.Status.Conditions[0].Status));
        RecoveryPoint first = await lab.GetPointAsync("hourly-20260301-1200");
        RecoveryPoint second = await lab.GetPointAsync("hourly-20260301-1700");
        Assert.Equal(["Committed", "Committed"], new[] { first, second }.Select(point => point.Status!.Conditions.Single(condition => condition.Type == "Complete").Reason));
        Assert.NotEqual(first.Status!.Bundle, second.Status!.Bundle);
        Assert.True(File.Exists(Path.Combine(lab.Store, first.Status.Bundle!)));
        Assert.Contains("Normal Committed hourly-20260301-1200", await lab.ReasonsAsync("shop"));
    }

    [Theory]
    [InlineData("1h", true, "Paused")]
    [InlineData("0m", false, "InvalidInterval")]
    [InlineData("30s", false, "InvalidInterval")]
    [InlineData("99999999999d", false, "InvalidInterval")]
    public async Task Policy_ThatIsPausedOrCannotBeRead_SaysSo(string every, bool paused, string reason)
    {
        await using ControllerLab lab = await ControllerLab.StartAsync();
        await using BackupController controller = await lab.NewControllerAsync();
        await lab.CreateAsync(ProtectionPolicy.Plural, "shop", new ProtectionPolicy { Metadata = new V1ObjectMeta { Name = "p" }, Spec = new ProtectionPolicySpec { Every = every, Paused = paused } });

        await controller.ReconcileAsync(CancellationToken.None);

        Condition condition = Assert.Single((await lab.GetAsync<ProtectionPolicy>(ProtectionPolicy.Plural, "shop", "p")).Status!.Conditions);
        Assert.Equal(("False", reason), (condition.Status, condition.Reason));
        Assert.Empty(await lab.ListPointsAsync());
    }

    [Theory]
    [InlineData("other")]
    [InlineData("/secret/a+other/secret/b")]
    [InlineData("/nonsense")]
    public async Task Point_OfWhatIsNotInItsNamespace_Fails(string application)
    {
        await using ControllerLab lab = await ControllerLab.StartAsync();
        await using BackupController controller = await lab.NewControllerAsync();
        await lab.CreateAsync(RecoveryPoint.Plural, "shop", new RecoveryPoint { Metadata = new V1ObjectMeta { Name = "now" }, Spec = new RecoveryPointSpec { Application = application } });

        await controller.ReconcileAsync(CancellationToken.None);
        await controller.ReconcileAsync(CancellationToken.None);

        RecoveryPoint point = await lab.GetPointAsync("now");
        Assert.Equal("True", point.Status!.Conditions.Single(condition => condition.Type == "Failed").Status);
        Assert.NotNull(point.Status.Finished);
        Assert.Empty(Directory.GetFiles(lab.Store));
        Assert.Single(await lab.ReasonsAsync("shop"));
    }

    [Fact]
    public async Task Point_ThatIsDeleted_GoesAndItsBundleStays()
    {
        await using ControllerLab lab = await ControllerLab.StartAsync();
        await using BackupController controller = await lab.NewControllerAsync();
        await lab.CreateAsync(RecoveryPoint.Plural, "shop", new RecoveryPoint { Metadata = new V1ObjectMeta { Name = "now" } });
        await controller.ReconcileAsync(CancellationToken.None);
        string bundle = (await lab.GetPointAsync("now")).Status!.Bundle!;

        await lab.Client.CustomObjects.DeleteNamespacedCustomObjectAsync(ApiGroup.Name, ApiGroup.Served, "shop", RecoveryPoint.Plural, "now");
        Assert.NotNull((await lab.GetPointAsync("now")).Metadata.DeletionTimestamp);
        await controller.ReconcileAsync(CancellationToken.None);

        Assert.Empty(await lab.ListPointsAsync());
        Assert.True(File.Exists(Path.Combine(lab.Store, bundle)));
    }

    [Fact]
    public async Task Request_OfTheControllersNamespace_RestoresAnywhere_Once()
    {
        await using ControllerLab lab = await ControllerLab.StartAsync();
        await using BackupController controller = await lab.NewControllerAsync();
        string bundle = await PointAsync(lab, controller);
        await lab.Client.CoreV1.DeleteNamespaceAsync("shop");
        await lab.CreateAsync(
            RestoreRequest.Plural, "waybill-system", new RestoreRequest { Metadata = new V1ObjectMeta { Name = "again" }, Spec = new RestoreRequestSpec { Bundle = bundle, ToNamespace = "shop-again" } });

        await controller.ReconcileAsync(CancellationToken.None);

        RestoreRequest request = await lab.GetAsync<RestoreRequest>(RestoreRequest.Plural, "waybill-system", "again");
        Assert.Equal("True", request.Status!.Conditions.Single(condition => condition.Type == "Complete").Status);
        Assert.Equal("blue", (await lab.Client.CoreV1.ReadNamespacedConfigMapAsync("config", "shop-again")).Data["color"]);
        await lab.Client.CoreV1.DeleteNamespacedConfigMapAsync("config", "shop-again");
        await controller.ReconcileAsync(CancellationToken.None);
        Assert.DoesNotContain((await lab.Client.CoreV1.ListNamespacedConfigMapAsync("shop-again")).Items, map => map.Metadata.Name == "config");
    }

    [Fact]
    public async Task Object_ThatNothingCanBeDoneWith_KeepsNoOtherWaiting()
    {
        await using ControllerLab lab = await ControllerLab.StartAsync();
        await using BackupController controller = await lab.NewControllerAsync();
        lab.Server.Faults.Fail("PATCH", "/recoverypoints/bad", 422, "Invalid", times: 10);
        foreach (string name in (string[])["bad", "good"])
        {
            await lab.CreateAsync(RecoveryPoint.Plural, "shop", new RecoveryPoint { Metadata = new V1ObjectMeta { Name = name } });
        }

        await controller.ReconcileAsync(CancellationToken.None);

        Assert.NotNull((await lab.GetPointAsync("good")).Status?.Bundle);
    }

    [Theory]
    [InlineData("other", "")]
    [InlineData("shop", "")]
    [InlineData("shop", "other")]
    public async Task Request_OutsideOfTheControllersNamespace_IsNotCarriedOut(string home, string target)
    {
        await using ControllerLab lab = await ControllerLab.StartAsync();
        await using BackupController controller = await lab.NewControllerAsync();
        await lab.Client.CoreV1.CreateNamespaceAsync(new V1Namespace { Metadata = new V1ObjectMeta { Name = "other" } });
        string bundle = await PointAsync(lab, controller);
        await lab.CreateAsync(RestoreRequest.Plural, home, new RestoreRequest { Metadata = new V1ObjectMeta { Name = "steal" }, Spec = new RestoreRequestSpec { Bundle = bundle, ToNamespace = target } });

        await controller.ReconcileAsync(CancellationToken.None);

        RestoreRequest request = await lab.GetAsync<RestoreRequest>(RestoreRequest.Plural, home, "steal");
        Assert.Equal("True", request.Status!.Conditions.Single(condition => condition.Type == "Failed").Status);
        Assert.DoesNotContain((await lab.Client.CoreV1.ListNamespacedConfigMapAsync("other")).Items, map => map.Metadata.Name == "config");
    }

    [Fact]
    public async Task Controller_WakesForWhatIsNew_AndAnotherGoesOnWhereOneStopped()
    {
        await using ControllerLab lab = await ControllerLab.StartAsync();
        foreach (string name in (string[])["one", "two"])
        {
            await using BackupController controller = await lab.NewControllerAsync(TimeProvider.System);
            using var stop = new CancellationTokenSource();
            Task running = controller.RunAsync(_ => { }, stop.Token);
            await lab.CreateAsync(RecoveryPoint.Plural, "shop", new RecoveryPoint { Metadata = new V1ObjectMeta { Name = name } });

            await UntilAsync(async () => (await lab.GetPointAsync(name)).Status?.Finished is not null);
            await stop.CancelAsync();
            await running;
        }

        Assert.Equal(2, Directory.GetFiles(lab.Store, "*.waybill").Length);
    }

    private static async Task<string> PointAsync(ControllerLab lab, BackupController controller)
    {
        await lab.CreateAsync(RecoveryPoint.Plural, "shop", new RecoveryPoint { Metadata = new V1ObjectMeta { Name = "point" } });
        await controller.ReconcileAsync(CancellationToken.None);
        return (await lab.GetPointAsync("point")).Status!.Bundle!;
    }

    private static async Task UntilAsync(Func<Task<bool>> isDone)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await isDone())
        {
            await timer.WaitForNextTickAsync(late.Token);
        }
    }
}
