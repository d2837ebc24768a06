using Waybill.Bundles;
using Waybill.Providers;
using Waybill.Testing;

namespace Waybill.Engine.Tests.Protecting;

/// <summary>A run is killed at every call it makes to the outside. Whatever it left is swept, or the next run goes on from it.</summary>
public sealed class KilledRunTests
{
    private const int Length = 400_000;

    public static TheoryData<bool, bool, bool> Ways()
    {
        var data = new TheoryData<bool, bool, bool>();
        foreach (bool sweeps in (bool[])[true, false])
        {
            foreach (bool grouped in (bool[])[true, false])
            {
                data.Add(sweeps, grouped, true);
                data.Add(sweeps, grouped, false);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task KilledAtAnyCall_NothingIsLostAndNothingIsLeft(bool sweeps, bool grouped, bool baseMustExist)
    {
        int calls = await RunAsync(int.MaxValue, sweeps, grouped, baseMustExist);
        Assert.InRange(calls, 20, 2_000);
        for (int diesAt = 1; diesAt <= calls; diesAt++)
        {
            await RunAsync(diesAt, sweeps, grouped, baseMustExist);
        }
    }

    private static async Task<int> RunAsync(int diesAt, bool sweeps, bool grouped, bool baseMustExist)
    {
        using var lab = new EngineLab(new ScriptedProviderOptions
        {
            Groups = grouped ? GroupConsistency.WriteOrder : GroupConsistency.None,
            ChangeIdKind = baseMustExist ? ChangeIdKind.Snapshot : ChangeIdKind.Opaque,
            BaseMustExist = baseMustExist,
        });
        VolumeId first = lab.Platform.AddVolume("a", Length);
        VolumeId second = lab.Platform.AddVolume("b", Length);
        lab.Platform.GetDisk(first).Write(0, EngineLab.Bytes(Length, 1));
        ProtectedApplication application = lab.Application(("a", first), ("b", second)) with { Quiescer = "hold" };
        await lab.Protect.RunAsync(application);
        lab.Platform.GetDisk(first).Write(100, EngineLab.Bytes(5_000, 2));
        lab.Platform.GetDisk(second).Write(200_000, EngineLab.Bytes(5_000, 3));

        var life = new Mortality();
        life.Attach(lab);
        life.DiesAt = diesAt;
        await Record.ExceptionAsync(() => lab.Protect.RunAsync(application));
        int calls = life.Calls;
        life.Revive();
        if (sweeps)
        {
            SweepReport report = await Ledger.SweepAsync(lab.Context);
            Assert.Empty(report.Problems);
            await AssertNothingIsLeftAsync(lab, baseMustExist);
        }

        lab.Platform.GetDisk(second).Write(10, EngineLab.Bytes(100, 4));
        ProtectResult next = await lab.Protect.RunAsync(application);

        await AssertNothingIsLeftAsync(lab, baseMustExist);
        Assert.Equal(lab.ReadVolume(first), await lab.ReadPointAsync(next.BundleName, "a"));
        if (sweeps)
        {
            Assert.Equal(lab.ReadVolume(second), await lab.ReadPointAsync(next.BundleName, "b"));
        }

        ProtectResult last = await lab.Protect.RunAsync(application);
        Assert.Equal(lab.ReadVolume(second), await lab.ReadPointAsync(last.BundleName, "b"));
        Assert.All(last.Volumes, v => Assert.Equal(CopyStep.Delta, v.Step));
        await foreach (RecoveryPoint point in RecoveryPoints.ListAsync(lab.Store))
        {
            Assert.Null(point.Problem);
        }

        return calls;
    }

    private static async Task AssertNothingIsLeftAsync(EngineLab lab, bool baseMustExist)
    {
        Assert.Empty(await lab.LedgerAsync());
        Assert.Empty(lab.Quiescer.Held);
        Assert.Empty(lab.Store.Unfinished);
        Assert.Equal(baseMustExist ? 2 : 0, (await lab.SnapshotsAsync()).Count);
    }
}
