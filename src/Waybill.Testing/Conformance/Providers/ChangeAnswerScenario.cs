using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>What a platform answers when the question what changed is unusual.</summary>
internal static class ChangeAnswerScenario
{
    public static IReadOnlyList<Obligation> Obligations { get; } =
    [
        new("changes.same-snapshot", "From a snapshot to itself nothing changed."),
        new("changes.base-deleted", "After the base was removed, changes MUST be complete or said not to be known; known if the base need not exist."),
        new("changes.base-unknown", "A base that the platform does not know MUST be answered, and never with changes."),
        new("changes.base-of-other-volume", "A base of another volume MUST be answered with Fatal."),
        new("changes.target-gone", "A target that is gone MUST be reported as SnapshotNotFound."),
    ];

    public static async Task RunAsync(ProviderScope scope, Verdicts verdicts, CancellationToken cancellationToken)
    {
        KitVolume volume = await scope.NewVolumeAsync(cancellationToken).ConfigureAwait(false);
        VolumeCapabilities capabilities = await ChangeQuestion.RequireTrackingAsync(scope, volume, cancellationToken).ConfigureAwait(false);
        await scope.WriteAsync(volume, 0, scope.RandomBytes(300_000), cancellationToken).ConfigureAwait(false);
        KitSnapshot from = await scope.SnapshotAsync(volume, cancellationToken).ConfigureAwait(false);
        await scope.WriteAsync(volume, 100_001, scope.RandomBytes(50_000), cancellationToken).ConfigureAwait(false);
        KitSnapshot target = await scope.SnapshotAsync(volume, cancellationToken).ConfigureAwait(false);

        await verdicts.CheckAsync(
            "changes.same-snapshot",
            async () =>
            {
                CollectedDelta? changes = await CollectAsync(scope, target, target, cancellationToken).ConfigureAwait(false);
                Verdicts.Require(changes is null || changes.Changes.Count == 0, $"{changes?.Changes.Count} ranges are reported.");
            },
            cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync(
            "changes.base-unknown",
            async () =>
            {
                DiffResult answer = await scope.Changes.DiffAsync(volume.Id, new ChangeId(scope.NewName()), target.Id, cancellationToken).ConfigureAwait(false);
                Verdicts.Require(answer is not DiffResult.Known, "Changes are reported since a base that nobody made.");
            },
            cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync("changes.base-of-other-volume", () => CheckOtherVolumeAsync(scope, target, cancellationToken), cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync("changes.base-deleted", () => CheckBaseDeletedAsync(scope, capabilities, from, target, cancellationToken), cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync(
            "changes.target-gone",
            async () =>
            {
                KitSnapshot last = await scope.SnapshotAsync(volume, cancellationToken).ConfigureAwait(false);
                await scope.Snapshots.DeleteSnapshotAsync(last.Id, cancellationToken).ConfigureAwait(false);
                await Verdicts.ExpectAsync(WaybillErrorCode.SnapshotNotFound, () => ChangeQuestion.AskAsync(scope, target, last, cancellationToken)).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    private static async Task CheckOtherVolumeAsync(ProviderScope scope, KitSnapshot target, CancellationToken cancellationToken)
    {
        KitVolume other = await scope.NewVolumeAsync(cancellationToken).ConfigureAwait(false);
        KitSnapshot foreign = await scope.SnapshotAsync(other, cancellationToken).ConfigureAwait(false);
        DiffResult answer = await ChangeQuestion.AskAsync(scope, foreign, target, cancellationToken).ConfigureAwait(false);
        Verdicts.Require(answer is DiffResult.Fatal, $"The answer is {answer}.");
    }

    private static async Task CheckBaseDeletedAsync(
        ProviderScope scope, VolumeCapabilities capabilities, KitSnapshot from, KitSnapshot target, CancellationToken cancellationToken)
    {
        byte[] before = await scope.ReadAsync(from.Source, from.Window, cancellationToken).ConfigureAwait(false);
        byte[] after = await scope.ReadAsync(target.Source, target.Window, cancellationToken).ConfigureAwait(false);
        await scope.Snapshots.DeleteSnapshotAsync(from.Id, cancellationToken).ConfigureAwait(false);
        CollectedDelta? changes = await CollectAsync(scope, from, target, cancellationToken).ConfigureAwait(false);
        Verdicts.Require(changes is not null || capabilities.BaseMustExist, "The changes are not known although the base need not exist.");
        if (changes is not null)
        {
            bool[] cover = Ranges.Cover(changes.Changes.Select(change => change.Range), after.Length);
            string? missed = ChangeInspection.FindMissed(before, after, cover, $"From {from.Id}, which was removed, to {target.Id}");
            Verdicts.Require(missed is null, missed ?? "");
        }
    }

    private static async Task<CollectedDelta?> CollectAsync(ProviderScope scope, KitSnapshot from, KitSnapshot target, CancellationToken cancellationToken)
    {
        DiffResult answer = await ChangeQuestion.AskAsync(scope, from, target, cancellationToken).ConfigureAwait(false);
        Verdicts.Require(answer is not DiffResult.Fatal, $"The answer is {answer}.");
        if (answer is not DiffResult.Known known)
        {
            return null;
        }

        await using (known.Changes.ConfigureAwait(false))
        {
            byte[] content = await scope.ReadAsync(target.Source, target.Window, cancellationToken).ConfigureAwait(false);
            BlockReader reader = await scope.Provider.OpenReadAsync(target.Source, cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                return await DeltaCollector.CollectAsync(known.Changes, reader, content, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
