using Waybill.Providers;
using Waybill.Testing;

namespace Waybill.Engine.Tests.Protecting;

public sealed class SnapshotReadinessTests
{
    private const int Length = 300_000;

    [Theory]
    [InlineData(GroupConsistency.None)]
    [InlineData(GroupConsistency.WriteOrder)]
    public async Task Run_OnAPlatformThatNeedsTime_WaitsAndHoldsNothingMeanwhile(GroupConsistency groups)
    {
        var clock = new PollingClock();
        using EngineLab lab = Of(clock, TimeSpan.FromSeconds(5), groups);
        VolumeId first = lab.Platform.AddVolume("a", Length);
        VolumeId second = lab.Platform.AddVolume("b", Length);
        lab.Platform.GetDisk(second).Write(0, EngineLab.Bytes(Length, 1));
        int heldWhileWaiting = 0;
        lab.Platform.Faults.BeforeCall = (call, _) =>
        {
            heldWhileWaiting += call == ScriptedCall.FindSnapshot ? lab.Quiescer.Held.Length : 0;
            return ValueTask.CompletedTask;
        };

        ProtectResult result = await lab.Protect.RunAsync(lab.Application(("a", first), ("b", second)) with { Quiescer = "hold" });

        Assert.Equal(TimeSpan.FromSeconds(5), clock.Waited);
        Assert.Equal(0, heldWhileWaiting);
        Assert.Equal(lab.ReadVolume(second), await lab.ReadPointAsync(result.BundleName, "b"));
        Assert.Empty(await lab.LedgerAsync());
    }

    [Fact]
    public async Task Run_WhenItTakesTooLong_SaysThatItPasses_AndTheNextRunGoesOn()
    {
        var clock = new PollingClock();
        using EngineLab lab = Of(clock, TimeSpan.FromSeconds(10));
        VolumeId volume = lab.Platform.AddVolume("data", Length);
        lab.Platform.GetDisk(volume).Write(0, EngineLab.Bytes(Length, 1));
        byte[] wanted = lab.ReadVolume(volume);
        ProtectedApplication application = lab.Application(("data", volume));
        ProtectedApplication hasty = application with { Policy = application.Policy with { RetryLimit = TimeSpan.FromSeconds(3.5) } };

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(() => lab.Protect.RunAsync(hasty));

        Assert.Equal((WaybillErrorCode.ProviderBusy, true, "data"), (error.Code, error.IsTransient, error.ObjectName));
        Assert.Equal(TimeSpan.FromSeconds(3), clock.Waited);
        lab.Platform.GetDisk(volume).Write(0, EngineLab.Bytes(Length, 2));
        ProtectResult next = await lab.Protect.RunAsync(application);
        Assert.Equal(1, lab.Platform.Faults.CountOf(ScriptedCall.CreateSnapshot));
        Assert.Equal(wanted, await lab.ReadPointAsync(next.BundleName, "data"));
        Assert.Empty(await lab.LedgerAsync());
    }

    [Fact]
    public async Task Run_WhenTheSnapshotIsGoneBeforeItWasReady_FailsAndLeavesNothing()
    {
        using EngineLab lab = Of(new PollingClock(), TimeSpan.FromSeconds(10));
        VolumeId volume = lab.Platform.AddVolume("data", Length);
        lab.Platform.Faults.BeforeCall = async (call, token) =>
        {
            if (call == ScriptedCall.FindSnapshot)
            {
                await lab.Platform.DeleteSnapshotAsync((await lab.SnapshotsAsync())[0].Id, token);
            }
        };

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(() => lab.Protect.RunAsync(lab.Application(("data", volume))));

        Assert.Equal(WaybillErrorCode.SnapshotNotFound, error.Code);
        lab.Platform.Faults.BeforeCall = null;
        Assert.Empty(await lab.LedgerAsync());
    }

    [Fact]
    public async Task Plan_OnAPlatformThatNeedsTime_WaitsAndLeavesNothing()
    {
        var clock = new PollingClock();
        using EngineLab lab = Of(clock, TimeSpan.FromSeconds(2));
        VolumeId volume = lab.Platform.AddVolume("data", Length);

        ProtectPlan plan = await lab.Protect.PlanAsync(lab.Application(("data", volume)));

        Assert.Equal(CopyStep.Allocated, plan.Volumes[0].Step);
        Assert.Equal(TimeSpan.FromSeconds(2), clock.Waited);
        Assert.Empty(await lab.SnapshotsAsync());
    }

    private static EngineLab Of(PollingClock clock, TimeSpan delay, GroupConsistency groups = GroupConsistency.WriteOrder)
    {
        var lab = new EngineLab(new ScriptedProviderOptions { SnapshotDelay = delay, Groups = groups, TimeProvider = clock });
        lab.Context = lab.Context with { TimeProvider = clock };
        return lab;
    }
}
