using System.Collections.Immutable;
using Waybill.Providers;

namespace Waybill.Engine;

/// <summary>Takes the snapshots of a run, held still and together as far as that can be had, each announced in the ledger first.</summary>
internal sealed class SnapshotTaker(EngineContext context, RunLedger ledger, ProtectedApplication application, IProgress<EngineProgress>? progress)
{
    private string _prefix = "";
    private string _whyLess = "";

    /// <summary>Takes them, and writes down how consistent they are.</summary>
    public async Task<ImmutableArray<RunVolume>> TakeAsync(ImmutableArray<RunVolume> volumes, CancellationToken cancellationToken)
    {
        _prefix = $"waybill-{ledger.Run.Id}";
        ProtectPolicy policy = application.Policy;
        QuiesceLease? lease = await QuiesceAsync(cancellationToken).ConfigureAwait(false);
        LedgerEntry? leaseEntry = lease is null ? null : ledger.Run.Entries.Last(e => e.Kind == LedgerKind.Lease);
        QuiesceOutcome? outcome = null;
        bool together;
        try
        {
            progress?.Report(new EngineProgress(EnginePhase.Snapshotting));
            (volumes, together) = await SnapshotAsync(volumes, lease is not null, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (lease is not null)
            {
                // Whatever happened, the application goes on now.
                outcome = await ThawAsync(lease, leaseEntry!).ConfigureAwait(false);
            }
        }

        EvidenceRecord evidence = Judge(lease?.Level ?? ConsistencyLevel.Unknown, outcome, together, volumes);
        if (evidence.Level < policy.MinimumConsistency || (policy.RequireWriteOrder && !evidence.WriteOrder))
        {
            string wanted = policy.RequireWriteOrder && !evidence.WriteOrder ? "the order of writes across volumes" : $"the level {policy.MinimumConsistency}";
            throw new WaybillException(WaybillErrorCode.ConsistencyTooLow, $"The snapshots do not have {wanted}: {evidence.Reason}")
            {
                ObjectName = application.Name,
                Hint = "Mend what is named, or lower the policy.",
            };
        }

        await ledger.RecordEvidenceAsync(evidence).ConfigureAwait(false);
        return volumes;
    }

    private async Task<QuiesceLease?> QuiesceAsync(CancellationToken cancellationToken)
    {
        if (application.Quiescer.Length == 0)
        {
            _whyLess = "nothing holds the application still";
            return null;
        }

        progress?.Report(new EngineProgress(EnginePhase.Quiescing));
        IQuiescer quiescer = context.GetQuiescer(application.Quiescer);
        LedgerEntry entry = await ledger.IntendAsync(LedgerKind.Lease, application.Quiescer, _prefix, default, cancellationToken).ConfigureAwait(false);
        try
        {
            QuiesceLease lease = await quiescer.QuiesceAsync(new QuiesceRequest(_prefix, application.Policy.QuiesceDeadline), cancellationToken).ConfigureAwait(false);
            await ledger.CreatedAsync(entry, _prefix).ConfigureAwait(false);
            return lease;
        }
        catch (ProviderException e) when (e.Code == WaybillErrorCode.QuiesceFailed)
        {
            // The contract: nothing is held then.
            await ledger.ReleasedAsync(entry).ConfigureAwait(false);
            if (!application.Policy.QuiesceOptional)
            {
                throw;
            }

            _whyLess = e.Message;
            return null;
        }
    }

    private async Task<QuiesceOutcome?> ThawAsync(QuiesceLease lease, LedgerEntry entry)
    {
        await using (lease.ConfigureAwait(false))
        {
            try
            {
                QuiesceOutcome outcome = await lease.ThawAsync(CancellationToken.None).ConfigureAwait(false);
                await ledger.ReleasedAsync(entry).ConfigureAwait(false);
                return outcome;
            }
            catch (ProviderException e)
            {
                // The snapshots are what they are; the lease stays in the ledger, and the watchdog's deadline runs.
                _whyLess = $"the application could not be let go on: {e.Message}";
                return null;
            }
        }
    }

    private async Task<(ImmutableArray<RunVolume> Volumes, bool Together)> SnapshotAsync(
        ImmutableArray<RunVolume> volumes, bool held, CancellationToken cancellationToken)
    {
        ImmutableArray<RunVolume> able = [.. volumes.Where(v => v.Capabilities.Snapshots && v.Provider is ISnapshotProvider)];
        bool onePlatform = able.Length == volumes.Length && able.Select(v => v.Request.Provider).Distinct().Count() == 1;
        if (volumes.Length > 1 && onePlatform && able[0].Provider is IGroupSnapshotProvider groups && able.All(v => v.Capabilities.Groups == GroupConsistency.WriteOrder))
        {
            if (await TryGroupAsync(groups, able, held, cancellationToken).ConfigureAwait(false) is { } grouped)
            {
                return (grouped, true);
            }
        }
        else if (volumes.Length > 1 && !held)
        {
            _whyLess = Join(_whyLess, "the platform takes no snapshots of several volumes in the order of writes");
        }

        RunVolume[] result = [.. volumes];
        for (int i = 0; i < result.Length; i++)
        {
            if (able.Contains(result[i]))
            {
                result[i] = await SnapshotAsync(result[i], i, cancellationToken).ConfigureAwait(false);
            }
        }

        bool all = result.All(v => v.Snapshot is not null);
        if (!all)
        {
            string live = string.Join(", ", result.Where(v => v.Snapshot is null).Select(v => v.Name));
            _whyLess = Join(_whyLess, $"there are no snapshots of {live}, so the volume itself is read");
        }

        return ([.. result], all && (held || result.Length == 1));
    }

    private async Task<ImmutableArray<RunVolume>?> TryGroupAsync(
        IGroupSnapshotProvider groups, ImmutableArray<RunVolume> volumes, bool held, CancellationToken cancellationToken)
    {
        string name = $"{_prefix}-group";
        LedgerEntry entry = await ledger.IntendAsync(LedgerKind.Group, volumes[0].Request.Provider, name, default, cancellationToken).ConfigureAwait(false);
        try
        {
            ImmutableArray<SnapshotDescriptor> snapshots = await groups.CreateGroupAsync([.. volumes.Select(v => v.Descriptor.Id)], name, cancellationToken).ConfigureAwait(false);
            await ledger.CreatedAsync(entry, name).ConfigureAwait(false);
            return [.. volumes.Select((v, i) => v with { Snapshot = snapshots[i] })];
        }
        catch (ProviderException e) when (e.Code == WaybillErrorCode.GroupRefused)
        {
            // The contract: nothing exists then.
            await ledger.ReleasedAsync(entry).ConfigureAwait(false);
            _whyLess = held ? _whyLess : Join(_whyLess, e.Message);
            return null;
        }
    }

    private async Task<RunVolume> SnapshotAsync(RunVolume volume, int index, CancellationToken cancellationToken)
    {
        string name = $"{_prefix}-{index}";
        LedgerEntry entry = await ledger.IntendAsync(LedgerKind.Snapshot, volume.Request.Provider, name, volume.Descriptor.Id, cancellationToken).ConfigureAwait(false);
        SnapshotDescriptor snapshot = await ((ISnapshotProvider)volume.Provider).CreateSnapshotAsync(volume.Descriptor.Id, name, cancellationToken).ConfigureAwait(false);
        await ledger.CreatedAsync(entry, snapshot.Id.ToString()).ConfigureAwait(false);
        return volume with { Snapshot = snapshot };
    }

    /// <summary>Says what the snapshots are worth. A lease that was broken is worth nothing.</summary>
    private EvidenceRecord Judge(ConsistencyLevel held, QuiesceOutcome? outcome, bool together, ImmutableArray<RunVolume> volumes)
    {
        bool lost = held != ConsistencyLevel.Unknown && outcome is null or { Broken: true };
        if (outcome is { Broken: true })
        {
            _whyLess = Join(_whyLess, "the application went on before all snapshots were taken");
        }

        bool snapped = volumes.All(v => v.Snapshot is not null);
        bool groupKept = volumes.Length <= 1 || volumes.All(v => v.Snapshot is { Group.Length: > 0 });
        bool writeOrder = snapped && (lost ? groupKept : together);
        ConsistencyLevel level = !snapped ? ConsistencyLevel.None
            : held != ConsistencyLevel.Unknown && !lost ? held
            : ConsistencyLevel.Crash;
        IEnumerable<Timestamp> times = volumes.Where(v => v.Snapshot is not null).Select(v => v.Snapshot!.Created);
        return new EvidenceRecord(level, writeOrder, Mechanism(held, lost, groupKept && snapped && volumes.Length > 1), _whyLess)
        {
            Earliest = EvidenceRecord.ToTicks(!lost && outcome is not null ? outcome.HeldSince : times.Any() ? times.Min() : context.Now),
            Latest = EvidenceRecord.ToTicks(!lost && outcome is not null ? outcome.HeldUntil : times.Any() ? times.Max() : context.Now),
            Hooks = [.. (outcome?.Hooks ?? []).Select(h => new HookRecord(h.Name, h.ExitCode, EvidenceRecord.ToTicks(h.Started), EvidenceRecord.ToTicks(h.Finished)))],
        };
    }

    private string Mechanism(ConsistencyLevel held, bool lost, bool grouped)
    {
        string snapshots = grouped ? "group snapshot" : "snapshots";
        return held == ConsistencyLevel.Unknown ? snapshots : lost ? $"{snapshots}; lease of {application.Quiescer} lost" : $"{application.Quiescer}, {snapshots}";
    }

    private static string Join(string first, string second) => first.Length == 0 ? second : $"{first}; {second}";
}
