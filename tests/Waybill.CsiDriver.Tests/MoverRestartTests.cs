using System.Security.Cryptography;
using Waybill.CsiDriver.Tests.Support;
using Waybill.Kubernetes;
using Waybill.Kubernetes.ApiServer.Storage;
using Waybill.Providers;

namespace Waybill.CsiDriver.Tests;

/// <summary>Whoever begins a restore again finds the mover of the one that died, and of the one that lives.</summary>
public sealed class MoverRestartTests
{
    private static readonly VolumeId s_volume = new("shop/data");
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(8);

    [SkippableTheory]
    [InlineData("Block")]
    [InlineData("Filesystem")]
    public async Task Writer_OfACoordinatorThatIsGone_IsWaitedFor(string volumeMode)
    {
        Machine.RequireNode();
        await using ApplicationLab lab = await StartAsync(volumeMode);
        var clock = new TestClock();
        await using ProviderLab dead = await ConnectAsync(lab, s_idle, clock);
        BlockWriter lost = await dead.Provider.OpenWriteAsync(s_volume);
        await lost.WriteAsync(0, RandomNumberGenerator.GetBytes(1 << 20));
        await lost.CompleteAsync();
        clock.Stop();
        byte[] content = RandomNumberGenerator.GetBytes(4 << 20);
        await using ProviderLab again = await ConnectAsync(lab, s_idle);

        await using (BlockWriter writer = await again.Provider.OpenWriteAsync(s_volume))
        {
            await writer.WriteAsync(0, content);
            await writer.CompleteAsync();
        }

        Assert.Equal(2, lab.Kubelet!.Started);
        await ApplicationLab.UntilAsync(() => Movers(lab).Length == 0);
        TestVolume written = TestVolume.Of(lab.Driver, lab.HandleOf("shop", "data"), "data", TestVolume.Block());
        await written.UpAsync();
        Assert.True(BlockContent.Read(written, content.Length).AsSpan().SequenceEqual(content), "not all that was said to be durable is there");
        await written.DownAsync();
    }

    [SkippableTheory]
    [InlineData("Block")]
    [InlineData("Filesystem")]
    public async Task Writer_OfACoordinatorThatLives_KeepsOthersOut_ThoughItHasNothingToWriteForALongTime(string volumeMode)
    {
        Machine.RequireNode();
        await using ApplicationLab lab = await StartAsync(volumeMode);
        await using ProviderLab living = await ConnectAsync(lab, s_idle);
        await using BlockWriter writer = await living.Provider.OpenWriteAsync(s_volume);

        // It waits for a minute and a half on its own clock: twice what a mover without a coordinator lasts.
        await using ProviderLab other = await ConnectAsync(lab, TimeSpan.FromMinutes(1), new TestClock(speed: 6));
        ProviderException error = await Assert.ThrowsAsync<ProviderException>(async () => await other.Provider.OpenWriteAsync(s_volume));

        Assert.Equal((WaybillErrorCode.ProviderBusy, 1), (error.Code, lab.Kubelet!.Started));
        Assert.Contains("moves its data for somebody", error.Message, StringComparison.Ordinal);
        await writer.WriteAsync(0, new byte[1 << 20]);
        await writer.CompleteAsync();
    }

    [SkippableFact]
    public async Task Writer_OfTheSameProvider_IsRefusedAtOnce()
    {
        Machine.RequireNode();
        await using ApplicationLab lab = await StartAsync("Block");
        await using ProviderLab storage = await ConnectAsync(lab, TimeSpan.FromDays(1));
        await using BlockReader reader = await storage.Provider.OpenReadAsync(new VolumeSource(s_volume));

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(async () => await storage.Provider.OpenWriteAsync(s_volume));

        Assert.Equal(WaybillErrorCode.ProviderBusy, error.Code);
    }

    private static async Task<ApplicationLab> StartAsync(string volumeMode)
    {
        ApplicationLab lab = await ApplicationLab.StartAsync(withMovers: true, volumeMode);
        await lab.Cluster.DeleteAsync("/api/v1/namespaces/shop/pods/web-1");
        return lab;
    }

    private static Task<ProviderLab> ConnectAsync(ApplicationLab lab, TimeSpan idle, TimeProvider? time = null) =>
        ProviderLab.ConnectAsync(lab, movers => movers with { IdleLimit = idle, AllowVolumeModeChange = true }, time);

    private static StoredObject[] Movers(ApplicationLab lab) => [.. lab.Cluster.Server.Store.ListAll().Where(stored => stored.Labels.ContainsKey("backup.waybill/mover"))];
}
