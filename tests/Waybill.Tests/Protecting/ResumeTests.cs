using Waybill.Testing;

namespace Waybill.Engine.Tests.Protecting;

public sealed class ResumeTests
{
    private const int Length = 12 * 1024 * 1024;

    [Fact]
    public async Task Run_AfterOneThatWasCancelled_DoesNotReadAgainWhatWasStored()
    {
        using var lab = new EngineLab();
        VolumeId volume = lab.Platform.AddVolume("data", Length);
        lab.Platform.GetDisk(volume).Write(0, EngineLab.Bytes(Length, 1));
        byte[] wanted = lab.ReadVolume(volume);
        ProtectedApplication application = lab.Application(("data", volume));
        await CancelAfterReadsAsync(lab, application, 8);
        lab.Platform.GetDisk(volume).Write(0, EngineLab.Bytes(Length, 2));
        int readsBefore = lab.Platform.Faults.CountOf(ScriptedCall.Read);

        ProtectResult result = await lab.Protect.RunAsync(application);

        Assert.True(result.ResumedBytes >= 2 * 1024 * 1024, $"{result.ResumedBytes} bytes were reused");
        Assert.True(lab.Platform.Faults.CountOf(ScriptedCall.Read) - readsBefore < 12);
        Assert.Equal(wanted, await lab.ReadPointAsync(result.BundleName, "data"));
        Assert.Empty(await lab.LedgerAsync());
        Assert.Empty(lab.Store.Unfinished);
    }

    [Fact]
    public async Task Run_ThatMustNotResume_BeginsAnew()
    {
        using var lab = new EngineLab();
        VolumeId volume = lab.Platform.AddVolume("data", Length);
        lab.Platform.GetDisk(volume).Write(0, EngineLab.Bytes(Length, 1));
        ProtectedApplication application = lab.Application(("data", volume));
        await CancelAfterReadsAsync(lab, application, 8);

        ProtectResult result = await lab.Protect.RunAsync(application, new ProtectRequest { Resume = false });

        Assert.Equal(0, result.ResumedBytes);
        Assert.Equal(lab.ReadVolume(volume), await lab.ReadPointAsync(result.BundleName, "data"));
        Assert.Empty(lab.Store.Unfinished);
    }

    [Fact]
    public async Task Run_WhenTheSnapshotIsGoneMeanwhile_BeginsAnew()
    {
        using var lab = new EngineLab();
        VolumeId volume = lab.Platform.AddVolume("data", Length);
        lab.Platform.GetDisk(volume).Write(0, EngineLab.Bytes(Length, 1));
        ProtectedApplication application = lab.Application(("data", volume));
        await CancelAfterReadsAsync(lab, application, 8);
        await lab.Platform.DeleteSnapshotAsync((await lab.SnapshotsAsync())[0].Id);
        lab.Platform.GetDisk(volume).Write(0, EngineLab.Bytes(Length, 2));

        ProtectResult result = await lab.Protect.RunAsync(application);

        Assert.Equal(0, result.ResumedBytes);
        Assert.Equal(lab.ReadVolume(volume), await lab.ReadPointAsync(result.BundleName, "data"));
    }

    private static async Task CancelAfterReadsAsync(EngineLab lab, ProtectedApplication application, int reads)
    {
        using var cancel = new CancellationTokenSource();
        int seen = 0;
        lab.Platform.Faults.BeforeCall = async (call, _) =>
        {
            if (call == ScriptedCall.Read && Interlocked.Increment(ref seen) == reads)
            {
                await cancel.CancelAsync();
            }
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => lab.Protect.RunAsync(application, null, null, cancel.Token));
        lab.Platform.Faults.BeforeCall = null;
    }
}
