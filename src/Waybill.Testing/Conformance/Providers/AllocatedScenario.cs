using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>Lists of what of a snapshot is in use.</summary>
internal static class AllocatedScenario
{
    public static IReadOnlyList<Obligation> Obligations { get; } =
    [
        new("allocated.complete", "What no allocated range covers MUST read as zeros."),
        .. Ranges.Rules("allocated", "Allocated ranges"),
        new("allocated.offset", "No allocated range may end at or before the offset that the list starts from."),
        new("allocated.resume", "A list that starts from any offset MUST cover what the whole list covers behind it."),
        new("allocated.concurrent", "Lists MUST be allowed to run at the same time, and say the same."),
        new("allocated.cancelled", "A list of allocated ranges that was cancelled MUST NOT end cleanly."),
        new("allocated.snapshot-gone", "A list of a snapshot that does not exist MUST fail with SnapshotNotFound."),
    ];

    public static async Task RunAsync(ProviderScope scope, Verdicts verdicts, CancellationToken cancellationToken)
    {
        IChangeSource source = scope.Changes;
        for (int history = 0; history < scope.Options.Histories; history++)
        {
            ProviderScope fresh = scope.Fresh(history);
            await using (fresh.ConfigureAwait(false))
            {
                KitVolume volume = await fresh.NewVolumeAsync(cancellationToken).ConfigureAwait(false);
                if (!(await fresh.CapabilitiesAsync(volume, cancellationToken).ConfigureAwait(false)).ReportsAllocated)
                {
                    throw new CheckSkippedException("The volume does not claim to say what is in use.");
                }

                List<KitSnapshot> snapshots = await History.PlayAsync(fresh, volume, cancellationToken).ConfigureAwait(false);
                foreach (KitSnapshot snapshot in snapshots)
                {
                    await CheckAsync(fresh, verdicts, snapshot, cancellationToken).ConfigureAwait(false);
                }

                await CheckCallsAsync(source, verdicts, snapshots[^1], cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static async Task CheckAsync(ProviderScope scope, Verdicts verdicts, KitSnapshot snapshot, CancellationToken cancellationToken)
    {
        List<ByteRange> whole = await ListAsync(scope.Changes, snapshot, 0, cancellationToken).ConfigureAwait(false);
        Ranges.Inspect(verdicts, "allocated", whole, snapshot.Descriptor.Length);
        byte[] content = await scope.ReadAsync(snapshot.Source, snapshot.Window, cancellationToken).ConfigureAwait(false);
        verdicts.Record("allocated.complete", ContentComparison.FindUncovered(content, Ranges.Cover(whole, content.Length), $"The list of {snapshot.Id}"));
        foreach (long offset in Ranges.Boundaries(whole, snapshot.Window))
        {
            List<ByteRange> rest = await ListAsync(scope.Changes, snapshot, offset, cancellationToken).ConfigureAwait(false);
            CheckContinued(verdicts, "allocated", whole, rest, offset, snapshot.Window);
        }
    }

    /// <summary>Checks a list that starts from an offset against the whole.</summary>
    public static void CheckContinued(Verdicts verdicts, string prefix, IEnumerable<ByteRange> whole, IReadOnlyList<ByteRange> rest, long offset, long length)
    {
        ByteRange[] early = [.. rest.Where(range => range.End <= offset)];
        verdicts.Record($"{prefix}.offset", early.Length > 0 ? $"Started from {offset}, {Ranges.Text(early[0])} is listed." : null);
        long difference = Ranges.FirstDifference(whole, rest, offset, length);
        verdicts.Record($"{prefix}.resume", difference < 0 ? null : $"Started from {offset}, the list covers offset {difference} otherwise than the whole list.");
    }

    private static async Task CheckCallsAsync(IChangeSource source, Verdicts verdicts, KitSnapshot snapshot, CancellationToken cancellationToken)
    {
        await verdicts.CheckAsync(
            "allocated.concurrent",
            async () =>
            {
                List<ByteRange>[] lists = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ListAsync(source, snapshot, 0, cancellationToken))).ConfigureAwait(false);
                Verdicts.Require(lists.All(list => list.SequenceEqual(lists[0])), "Lists that ran at the same time differ.");
            },
            cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync(
            "allocated.cancelled",
            () => Cancellation.CheckAsync(token => source.GetAllocatedAsync(snapshot.Volume.Id, snapshot.Id, 0, token), cancellationToken),
            cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync(
            "allocated.snapshot-gone",
            () => Verdicts.ExpectAsync(
                WaybillErrorCode.SnapshotNotFound,
                async () =>
                {
                    SnapshotId unknown = new($"{snapshot.Descriptor.Name}-unknown");
                    await foreach (ByteRange unused in source.GetAllocatedAsync(snapshot.Volume.Id, unknown, 0, cancellationToken).ConfigureAwait(false))
                    {
                        break;
                    }
                }),
            cancellationToken).ConfigureAwait(false);
    }

    private static async Task<List<ByteRange>> ListAsync(IChangeSource source, KitSnapshot snapshot, long offset, CancellationToken cancellationToken)
    {
        List<ByteRange> ranges = [];
        await foreach (ByteRange range in source.GetAllocatedAsync(snapshot.Volume.Id, snapshot.Id, offset, cancellationToken).ConfigureAwait(false))
        {
            ranges.Add(range);
        }

        return ranges;
    }
}
