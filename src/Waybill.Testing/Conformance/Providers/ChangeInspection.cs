using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>Checks the changes between two snapshots, whose contents are known.</summary>
internal static class ChangeInspection
{
    public static IReadOnlyList<Obligation> Obligations { get; } =
    [
        new("changes.complete", "Nothing that changed may be missing, and a delta MUST end without an error only if it is complete."),
        .. Ranges.Rules("changes", "Changed ranges"),
        new("changes.content", "The content delivered for a changed range MUST be that of the target."),
        new("changes.zeros-true", "What is reported as zero or deallocated MUST read as zeros."),
        new("changes.zeros-reported", "A platform that claims to report zeros MUST report what became zeros as such."),
        new("changes.exact", "A platform that claims to be exact MUST report only units that were written."),
        new("changes.granularity", "Ranges MUST be multiples of the unit that is claimed, but for the end of the volume."),
        new("changes.offset", "No changed range may end at or before the offset that the list starts from."),
        new("changes.resume", "A list that starts from any offset MUST cover what the whole list covers behind it."),
    ];

    /// <summary>Inspects a delta as a whole and, if it is a list, from every offset where lists go wrong.</summary>
    public static async Task InspectAsync(
        ProviderScope scope,
        Verdicts verdicts,
        VolumeCapabilities capabilities,
        Delta delta,
        KitSnapshot from,
        KitSnapshot target,
        bool resume,
        CancellationToken cancellationToken)
    {
        byte[] before = await scope.ReadAsync(from.Source, from.Window, cancellationToken).ConfigureAwait(false);
        byte[] after = await scope.ReadAsync(target.Source, target.Window, cancellationToken).ConfigureAwait(false);
        CollectedDelta collected;
        BlockReader reader = await scope.Provider.OpenReadAsync(target.Source, cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            collected = await DeltaCollector.CollectAsync(delta, reader, after, cancellationToken).ConfigureAwait(false);
        }

        ByteRange[] ranges = [.. collected.Changes.Select(change => change.Range)];
        Ranges.Inspect(verdicts, "changes", ranges, target.Descriptor.Length);
        verdicts.Record("changes.complete", FindMissed(before, after, Ranges.Cover(ranges, after.Length), $"From {from.Id} to {target.Id}"));
        verdicts.Record("changes.content", collected.ContentProblem);
        verdicts.Record("changes.zeros-true", collected.ZeroProblem);
        CheckClaims(verdicts, capabilities, collected, from, target);
        if (delta is not RangeDelta list)
        {
            verdicts.Skip("changes.offset", "The platform does not deliver a list.");
            verdicts.Skip("changes.resume", "The platform does not deliver a list.");
            return;
        }

        foreach (long offset in resume ? Ranges.Boundaries(ranges, target.Window) : [])
        {
            List<ChangedRange> rest = await DeltaCollector.ListAsync(list, offset, cancellationToken).ConfigureAwait(false);
            AllocatedScenario.CheckContinued(verdicts, "changes", ranges, [.. rest.Select(change => change.Range)], offset, target.Window);
        }
    }

    /// <summary>Finds the first byte that differs and that nothing covers.</summary>
    public static string? FindMissed(ReadOnlySpan<byte> before, ReadOnlySpan<byte> after, bool[] cover, string what)
    {
        for (int i = 0; i < after.Length; i++)
        {
            byte old = i < before.Length ? before[i] : (byte)0;
            if (after[i] != old && !cover[i])
            {
                return $"{what}, offset {i} changed from {old:X2} to {after[i]:X2} and is not reported.";
            }
        }

        return null;
    }

    private static void CheckClaims(Verdicts verdicts, VolumeCapabilities capabilities, CollectedDelta collected, KitSnapshot from, KitSnapshot target)
    {
        int unit = capabilities.Granularity;
        if (unit <= 0)
        {
            verdicts.Skip("changes.granularity", "Ranges may have any size.");
        }
        else
        {
            long length = target.Descriptor.Length;
            // Pieces may be cut anywhere, as streams do; what they cover together is made of units.
            var covered = new ExtentMap();
            foreach (ByteRange range in collected.Changes.Select(change => change.Range).Where(range => range.Length > 0))
            {
                covered.Set(range, ChangedRangeKind.Data);
            }

            ChangedRange? odd = covered.Runs.Cast<ChangedRange?>().FirstOrDefault(
                run => run!.Value.Range.Offset % unit != 0 || (run.Value.Range.End % unit != 0 && run.Value.Range.End != length));
            verdicts.Record("changes.granularity", odd is null ? null : $"{Ranges.Text(odd.Value.Range)} is not made of units of {unit} bytes.");
        }

        CheckExact(verdicts, capabilities, collected, from, target);
        CheckZerosReported(verdicts, capabilities, collected, from, target);
    }

    private static void CheckExact(Verdicts verdicts, VolumeCapabilities capabilities, CollectedDelta collected, KitSnapshot from, KitSnapshot target)
    {
        if (capabilities.Exactness != ChangeExactness.Exact || capabilities.Granularity <= 0)
        {
            verdicts.Skip("changes.exact", "The platform does not claim to be exact, or names no unit.");
            return;
        }

        IEnumerable<ByteRange> written = target.Model.Disk.GetChanges(from.Model, target.Model)
            .Select(change => ModelDisk.RoundOutward(change.Range, capabilities.Granularity));
        bool[] allowed = Ranges.Cover(written, target.Window);
        bool[] reported = Ranges.Cover(collected.Changes.Select(change => change.Range), target.Window);
        long excess = -1;
        // Space that is new may be reported: nothing is known of it from before.
        for (long i = 0; i < Math.Min(from.Window, target.Window) && excess < 0; i++)
        {
            excess = reported[i] && !allowed[i] ? i : -1;
        }

        verdicts.Record("changes.exact", excess < 0 ? null : $"Offset {excess} is reported and was not written.");
    }

    private static void CheckZerosReported(Verdicts verdicts, VolumeCapabilities capabilities, CollectedDelta collected, KitSnapshot from, KitSnapshot target)
    {
        if (!capabilities.ReportsZeros || capabilities.Exactness == ChangeExactness.Coarse || capabilities.Granularity > History.ZeroedLength)
        {
            verdicts.Skip("changes.zeros-reported", "The platform does not claim to report zeros, or its units are too large to tell.");
            return;
        }

        int unit = Math.Max(capabilities.Granularity, 1);
        foreach (ByteRange block in History.ZeroedIn(from, target))
        {
            // A unit that reaches out of the block may hold data beside it.
            long start = (block.Offset + unit - 1) / unit * unit;
            ByteRange zeroed = ByteRange.FromBounds(start, Math.Max(start, block.End / unit * unit));
            ChangedRange data = collected.Changes.FirstOrDefault(change => change.Kind == ChangedRangeKind.Data && !change.Range.Intersect(zeroed).IsEmpty);
            verdicts.Record("changes.zeros-reported", data.Range.IsEmpty ? null : $"{Ranges.Text(zeroed)} became zeros, and {Ranges.Text(data.Range)} is reported as data.");
        }
    }
}
