using System.Runtime.CompilerServices;
using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>What a platform says changed, over random histories.</summary>
internal static class ChangeScenario
{
    public static IReadOnlyList<Obligation> Obligations { get; } =
    [
        new("changes.available", "A platform that claims a shape MUST know the changes since the snapshot before, and since any if it claims that."),
        .. ChangeInspection.Obligations,
        new("changes.complete-while-writing", "Nothing that changed may be missing between snapshots taken while the volume is written."),
        new("changes.concurrent", "Changes MUST be allowed to be asked for and listed at the same time, and be the same."),
        new("changes.list-again", "Listing again MUST make the reader of a delta usable for what is listed."),
        new("changes.cancelled", "Changes that were cancelled MUST end in OperationCanceledException, never cleanly."),
    ];

    public static async Task RunAsync(ProviderScope scope, Verdicts verdicts, CancellationToken cancellationToken)
    {
        for (int history = 0; history < scope.Options.Histories; history++)
        {
            ProviderScope fresh = scope.Fresh(history);
            await using (fresh.ConfigureAwait(false))
            {
                KitVolume volume = await fresh.NewVolumeAsync(cancellationToken).ConfigureAwait(false);
                VolumeCapabilities capabilities = await ChangeQuestion.RequireTrackingAsync(fresh, volume, cancellationToken).ConfigureAwait(false);
                List<KitSnapshot> snapshots = await History.PlayAsync(fresh, volume, cancellationToken).ConfigureAwait(false);
                await CheckPairsAsync(fresh, verdicts, capabilities, snapshots, cancellationToken).ConfigureAwait(false);
                await CheckCallsAsync(fresh, verdicts, snapshots, cancellationToken).ConfigureAwait(false);
                if (fresh.Provisioner is not null)
                {
                    await CheckCloneAsync(fresh, verdicts, capabilities, snapshots[^1], cancellationToken).ConfigureAwait(false);
                }

                await CheckWhileWritingAsync(fresh, verdicts, volume, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static async Task CheckPairsAsync(
        ProviderScope scope, Verdicts verdicts, VolumeCapabilities capabilities, List<KitSnapshot> snapshots, CancellationToken cancellationToken)
    {
        for (int to = 1; to < snapshots.Count; to++)
        {
            for (int from = 0; from < to; from++)
            {
                bool isLatest = to == snapshots.Count - 1 && from == to - 1;
                DiffResult answer = await ChangeQuestion.AskAsync(scope, snapshots[from], snapshots[to], cancellationToken).ConfigureAwait(false);
                if (answer is DiffResult.Known known)
                {
                    verdicts.Record("changes.available");
                    await using (known.Changes.ConfigureAwait(false))
                    {
                        await ChangeInspection.InspectAsync(
                            scope, verdicts, capabilities, known.Changes, snapshots[from], snapshots[to], resume: from == to - 1, cancellationToken).ConfigureAwait(false);
                    }
                }
                else if (isLatest || capabilities.AnyBase || answer is DiffResult.Fatal)
                {
                    verdicts.Fail("changes.available", $"From {snapshots[from].Id} to {snapshots[to].Id} the answer is {answer}.");
                }
            }
        }
    }

    private static async Task CheckCloneAsync(
        ProviderScope scope, Verdicts verdicts, VolumeCapabilities capabilities, KitSnapshot origin, CancellationToken cancellationToken)
    {
        KitVolume clone = await scope.CreateAsync(
            new VolumeCreateRequest(scope.NewName(), origin.Descriptor.Length) { Source = origin.Source }, cancellationToken).ConfigureAwait(false);
        // The model starts where the clone does, so that it knows what of it is data.
        clone.Model.Write(0, origin.Model.Read(new ByteRange(0, clone.Window)));
        KitSnapshot from = await scope.SnapshotAsync(clone, cancellationToken).ConfigureAwait(false);
        await scope.WriteAsync(clone, 10_001, scope.RandomBytes(3_000), cancellationToken).ConfigureAwait(false);
        KitSnapshot target = await scope.SnapshotAsync(clone, cancellationToken).ConfigureAwait(false);
        DiffResult answer = await ChangeQuestion.AskAsync(scope, from, target, cancellationToken).ConfigureAwait(false);
        if (answer is DiffResult.Known known)
        {
            await using (known.Changes.ConfigureAwait(false))
            {
                await ChangeInspection.InspectAsync(scope, verdicts, capabilities, known.Changes, from, target, resume: false, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static async Task CheckCallsAsync(ProviderScope scope, Verdicts verdicts, List<KitSnapshot> snapshots, CancellationToken cancellationToken)
    {
        (KitSnapshot from, KitSnapshot target) = (snapshots[^2], snapshots[^1]);
        await verdicts.CheckAsync(
            "changes.concurrent",
            async () =>
            {
                byte[] content = await scope.ReadAsync(target.Source, target.Window, cancellationToken).ConfigureAwait(false);
                List<ChangedRange>[] lists = await Task.WhenAll(Enumerable.Range(0, 3).Select(async _ =>
                {
                    Delta delta = await ChangeQuestion.RequireKnownAsync(scope, from, target, cancellationToken).ConfigureAwait(false);
                    await using (delta.ConfigureAwait(false))
                    {
                        // Content is not read here: a second list may make the reader of the first one useless.
                        return delta is RangeDelta list
                            ? await DeltaCollector.ListAsync(list, 0, cancellationToken).ConfigureAwait(false)
                            : (await DeltaCollector.CollectAsync(delta, NoReader.Instance, content, cancellationToken).ConfigureAwait(false)).Changes;
                    }
                })).ConfigureAwait(false);
                Verdicts.Require(lists.All(list => list.SequenceEqual(lists[0])), "Changes that were asked for at the same time differ.");
            },
            cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync("changes.list-again", () => CheckListAgainAsync(scope, from, target, cancellationToken), cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync("changes.cancelled", () => CheckCancellationAsync(scope, from, target, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    private static async Task CheckListAgainAsync(ProviderScope scope, KitSnapshot from, KitSnapshot target, CancellationToken cancellationToken)
    {
        Delta delta = await ChangeQuestion.RequireKnownAsync(scope, from, target, cancellationToken).ConfigureAwait(false);
        await using (delta.ConfigureAwait(false))
        {
            if (delta is not RangeDelta { Reader: { } reader } list)
            {
                throw new CheckSkippedException("The delta has no reader of its own.");
            }

            byte[] content = await scope.ReadAsync(target.Source, target.Window, cancellationToken).ConfigureAwait(false);
            await DeltaCollector.ListAsync(list, 0, cancellationToken).ConfigureAwait(false);
            foreach (ChangedRange change in await DeltaCollector.ListAsync(list, 0, cancellationToken).ConfigureAwait(false))
            {
                ByteRange known = change.Range.Intersect(new ByteRange(0, content.Length));
                byte[] read = await ProviderScope.ReadAsync(reader, known, cancellationToken).ConfigureAwait(false);
                ContentComparison.RequireSame(read, content.AsSpan((int)known.Offset, (int)known.Length), $"What was read at {Ranges.Text(known)} after listing again");
            }
        }
    }

    private static async Task CheckCancellationAsync(ProviderScope scope, KitSnapshot from, KitSnapshot target, CancellationToken cancellationToken)
    {
        Delta first = await ChangeQuestion.RequireKnownAsync(scope, from, target, cancellationToken).ConfigureAwait(false);
        await using (first.ConfigureAwait(false))
        {
            if (first is PushDelta push)
            {
                using CancellationTokenSource source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                await Verdicts.ExpectCancellationAsync(() => push.PushAsync(new CancellingSink(source), source.Token)).ConfigureAwait(false);
                return;
            }
        }

        // A stream is read once: every attempt asks anew.
        await Cancellation.CheckAsync(token => DeliverAsync(scope, from, target, token, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    private static async IAsyncEnumerable<ChangedRange> DeliverAsync(
        ProviderScope scope, KitSnapshot from, KitSnapshot target, CancellationToken cancelled, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Delta delta = await ChangeQuestion.RequireKnownAsync(scope, from, target, cancellationToken).ConfigureAwait(false);
        await using (delta.ConfigureAwait(false))
        {
            await foreach (ChangedRange change in DeltaCollector.Enumerate(delta, cancelled).ConfigureAwait(false))
            {
                yield return change;
            }
        }
    }

    // No model here: what the snapshots hold is only known from reading them, and that is what is compared.
    private static async Task CheckWhileWritingAsync(ProviderScope scope, Verdicts verdicts, KitVolume volume, CancellationToken cancellationToken)
    {
        const string Id = "changes.complete-while-writing";
        List<KitSnapshot> snapshots = await WhileWriting.TakeSnapshotsAsync(scope, volume, count: 3, cancellationToken).ConfigureAwait(false);
        for (int i = 1; i < snapshots.Count; i++)
        {
            (KitSnapshot from, KitSnapshot target) = (snapshots[i - 1], snapshots[i]);
            if (await ChangeQuestion.AskAsync(scope, from, target, cancellationToken).ConfigureAwait(false) is not DiffResult.Known known)
            {
                verdicts.Skip(Id, "The changes are not known.");
                continue;
            }

            await using (known.Changes.ConfigureAwait(false))
            {
                byte[] before = await scope.ReadAsync(from.Source, from.Window, cancellationToken).ConfigureAwait(false);
                byte[] after = await scope.ReadAsync(target.Source, target.Window, cancellationToken).ConfigureAwait(false);
                List<ChangedRange> changes = known.Changes is RangeDelta list
                    ? await DeltaCollector.ListAsync(list, 0, cancellationToken).ConfigureAwait(false)
                    : (await DeltaCollector.CollectAsync(known.Changes, NoReader.Instance, after, cancellationToken).ConfigureAwait(false)).Changes;
                bool[] cover = Ranges.Cover(changes.Select(change => change.Range), after.Length);
                verdicts.Record(Id, ChangeInspection.FindMissed(before, after, cover, $"From {from.Id} to {target.Id}"));
            }
        }
    }
}
