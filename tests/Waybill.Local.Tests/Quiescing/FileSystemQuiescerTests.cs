using System.Collections.Immutable;
using Waybill.Providers;

namespace Waybill.Local.Tests.Quiescing;

public sealed class FileSystemQuiescerTests
{
    private static readonly QuiesceRequest s_request = new("lease", TimeSpan.FromMinutes(5));

    [SkippableTheory]
    [InlineData("ext4")]
    [InlineData("xfs")]
    [InlineData("btrfs")]
    public async Task Quiesce_WithAWriter_HoldsItUntilTheThaw(string fileSystem)
    {
        await using FreezableVolume volume = await FreezableVolume.CreateAsync(fileSystem);
        await using QuiesceLease lease = await Of(volume.MountPoint).QuiesceAsync(s_request);
        using Writer writer = await Writer.BlockedAsync(volume.MountPoint);

        QuiesceOutcome outcome = await lease.ThawAsync();

        await writer.FinishesAsync();
        Assert.Equal(ConsistencyLevel.FileSystem, lease.Level);
        Assert.False(outcome.Broken);
        Assert.Equal(lease.HeldSince, outcome.HeldSince);
        Assert.True(outcome.HeldUntil > outcome.HeldSince);
        Assert.Equal(outcome, await lease.ThawAsync());
    }

    [SkippableTheory]
    [InlineData("ext4")]
    [InlineData("xfs")]
    [InlineData("btrfs")]
    public async Task Holder_Killed_LeavesNothingFrozen(string fileSystem)
    {
        await using FreezableVolume volume = await FreezableVolume.CreateAsync(fileSystem);
        await using Holder holder = await Holder.HoldingAsync("freeze", 600, volume.MountPoint);
        using Writer writer = await Writer.BlockedAsync(volume.MountPoint);

        await holder.KillAsync();

        await writer.FinishesAsync();
    }

    [SkippableFact]
    public async Task Holder_ThatHangs_IsThawedAtItsDeadline()
    {
        await using FreezableVolume volume = await FreezableVolume.CreateAsync("xfs");
        await using Holder holder = await Holder.HoldingAsync("freeze", 5, volume.MountPoint);
        await QuiesceMachine.SignalAsync("STOP", holder.Id);
        using Writer writer = await Writer.StartAsync(volume.MountPoint);

        await writer.FinishesAsync();
    }

    [SkippableFact]
    public async Task Watchdog_SentSignals_StaysAndThaws()
    {
        await using FreezableVolume volume = await FreezableVolume.CreateAsync("ext4");
        await using Holder holder = await Holder.HoldingAsync("freeze", 600, volume.MountPoint);
        using Writer writer = await Writer.BlockedAsync(volume.MountPoint);
        int[] watchdogs = [.. QuiesceMachine.ProcessesWith("waybill-thaw").Where(id => QuiesceMachine.ProcessesWith(volume.MountPoint).Contains(id))];
        Assert.NotEmpty(watchdogs);
        foreach (string signal in (string[])["INT", "HUP", "TERM", "QUIT"])
        {
            // The process this one started is only a frame; the others are the watchdog.
            foreach (int id in watchdogs.Except(holder.Watchdogs()))
            {
                await QuiesceMachine.SignalAsync(signal, id);
            }
        }

        using Writer second = await Writer.BlockedAsync(volume.MountPoint);
        await holder.KillAsync();

        await writer.FinishesAsync();
        await second.FinishesAsync();
    }

    [SkippableFact]
    public async Task Watchdog_Killed_EndsTheFreeze()
    {
        await using FreezableVolume volume = await FreezableVolume.CreateAsync("ext4");
        await using Holder holder = await Holder.HoldingAsync("freeze", 600, volume.MountPoint);
        using Writer writer = await Writer.BlockedAsync(volume.MountPoint);

        foreach (int id in QuiesceMachine.ProcessesWith("waybill-thaw").Intersect(QuiesceMachine.ProcessesWith(volume.MountPoint)))
        {
            await QuiesceMachine.TryRunAsync("kill", "-KILL", id.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        await writer.FinishesAsync();
    }

    [SkippableFact]
    public async Task Thaw_AfterTheDeadline_IsBroken()
    {
        await using FreezableVolume volume = await FreezableVolume.CreateAsync("xfs");
        await using QuiesceLease lease = await Of(volume.MountPoint).QuiesceAsync(s_request with { Deadline = TimeSpan.FromSeconds(5) });
        using Writer writer = await Writer.StartAsync(volume.MountPoint);
        await writer.FinishesAsync();

        QuiesceOutcome outcome = await lease.ThawAsync();

        Assert.True(outcome.Broken);
        Assert.Equal(outcome.HeldSince, outcome.HeldUntil);
    }

    [SkippableFact]
    public async Task Thaw_AfterSomebodyElseThawed_IsBroken()
    {
        await using FreezableVolume volume = await FreezableVolume.CreateAsync("ext4");
        await using QuiesceLease lease = await Of(volume.MountPoint).QuiesceAsync(s_request);
        await QuiesceMachine.RunAsync("fsfreeze", "-u", volume.MountPoint);

        Assert.True((await lease.ThawAsync()).Broken);
    }

    [SkippableFact]
    public async Task Quiesce_OfWhatIsFrozen_FailsAndLeavesIt()
    {
        await using FreezableVolume volume = await FreezableVolume.CreateAsync("ext4");
        await using QuiesceLease first = await Of(volume.MountPoint).QuiesceAsync(s_request);

        var error = await Assert.ThrowsAsync<ProviderException>(async () => await Of(volume.MountPoint).QuiesceAsync(s_request));

        Assert.Equal(WaybillErrorCode.QuiesceFailed, error.Code);
        Assert.True(error.IsTransient);
        Assert.Contains("is frozen already, by somebody else", error.Message, StringComparison.Ordinal);
        Assert.False((await first.ThawAsync()).Broken);
    }

    [SkippableFact]
    public async Task Quiesce_WhoseSecondFails_ThawsTheFirst()
    {
        await using FreezableVolume first = await FreezableVolume.CreateAsync("ext4");
        await using FreezableVolume second = await FreezableVolume.CreateAsync("xfs");
        await QuiesceMachine.RunAsync("fsfreeze", "-f", second.MountPoint);

        await Assert.ThrowsAsync<ProviderException>(async () => await Of(first.MountPoint, second.MountPoint).QuiesceAsync(s_request));

        await Writer.SucceedsAsync(first.MountPoint);
        using Writer writer = await Writer.BlockedAsync(second.MountPoint);
        await QuiesceMachine.RunAsync("fsfreeze", "-u", second.MountPoint);
        await writer.FinishesAsync();
    }

    [SkippableFact]
    public async Task Quiesce_OfOneFileSystemMountedTwice_FreezesItOnce()
    {
        await using FreezableVolume volume = await FreezableVolume.CreateAsync("btrfs");
        string other = Path.Combine(volume.Outside, "with space");
        Directory.CreateDirectory(other);
        await QuiesceMachine.RunAsync("mount", "--bind", volume.MountPoint, other);
        try
        {
            await using QuiesceLease lease = await Of(volume.MountPoint, other).QuiesceAsync(s_request);
            Assert.False((await lease.ThawAsync()).Broken);
            await Writer.SucceedsAsync(other);
        }
        finally
        {
            await QuiesceMachine.RunAsync("umount", other);
        }
    }

    [SkippableFact]
    public async Task Quiesce_OfADirectory_IsRefused()
    {
        await using FreezableVolume volume = await FreezableVolume.CreateAsync("ext4");
        string directory = Path.Combine(volume.MountPoint, "directory");
        Directory.CreateDirectory(directory);

        var error = await Assert.ThrowsAsync<ProviderException>(async () => await Of(directory).QuiesceAsync(s_request));

        Assert.Contains("is not a mount point", error.Message, StringComparison.Ordinal);
        await Writer.SucceedsAsync(volume.MountPoint);
    }

    [SkippableTheory]
    [InlineData("/", "is the root file system")]
    [InlineData("/nowhere/at/all", "cannot be opened")]
    [InlineData("/proc", "does not support it")]
    public async Task Quiesce_OfWhatCannotBeFrozen_SaysWhy(string path, string reason)
    {
        QuiesceMachine.RequireRoot();

        var error = await Assert.ThrowsAsync<ProviderException>(async () => await Of(path).QuiesceAsync(s_request));

        Assert.Equal((WaybillErrorCode.QuiesceFailed, path), (error.Code, error.ObjectName));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Quiesce_Cancelled_LeavesNothingFrozen()
    {
        await using FreezableVolume volume = await FreezableVolume.CreateAsync("ext4");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await Of(volume.MountPoint).QuiesceAsync(s_request, new CancellationToken(canceled: true)));

        await Writer.SucceedsAsync(volume.MountPoint);
    }

    [SkippableFact]
    public async Task Quiesce_CancelledAtAnyMoment_LeavesNothingFrozen()
    {
        await using FreezableVolume first = await FreezableVolume.CreateAsync("ext4");
        await using FreezableVolume second = await FreezableVolume.CreateAsync("ext4");
        for (int milliseconds = 0; milliseconds < 100; milliseconds += 5)
        {
            using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(milliseconds));
            try
            {
                await using QuiesceLease lease = await Of(first.MountPoint, second.MountPoint).QuiesceAsync(s_request, cancel.Token);
            }
            catch (OperationCanceledException)
            {
                // As it may be.
            }

            await Writer.SucceedsAsync(first.MountPoint);
            await Writer.SucceedsAsync(second.MountPoint);
        }
    }

    [SkippableFact]
    public async Task Dispose_WithoutAThaw_Thaws()
    {
        await using FreezableVolume volume = await FreezableVolume.CreateAsync("ext4");
        QuiesceLease lease = await Of(volume.MountPoint).QuiesceAsync(s_request);

        await lease.DisposeAsync();

        await Writer.SucceedsAsync(volume.MountPoint);
    }

    [SkippableFact]
    public async Task Release_OfWhatIsFrozen_ThawsItAndMayBeRepeated()
    {
        await using FreezableVolume volume = await FreezableVolume.CreateAsync("xfs");
        await QuiesceMachine.RunAsync("fsfreeze", "-f", volume.MountPoint);
        FileSystemQuiescer quiescer = Of(volume.MountPoint, "/nowhere/at/all");

        await quiescer.ReleaseAsync("gone");
        await Writer.SucceedsAsync(volume.MountPoint);
        await quiescer.ReleaseAsync("gone");
    }

    [Fact]
    public void Constructor_WithARelativePath_Refuses() =>
        Assert.Equal(WaybillErrorCode.ConfigurationInvalid, Assert.Throws<WaybillException>(() => Of("mnt")).Code);

    private static FileSystemQuiescer Of(params string[] mountPoints) => new(new FileSystemQuiescerOptions { MountPoints = mountPoints.ToImmutableArray() });
}
