using Waybill.Bundles;
using Waybill.Providers;

namespace Waybill.Engine;

/// <summary>Goes down the ladder for one volume: the platform's changes, what it has allocated, comparing, everything. Says why at each step.</summary>
internal sealed class ChangePlanner(EngineContext context, ProtectedApplication application, ParentPoint parent, ApplicationRecord record)
{
    private readonly List<string> _reasons = [];

    public async Task<VolumeCopyPlan> PlanAsync(RunVolume volume, CancellationToken cancellationToken)
    {
        _reasons.Clear();
        if (volume.IsTree)
        {
            return new VolumeCopyPlan(volume, Plan(volume, CopyStep.Walk, 0, isFull: parent.Find(StreamKind.FileMeta, volume.Name) is null));
        }

        StreamInfo? origin = parent.Find(StreamKind.BlockVolume, volume.Name);
        bool isFull = origin is null || volume.Request.Changes == ChangePolicy.Full;
        if (isFull)
        {
            _reasons.Add(volume.Request.Changes == ChangePolicy.Full ? "the volume's policy is to store everything"
                : parent.Chain is null ? parent.WhyNone
                : "the parent has no such volume");
        }
        else if (await TryDeltaAsync(volume, origin!, cancellationToken).ConfigureAwait(false) is { } delta)
        {
            return delta;
        }

        if (await TryAllocatedAsync(volume, isFull, cancellationToken).ConfigureAwait(false) is { } allocated)
        {
            return allocated;
        }

        return new VolumeCopyPlan(volume, Plan(volume, isFull ? CopyStep.Full : CopyStep.Compare, Length(volume), isFull));
    }

    private static long Length(RunVolume volume) => volume.Snapshot?.Length ?? volume.Descriptor.Length;

    private VolumePlan Plan(RunVolume volume, CopyStep step, long bytes, bool isFull) =>
        new(volume.Name, step, bytes, Length(volume)) { Reasons = [.. _reasons], IsFull = isFull };

    private async Task<VolumeCopyPlan?> TryDeltaAsync(RunVolume volume, StreamInfo origin, CancellationToken cancellationToken)
    {
        BaseRecord? known = record.Bases.FirstOrDefault(b => b.Stream == volume.Name);
        if (WhyNoDelta(volume, origin, known) is { } reason)
        {
            _reasons.Add(reason);
            return null;
        }

        var changes = (IChangeSource)volume.Provider;
        DiffResult? result = await AskAsync(changes, volume, new ChangeId(known!.ChangeId), cancellationToken).ConfigureAwait(false);
        if (result is not DiffResult.Known { Changes: var delta })
        {
            return null;
        }

        try
        {
            RangeCollector? ranges = delta is RangeDelta list ? await CollectAsync(list, volume, cancellationToken).ConfigureAwait(false) : null;
            var plan = new VolumeCopyPlan(volume, Plan(volume, CopyStep.Delta, ranges?.Bytes ?? 0, isFull: false)) { Delta = delta, Ranges = ranges, Base = known.ChangeId };
            delta = null;
            return plan;
        }
        finally
        {
            if (delta is not null)
            {
                await delta.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private string? WhyNoDelta(RunVolume volume, StreamInfo origin, BaseRecord? known)
    {
        long created = EvidenceRecord.ToTicks(volume.Descriptor.Created);
        return volume.Request.Changes == ChangePolicy.Compare ? "the volume's policy is to compare"
            : volume.Snapshot is null ? "there is no snapshot to ask about"
            : volume.Provider is not IChangeSource || volume.Capabilities.Shape == ChangeShape.None ? "the platform does not say what changed"
            : known is null || known.ChangeId.Length == 0 ? "it is not recorded what changes could be computed from"
            : record.BundleId != parent.Chain!.Manifest.Id ? "what is recorded as the base belongs to another point than the parent"
            : known.Provider != volume.Request.Provider || known.Volume != volume.Descriptor.Id.ToString() ? "the parent's volume was another one"
            : known.VolumeCreated != created ? "the volume was made anew since the parent"
            : origin.VirtualLength != Length(volume) ? $"the volume had {origin.VirtualLength} bytes in the parent and has {Length(volume)} now"
            : parent.TrustedPoints(volume.Name) >= application.Policy.CompareEvery && application.Policy.CompareEvery > 0
                ? $"every {application.Policy.CompareEvery} points everything is compared"
            : null;
    }

    private async Task<DiffResult?> AskAsync(IChangeSource changes, RunVolume volume, ChangeId baseId, CancellationToken cancellationToken)
    {
        TimeSpan waited = TimeSpan.Zero;
        while (true)
        {
            DiffResult result = await changes.DiffAsync(volume.Descriptor.Id, baseId, volume.Snapshot!.Id, cancellationToken).ConfigureAwait(false);
            switch (result)
            {
                case DiffResult.Known:
                    return result;
                case DiffResult.UseAllocated { Reason: var reason }:
                    _reasons.Add(reason);
                    return null;
                case DiffResult.UseFull { Reason: var reason }:
                    _reasons.Add(reason);
                    return null;
                case DiffResult.RetryLater { After: var after, Reason: var reason }:
                    if (waited + after > application.Policy.RetryLimit || after <= TimeSpan.Zero)
                    {
                        _reasons.Add($"the platform was not ready in time: {reason}");
                        return null;
                    }

                    waited += after;
                    await Task.Delay(after, context.TimeProvider, cancellationToken).ConfigureAwait(false);
                    break;
                case DiffResult.Fatal { Reason: var reason }:
                    throw new ProviderException(WaybillErrorCode.ChangeTrackingLost, volume.Request.Provider, $"The platform refuses to say what changed in '{volume.Name}': {reason}")
                    {
                        ObjectName = volume.Name,
                        Hint = "Look why. If all is well, make a full point ('--full') to begin again.",
                    };
            }
        }
    }

    private async Task<VolumeCopyPlan?> TryAllocatedAsync(RunVolume volume, bool isFull, CancellationToken cancellationToken)
    {
        if (volume.Provider is not IChangeSource changes || !volume.Capabilities.ReportsAllocated || volume.Snapshot is not { } snapshot)
        {
            _reasons.Add("the platform does not say what is allocated");
            return null;
        }

        var collector = new RangeCollector();
        long end = 0;
        await foreach (ByteRange range in changes.GetAllocatedAsync(volume.Descriptor.Id, snapshot.Id, 0, cancellationToken).ConfigureAwait(false))
        {
            if (range.Length <= 0 || range.Offset < end || range.Offset > Length(volume) - range.Length)
            {
                throw new ProviderException(WaybillErrorCode.DeltaInvalid, volume.Request.Provider, $"The platform lists what '{volume.Name}' has allocated in a way that is not ascending, disjoint and inside it")
                {
                    ObjectName = volume.Name,
                    Offset = range.Offset,
                    Hint = "Check the provider with 'waybill provider verify'.",
                };
            }

            end = range.End;
            collector.Add(range);
        }

        // A list that ended because the call was cancelled would turn data into zeros.
        cancellationToken.ThrowIfCancellationRequested();
        return new VolumeCopyPlan(volume, Plan(volume, CopyStep.Allocated, collector.Bytes, isFull)) { Ranges = collector };
    }

    private static async Task<RangeCollector> CollectAsync(RangeDelta delta, RunVolume volume, CancellationToken cancellationToken)
    {
        var collector = new RangeCollector();
        await foreach (ChangedRange range in ChangeReader.ListAsync(delta, 0, Length(volume), volume.Name, cancellationToken).ConfigureAwait(false))
        {
            collector.Add(range.Range);
        }

        return collector;
    }
}
