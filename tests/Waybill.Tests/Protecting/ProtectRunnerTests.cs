using Waybill.Bundles;
using Waybill.Providers;
using Waybill.Testing;

namespace Waybill.Engine.Tests.Protecting;

public sealed class ProtectRunnerTests
{
    private const int Length = 3 * 1024 * 1024 + 12_288;

    public static TheoryData<ChangeShape, ChangeExactness, int> Platforms()
    {
        var data = new TheoryData<ChangeShape, ChangeExactness, int>();
        foreach (ChangeShape shape in Enum.GetValues<ChangeShape>().Where(s => s != ChangeShape.None))
        {
            foreach (ChangeExactness exactness in (ChangeExactness[])[ChangeExactness.Exact, ChangeExactness.Superset, ChangeExactness.Coarse])
            {
                data.Add(shape, exactness, 4096);
            }

            data.Add(shape, ChangeExactness.Exact, 0);
            data.Add(shape, ChangeExactness.Exact, 512);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Platforms))]
    public async Task Run_OnEveryDeliveryShape_StoresWhatChangedAndNothingElse(ChangeShape shape, ChangeExactness exactness, int granularity)
    {
        using var lab = new EngineLab(new ScriptedProviderOptions { Shape = shape, Exactness = exactness, Granularity = granularity });
        VolumeId volume = lab.Platform.AddVolume("data", Length);
        ModelDisk disk = lab.Platform.GetDisk(volume);
        disk.Write(0, EngineLab.Bytes(1_500_000, 1));
        ProtectResult first = await lab.Protect.RunAsync(lab.Application(("data", volume)));
        disk.Write(700_001, EngineLab.Bytes(10, 2));
        disk.Write(2_500_000, EngineLab.Bytes(5_000, 3));
        disk.Discard(new ByteRange(100_000, 70_000));
        disk.WriteZeroes(new ByteRange(1_048_576, 30_000));
        disk.Write(Length - 5, EngineLab.Bytes(5, 4));
        byte[] wanted = lab.ReadVolume(volume);

        ProtectResult second = await lab.Protect.RunAsync(lab.Application(("data", volume)));

        Assert.Equal(CopyStep.Allocated, first.Volumes[0].Step);
        Assert.True(first.Volumes[0].IsFull);
        Assert.Equal(CopyStep.Delta, second.Volumes[0].Step);
        Assert.Equal(first.Manifest.Id, second.Manifest.Parent!.Id);
        Assert.Equal(wanted, await lab.ReadPointAsync(second.BundleName, "data"));
        Assert.InRange(second.Manifest.Streams[0].DataBytes, 5_000, 200_000);
        Assert.True(second.SelfCheckedBytes > 0);
        StreamInfo stream = second.Manifest.Streams[0];
        Assert.Contains(stream.Volume!.Capabilities, c => c.StartsWith("granularity=", StringComparison.Ordinal));
        Assert.NotEqual("", stream.Change.ChangeId);
        Assert.Equal(first.Manifest.Streams[0].Change.ChangeId, stream.Change.BaseHandle);
        Assert.Empty(await lab.LedgerAsync());
    }

    [Fact]
    public async Task Run_OnAPlatformWithoutChanges_ComparesAndSaysWhy()
    {
        using var lab = new EngineLab(new ScriptedProviderOptions { Shape = ChangeShape.None, ReportsAllocated = false });
        VolumeId volume = lab.Platform.AddVolume("data", Length);
        lab.Platform.GetDisk(volume).Write(0, EngineLab.Bytes(900_000, 1));
        await lab.Protect.RunAsync(lab.Application(("data", volume)));
        lab.Platform.GetDisk(volume).Write(5_000, EngineLab.Bytes(100, 2));

        ProtectResult result = await lab.Protect.RunAsync(lab.Application(("data", volume)));

        Assert.Equal(CopyStep.Compare, result.Volumes[0].Step);
        Assert.Contains("the platform does not say what changed", result.Volumes[0].Reasons);
        Assert.Equal(ChangeKind.HashCompare, result.Manifest.Streams[0].Change.Kind);
        Assert.Contains("does not say what changed", result.Manifest.Streams[0].Change.Reason, StringComparison.Ordinal);
        Assert.Equal(4096, result.Manifest.Streams[0].DataBytes);
        Assert.Empty(await lab.SnapshotsAsync());
    }

    [Theory]
    [InlineData("allocated")]
    [InlineData("full")]
    public async Task Run_WhenThePlatformCannotTell_GoesDownTheLadder(string answer)
    {
        using var lab = new EngineLab();
        VolumeId volume = lab.Platform.AddVolume("data", Length);
        ModelDisk disk = lab.Platform.GetDisk(volume);
        disk.Write(0, EngineLab.Bytes(Length, 1));
        await lab.Protect.RunAsync(lab.Application(("data", volume)));
        disk.Discard(new ByteRange(0, 1_048_576));
        disk.Write(2_000_000, EngineLab.Bytes(10, 2));
        lab.Platform.Faults.AnswerDiff(answer == "full" ? new DiffResult.UseFull("bitmap lost") : new DiffResult.UseAllocated("bitmap lost"));

        ProtectResult result = await lab.Protect.RunAsync(lab.Application(("data", volume)));

        Assert.Equal(CopyStep.Allocated, result.Volumes[0].Step);
        Assert.Contains("bitmap lost", result.Volumes[0].Reasons);
        Assert.Equal(lab.ReadVolume(volume), await lab.ReadPointAsync(result.BundleName, "data"));
    }

    [Fact]
    public async Task Run_WhenThePlatformRefuses_FailsAndLeavesNothing()
    {
        using var lab = new EngineLab();
        VolumeId volume = lab.Platform.AddVolume("data", Length);
        await lab.Protect.RunAsync(lab.Application(("data", volume)));
        lab.Platform.Faults.AnswerDiff(new DiffResult.Fatal("another tenant's base"));

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(() => lab.Protect.RunAsync(lab.Application(("data", volume))));

        Assert.Equal(WaybillErrorCode.ChangeTrackingLost, error.Code);
        Assert.Empty(await lab.LedgerAsync());
        Assert.Empty(lab.Store.Unfinished);
    }

    [Fact]
    public async Task Run_WhenThePlatformAsksToWait_WaitsAndAsksAgain()
    {
        using var lab = new EngineLab();
        VolumeId volume = lab.Platform.AddVolume("data", Length);
        await lab.Protect.RunAsync(lab.Application(("data", volume)));
        lab.Platform.GetDisk(volume).Write(7, EngineLab.Bytes(7, 7));
        lab.Platform.Faults.AnswerDiff(new DiffResult.RetryLater(TimeSpan.FromMilliseconds(1), "still uploading"));

        ProtectResult result = await lab.Protect.RunAsync(lab.Application(("data", volume)));

        Assert.Equal(CopyStep.Delta, result.Volumes[0].Step);
        Assert.Empty(result.Volumes[0].Reasons);
    }

    [Fact]
    public async Task Run_WhenThePlatformMissesAChange_RefusesToWriteTheBundle()
    {
        using var lab = new EngineLab();
        VolumeId volume = lab.Platform.AddVolume("data", Length);
        await lab.Protect.RunAsync(lab.Application(("data", volume)));
        lab.Platform.GetDisk(volume).Write(0, EngineLab.Bytes(Length, 7));
        lab.Platform.Faults.AnswerDiff(new DiffResult.Known(new NothingChanged()));

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(() => lab.Protect.RunAsync(lab.Application(("data", volume))));

        Assert.Equal(WaybillErrorCode.ChangeMissed, error.Code);
        Assert.Equal(1, await lab.Store.ListAsync().CountAsync());
        Assert.Empty(lab.Store.Unfinished);
        Assert.Empty(await lab.LedgerAsync());
    }

    [Fact]
    public async Task Run_AfterSoManyTrustedPoints_ComparesEverything()
    {
        using var lab = new EngineLab();
        VolumeId volume = lab.Platform.AddVolume("data", Length);
        ProtectedApplication application = lab.Application(("data", volume));
        application = application with { Policy = application.Policy with { CompareEvery = 2 } };
        var steps = new List<CopyStep>();
        for (int i = 0; i < 6; i++)
        {
            lab.Platform.GetDisk(volume).Write(i * 10_000, EngineLab.Bytes(100, i));
            steps.Add((await lab.Protect.RunAsync(application)).Volumes[0].Step);
        }

        Assert.Equal([CopyStep.Allocated, CopyStep.Delta, CopyStep.Delta, CopyStep.Allocated, CopyStep.Delta, CopyStep.Delta], steps);
    }

    [Fact]
    public async Task Run_AfterTheVolumeGrew_ComparesAndKeepsEverything()
    {
        using var lab = new EngineLab();
        VolumeId volume = lab.Platform.AddVolume("data", Length);
        ModelDisk disk = lab.Platform.GetDisk(volume);
        disk.Write(0, EngineLab.Bytes(Length, 1));
        await lab.Protect.RunAsync(lab.Application(("data", volume)));
        disk.Grow(Length + 1_000_000);
        disk.Write(Length + 10, EngineLab.Bytes(500_000, 2));

        ProtectResult result = await lab.Protect.RunAsync(lab.Application(("data", volume)));

        Assert.NotEqual(CopyStep.Delta, result.Volumes[0].Step);
        Assert.Contains(result.Volumes[0].Reasons, r => r.Contains("bytes in the parent", StringComparison.Ordinal));
        Assert.Equal(lab.ReadVolume(volume), await lab.ReadPointAsync(result.BundleName, "data"));
    }

    [Fact]
    public async Task Run_OfAVolumeMadeAnewUnderItsName_DoesNotTrustTheOldBase()
    {
        using var lab = new EngineLab();
        VolumeId volume = lab.Platform.AddVolume("data", Length);
        lab.Platform.GetDisk(volume).Write(0, EngineLab.Bytes(Length, 1));
        await lab.Protect.RunAsync(lab.Application(("data", volume)));
        VolumeId other = lab.Platform.AddVolume("other", Length);
        lab.Platform.GetDisk(other).Write(0, EngineLab.Bytes(Length, 2));

        ProtectResult result = await lab.Protect.RunAsync(lab.Application(("data", other)));

        Assert.Contains("the parent's volume was another one", result.Volumes[0].Reasons);
        Assert.Equal(lab.ReadVolume(other), await lab.ReadPointAsync(result.BundleName, "data"));
    }

    [Fact]
    public async Task Run_WithLostRecords_FindsTheParentInTheStoreAndCompares()
    {
        using var lab = new EngineLab();
        VolumeId volume = lab.Platform.AddVolume("data", Length);
        ProtectResult first = await lab.Protect.RunAsync(lab.Application(("data", volume)));
        Directory.Delete(lab.Directory, recursive: true);
        Directory.CreateDirectory(lab.Directory);

        ProtectResult result = await lab.Protect.RunAsync(lab.Application(("data", volume)));

        Assert.Equal(first.Manifest.Id, result.Manifest.Parent!.Id);
        Assert.Equal(first.Manifest.Application.Id, result.Manifest.Application.Id);
        Assert.Contains("it is not recorded what changes could be computed from", result.Volumes[0].Reasons);
    }

    [Fact]
    public async Task Run_OfSeveralVolumes_TakesThemTogetherAndRecordsIt()
    {
        using var lab = new EngineLab();
        (string, VolumeId)[] volumes = [.. Enumerable.Range(0, 6).Select(i => ($"data{i}", lab.Platform.AddVolume($"data{i}", Length)))];

        ProtectResult result = await lab.Protect.RunAsync(lab.Application(volumes));

        ConsistencyGroup group = Assert.Single(result.Manifest.Groups);
        Assert.Equal(6, group.StreamNumbers.Length);
        Assert.True(group.Evidence.WriteOrderFidelity);
        Assert.Equal(ConsistencyLevel.Crash, group.Evidence.Level);
    }

    [Fact]
    public async Task Run_WithoutGroupSnapshots_RecordsThatTheOrderIsNotKept()
    {
        using var lab = new EngineLab(new ScriptedProviderOptions { Groups = GroupConsistency.None });
        (string, VolumeId)[] volumes = [.. Enumerable.Range(0, 2).Select(i => ($"data{i}", lab.Platform.AddVolume($"data{i}", Length)))];
        ProtectedApplication application = lab.Application(volumes);

        ProtectResult result = await lab.Protect.RunAsync(application);
        var strict = application with { Policy = application.Policy with { RequireWriteOrder = true } };
        WaybillException error = await Assert.ThrowsAsync<WaybillException>(() => lab.Protect.RunAsync(strict));

        Assert.Equal(2, result.Manifest.Groups.Length);
        Assert.All(result.Manifest.Groups, g => Assert.False(g.Evidence.WriteOrderFidelity));
        Assert.NotEqual("", result.WhyNotMoreConsistent);
        Assert.Equal(WaybillErrorCode.ConsistencyTooLow, error.Code);
        Assert.Empty(await lab.LedgerAsync());
    }

    [Fact]
    public async Task Run_WithAQuiescer_HoldsWhileSnapshotsAreTakenAndNoLonger()
    {
        using var lab = new EngineLab(new ScriptedProviderOptions { Groups = GroupConsistency.None });
        VolumeId volume = lab.Platform.AddVolume("data", Length);
        var heldAt = new Dictionary<ScriptedCall, int>();
        lab.Platform.Faults.BeforeCall = (call, _) =>
        {
            heldAt[call] = lab.Quiescer.Held.Length;
            return ValueTask.CompletedTask;
        };

        ProtectResult result = await lab.Protect.RunAsync(lab.Application(("data", volume)) with { Quiescer = "hold" });

        Assert.Equal(1, heldAt[ScriptedCall.CreateSnapshot]);
        Assert.Equal(0, heldAt[ScriptedCall.OpenRead]);
        Assert.Equal(ConsistencyLevel.Application, result.Evidence.Level);
        Assert.Empty(lab.Quiescer.Held);
    }

    [Fact]
    public async Task Run_WhenTheLeaseBreaks_DoesNotClaimItsLevel()
    {
        using var lab = new EngineLab();
        VolumeId volume = lab.Platform.AddVolume("data", Length);
        lab.Platform.Faults.BeforeCall = (call, _) =>
        {
            if (call == ScriptedCall.CreateSnapshot && lab.Quiescer.Held.Length > 0)
            {
                lab.Quiescer.Break(lab.Quiescer.Held[0]);
            }

            return ValueTask.CompletedTask;
        };

        ProtectResult result = await lab.Protect.RunAsync(lab.Application(("data", volume)) with { Quiescer = "hold" });

        Assert.Equal(ConsistencyLevel.Crash, result.Evidence.Level);
        Assert.Contains("went on before", result.WhyNotMoreConsistent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_WhenNothingCanBeHeld_FailsUnlessThatIsAllowed(bool optional)
    {
        using var lab = new EngineLab();
        VolumeId volume = lab.Platform.AddVolume("data", Length);
        lab.Quiescer.QuiesceFailures = 1;
        ProtectedApplication application = lab.Application(("data", volume)) with { Quiescer = "hold" };
        application = application with { Policy = application.Policy with { QuiesceOptional = optional } };

        if (optional)
        {
            Assert.Equal(ConsistencyLevel.Crash, (await lab.Protect.RunAsync(application)).Evidence.Level);
        }
        else
        {
            Assert.Equal(WaybillErrorCode.QuiesceFailed, (await Assert.ThrowsAsync<ProviderException>(() => lab.Protect.RunAsync(application))).Code);
            Assert.Empty(await lab.Store.ListAsync().ToListAsync());
        }

        Assert.Empty(await lab.LedgerAsync());
        Assert.Empty(lab.Quiescer.Held);
    }

    [Fact]
    public async Task Plan_TellsWhatARunWouldDo_AndLeavesNothing()
    {
        using var lab = new EngineLab();
        VolumeId volume = lab.Platform.AddVolume("data", Length);
        lab.Platform.GetDisk(volume).Write(0, EngineLab.Bytes(1_000_000, 1));
        await lab.Protect.RunAsync(lab.Application(("data", volume)));
        lab.Platform.GetDisk(volume).Write(8192, EngineLab.Bytes(4096, 2));
        int before = (await lab.SnapshotsAsync()).Count;

        ProtectPlan plan = await lab.Protect.PlanAsync(lab.Application(("data", volume)));

        Assert.Equal(CopyStep.Delta, plan.Volumes[0].Step);
        Assert.Equal(4096, plan.Volumes[0].BytesToRead);
        Assert.Equal(before, (await lab.SnapshotsAsync()).Count);
        Assert.Empty(await lab.LedgerAsync());
        Assert.Equal(1, await lab.Store.ListAsync().CountAsync());
    }

    [Fact]
    public async Task Run_OfAFileTree_StoresIt()
    {
        using var lab = new EngineLab();
        VolumeId volume = lab.Platform.AddVolume("share", kind: VolumeKind.FileTree);
        lab.Platform.GetTree(volume).WriteFile("a/b.txt", "hello"u8);
        await lab.Protect.RunAsync(lab.Application(("share", volume)));
        lab.Platform.GetTree(volume).WriteFile("a/c.txt", "world"u8);

        ProtectResult result = await lab.Protect.RunAsync(lab.Application(("share", volume)));

        Assert.Equal(CopyStep.Walk, result.Volumes[0].Step);
        VolumeFacts facts = result.Manifest.FindStream(StreamKind.FileMeta, "share")!.Volume!;
        Assert.Equal((volume.ToString(), lab.Platform.Name), (facts.PlatformHandle, facts.Provider));
        Assert.Equal(ChangeKind.FileWalk, result.Manifest.FindStream(StreamKind.FileData, "share")!.Change.Kind);
    }

    private sealed class NothingChanged : RangeDelta
    {
        public override async IAsyncEnumerable<ChangedRange> ListAsync(
            long startingOffset = 0, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.CompletedTask;
            yield break;
        }
    }
}
