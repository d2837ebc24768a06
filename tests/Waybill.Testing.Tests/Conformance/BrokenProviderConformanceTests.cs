using Waybill.Providers;

namespace Waybill.Testing.Tests;

public sealed class BrokenProviderConformanceTests
{
    [Theory]
    [MemberData(nameof(Breaches))]
    public async Task RunAsync_BrokenProvider_FailsTheCheckThatNamesTheObligation(Breach breach, string check)
    {
        ScriptedProvider platform = new(PlatformFor(breach));
        BrokenProvider provider = new(platform, breach);

        ConformanceReport report = await ProviderConformance.RunAsync(provider, Kit.OptionsFor(platform));

        Assert.True(report.Failures.Any(failure => failure.Id == check), $"{check} did not fail.\n{report}");
    }

    [Theory]
    [InlineData(ChangeShape.Stream, Breach.DeltaEndsEarly, "changes.complete")]
    [InlineData(ChangeShape.Push, Breach.DeltaEndsEarly, "changes.complete")]
    [InlineData(ChangeShape.Stream, Breach.ChangesEndOnCancel, "changes.cancelled")]
    [InlineData(ChangeShape.Push, Breach.ChangesEndOnCancel, "changes.cancelled")]
    [InlineData(ChangeShape.DeltaVolume, Breach.ContentWrong, "changes.content")]
    public async Task RunAsync_BrokenDeltaOfAnotherShape_FailsTheCheckThatNamesTheObligation(ChangeShape shape, Breach breach, string check)
    {
        BrokenProvider provider = new(new ScriptedProvider(new ScriptedProviderOptions { Shape = shape }), breach);

        ConformanceReport report = await ProviderConformance.RunAsync(provider, Kit.Options);

        Assert.True(report.Failures.Any(failure => failure.Id == check), $"{check} did not fail.\n{report}");
    }

    [Fact]
    public void Breaches_NameEveryBreachAndEveryCheck()
    {
        IEnumerable<object[]> rows = Breaches();

        Assert.Equal(Enum.GetValues<Breach>(), rows.Select(row => (Breach)row[0]).Order());
        Assert.Equal(
            ProviderConformance.Obligations.Select(obligation => obligation.Id).Order(StringComparer.Ordinal),
            rows.Select(row => (string)row[1]).Distinct().Order(StringComparer.Ordinal));
    }

    public static TheoryData<Breach, string> Breaches() => new()
    {
        { Breach.FindForgets, "volumes.find" },
        { Breach.FindThrows, "volumes.find-unknown" },
        { Breach.ListsVolumesTwice, "volumes.list-once" },
        { Breach.VolumeListEndsOnCancel, "volumes.list-cancelled" },
        { Breach.CapabilitiesChange, "volumes.capabilities" },
        { Breach.OpensUnknown, "volumes.open-unknown" },
        { Breach.WriteLosesLastByte, "content.round-trip" },
        { Breach.ReadStopsShort, "content.short-read" },
        { Breach.ZeroesIgnored, "content.zeroes" },
        { Breach.ZeroedClaimed, "content.starts-zeroed" },
        { Breach.DataRangesIncomplete, "content.data-ranges" },
        { Breach.OneReadAtATime, "content.concurrent-reads" },
        { Breach.OneWriteAtATime, "content.concurrent-writes" },
        { Breach.ReadIgnoresCancel, "content.read-cancelled" },
        { Breach.FreshNotZero, "provisioning.fresh-zero" },
        { Breach.CreateNotIdempotent, "provisioning.idempotent" },
        { Breach.ConcurrentCreateMakesTwo, "provisioning.idempotent-concurrent" },
        { Breach.VolumeConflictIgnored, "provisioning.conflict" },
        { Breach.CloneEmpty, "provisioning.clone-equal" },
        { Breach.CloneShared, "provisioning.clone-independent" },
        { Breach.CloneSourceIgnored, "provisioning.source-gone" },
        { Breach.GrowLosesEnd, "provisioning.grow-keeps" },
        { Breach.GrownNotZero, "provisioning.grow-zero" },
        { Breach.VolumeDeleteIgnored, "provisioning.delete-removes" },
        { Breach.VolumeDeleteNotIdempotent, "provisioning.delete-idempotent" },
        { Breach.SnapshotIncomplete, "snapshots.complete" },
        { Breach.SnapshotFollowsVolume, "snapshots.isolated" },
        { Breach.SnapshotNotIdempotent, "snapshots.idempotent" },
        { Breach.ConcurrentSnapshotMakesTwo, "snapshots.idempotent-concurrent" },
        { Breach.SnapshotConflictIgnored, "snapshots.conflict" },
        { Breach.SnapshotFindThrows, "snapshots.find" },
        { Breach.ListForgetsSnapshot, "snapshots.list-once" },
        { Breach.SnapshotOfUnknown, "snapshots.volume-unknown" },
        { Breach.SnapshotDeleteIgnored, "snapshots.delete-removes" },
        { Breach.SnapshotDeleteNotIdempotent, "snapshots.delete-idempotent" },
        { Breach.SnapshotDeleteDamagesOthers, "snapshots.delete-leaves-others" },
        { Breach.GroupNotNamed, "groups.described" },
        { Breach.GroupNotIdempotent, "groups.idempotent" },
        { Breach.GroupNotOrdered, "groups.write-order" },
        { Breach.GroupNotRefused, "groups.refused" },
        { Breach.GroupDeleteIgnored, "groups.delete-idempotent" },
        { Breach.AllocatedMisses, "allocated.complete" },
        { Breach.AllocatedUnsorted, "allocated.ascending" },
        { Breach.AllocatedOverlaps, "allocated.disjoint" },
        { Breach.AllocatedEmpty, "allocated.non-empty" },
        { Breach.AllocatedPastEnd, "allocated.inside" },
        { Breach.AllocatedOffsetIgnored, "allocated.offset" },
        { Breach.AllocatedClippedWrongly, "allocated.resume" },
        { Breach.AllocatedListsExclude, "allocated.concurrent" },
        { Breach.AllocatedEndsOnCancel, "allocated.cancelled" },
        { Breach.AllocatedOfUnknown, "allocated.snapshot-gone" },
        { Breach.NeverKnown, "changes.available" },
        { Breach.ChangesMissed, "changes.complete" },
        { Breach.ChangesUnsorted, "changes.ascending" },
        { Breach.ChangesOverlap, "changes.disjoint" },
        { Breach.ChangesEmpty, "changes.non-empty" },
        { Breach.ChangesPastEnd, "changes.inside" },
        { Breach.ChangesOffsetIgnored, "changes.offset" },
        { Breach.ChangesClippedWrongly, "changes.resume" },
        { Breach.ChangesEndOnCancel, "changes.cancelled" },
        { Breach.DeltaEndsEarly, "changes.complete" },
        { Breach.ContentWrong, "changes.content" },
        { Breach.ZeroUntrue, "changes.zeros-true" },
        { Breach.ZeroNotReported, "changes.zeros-reported" },
        { Breach.NotExact, "changes.exact" },
        { Breach.NotInUnits, "changes.granularity" },
        { Breach.MissedWhileWriting, "changes.complete-while-writing" },
        { Breach.DiffsExclude, "changes.concurrent" },
        { Breach.TokensNotRenewed, "changes.list-again" },
        { Breach.SameSnapshotDiffers, "changes.same-snapshot" },
        { Breach.DeletedBaseIsUnchanged, "changes.base-deleted" },
        { Breach.UnknownBaseIsUnchanged, "changes.base-unknown" },
        { Breach.OtherBaseAccepted, "changes.base-of-other-volume" },
        { Breach.GoneTargetIsUnchanged, "changes.target-gone" },
        { Breach.TreeContentWrong, "trees.round-trip" },
        { Breach.TreeUnsorted, "trees.order" },
        { Breach.LinksNotGrouped, "trees.links" },
        { Breach.FileRangesIncomplete, "trees.data-ranges" },
        { Breach.OneFileAtATime, "trees.concurrent" },
        { Breach.TreeListEndsOnCancel, "trees.list-cancelled" },
        { Breach.DiscardIgnored, "trees.discard" },
        { Breach.TreeTargetOverwrites, "trees.target-empty" },
        { Breach.UnknownTreeIsEmpty, "trees.open-unknown" },
        { Breach.TreeSnapshotFollows, "trees.snapshot" },
        { Breach.ChangedFilesMissed, "files.complete" },
        { Breach.EditsMissed, "files.edits" },
        { Breach.ChangedFilesUnsorted, "files.order" },
        { Breach.ChangedFilesEndOnCancel, "files.cancelled" },
        { Breach.UnknownFileBaseIsUnchanged, "files.base-unknown" },
        { Breach.OtherFileBaseAccepted, "files.base-of-other-volume" },
        { Breach.CleanupFails, "cleanup" },
    };

    private static ScriptedProviderOptions PlatformFor(Breach breach) => breach switch
    {
        Breach.ContentWrong => new ScriptedProviderOptions { Shape = ChangeShape.MapAndRead },
        Breach.TokensNotRenewed => new ScriptedProviderOptions { Shape = ChangeShape.ListAndToken },
        Breach.DeletedBaseIsUnchanged => new ScriptedProviderOptions { BaseMustExist = true },
        Breach.GroupNotRefused => new ScriptedProviderOptions { Groups = GroupConsistency.Loose },
        _ => new ScriptedProviderOptions(),
    };
}
