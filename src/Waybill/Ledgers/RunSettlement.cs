using Waybill.Providers;
using Waybill.Storage;

namespace Waybill.Engine;

/// <summary>Removes, thaws or hands back what one run made outside. The newest goes first, but an application goes on before anything else.</summary>
internal sealed class RunSettlement(EngineContext context, RunLedger ledger)
{
    /// <summary>Settles a run whose process is gone.</summary>
    public async Task<SweepReport> SettleAsync(SweepReport report, CancellationToken cancellationToken)
    {
        report = await ThawAsync(report, cancellationToken).ConfigureAwait(false);
        bool committed = ledger.Run.Purpose == LedgerPurpose.Protect && await IsCommittedAsync(cancellationToken).ConfigureAwait(false);
        return committed
            ? await CompleteAsync(report, cancellationToken).ConfigureAwait(false)
            : await ReleaseAllAsync(report, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Hands the snapshots of a run whose bundle is committed to the point, and removes those that the point before it was kept with.</summary>
    public async Task<SweepReport> CompleteAsync(SweepReport report, CancellationToken cancellationToken)
    {
        if (ledger.Run.Prepared is { } prepared)
        {
            ApplicationRecord before = await ApplicationRecords.ReadAsync(context, ledger.Run.Application, cancellationToken).ConfigureAwait(false);
            if (before.BundleName != prepared.BundleName)
            {
                // Announced before the record that names them is replaced, or nobody would know of them after a crash in between.
                await AnnounceRetiredAsync(before, prepared, cancellationToken).ConfigureAwait(false);
                await ApplicationRecords.WriteAsync(context, ledger.Run.Application, prepared, cancellationToken).ConfigureAwait(false);
            }

            foreach (LedgerEntry entry in ledger.Run.Entries.Where(e => e.IsOpen && prepared.Holds(e)).ToList())
            {
                report = report with { Kept = report.Kept.Add(await ledger.KeptAsync(entry).ConfigureAwait(false)) };
            }
        }

        return await ReleaseAllAsync(report, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Releases everything that is open, and removes the ledger if that succeeds.</summary>
    public async Task<SweepReport> ReleaseAllAsync(SweepReport report, CancellationToken cancellationToken)
    {
        report = await ReleaseAsync(report, _ => true, cancellationToken).ConfigureAwait(false);
        ledger.TryEnd();
        return report;
    }

    /// <summary>Lets the application go on.</summary>
    public Task<SweepReport> ThawAsync(SweepReport report, CancellationToken cancellationToken) =>
        ReleaseAsync(report, e => e.Kind == LedgerKind.Lease, cancellationToken);

    /// <summary>Releases open entries; what fails stays open and is reported.</summary>
    public async Task<SweepReport> ReleaseAsync(SweepReport report, Func<LedgerEntry, bool> which, CancellationToken cancellationToken)
    {
        foreach (LedgerEntry entry in ledger.Run.Entries.Reverse().Where(e => e.IsOpen && which(e)).ToList())
        {
            try
            {
                await ReleaseAsync(entry, cancellationToken).ConfigureAwait(false);
                report = report with { Released = report.Released.Add(await ledger.ReleasedAsync(entry).ConfigureAwait(false)) };
            }
            catch (WaybillException e)
            {
                report = report with { Problems = report.Problems.Add(e) };
            }
        }

        return report;
    }

    private async Task ReleaseAsync(LedgerEntry entry, CancellationToken cancellationToken)
    {
        switch (entry.Kind)
        {
            case LedgerKind.Lease:
                await context.GetQuiescer(entry.Provider).ReleaseAsync(entry.Name, cancellationToken).ConfigureAwait(false);
                break;
            case LedgerKind.Upload:
                await context.Store.DiscardUnfinishedAsync(entry.Name, cancellationToken).ConfigureAwait(false);
                break;
            case LedgerKind.Group when context.GetProvider(entry.Provider) is IGroupSnapshotProvider groups:
                await groups.DeleteGroupAsync(entry.Name, cancellationToken).ConfigureAwait(false);
                break;
            case LedgerKind.Snapshot when context.GetProvider(entry.Provider) is ISnapshotProvider snapshots:
                if (await FindSnapshotAsync(snapshots, entry, cancellationToken).ConfigureAwait(false) is { } snapshot)
                {
                    await snapshots.DeleteSnapshotAsync(snapshot, cancellationToken).ConfigureAwait(false);
                }

                break;
            case LedgerKind.Volume when context.GetProvider(entry.Provider) is IVolumeProvisioner provisioner:
                if (await FindVolumeAsync(entry, cancellationToken).ConfigureAwait(false) is { } volume)
                {
                    await provisioner.DeleteVolumeAsync(volume, cancellationToken).ConfigureAwait(false);
                }

                break;
            default:
                throw new WaybillException(WaybillErrorCode.ProviderUnsupported, $"The provider '{entry.Provider}' cannot remove what it made as '{entry.Name}'")
                {
                    ObjectName = entry.Name,
                    Hint = "It has this name in the configuration now, but is another platform.",
                };
        }
    }

    /// <summary>Finds a snapshot whose making was announced: the call may have been killed before it told the id.</summary>
    private static async Task<SnapshotId?> FindSnapshotAsync(ISnapshotProvider snapshots, LedgerEntry entry, CancellationToken cancellationToken)
    {
        if (entry.Id.Length > 0)
        {
            return new SnapshotId(entry.Id);
        }

        await foreach (SnapshotDescriptor snapshot in snapshots.ListSnapshotsAsync(entry.Volume.IsDefault ? null : entry.Volume, cancellationToken).ConfigureAwait(false))
        {
            if (snapshot.Name == entry.Name)
            {
                return snapshot.Id;
            }
        }

        return null;
    }

    private async Task<VolumeId?> FindVolumeAsync(LedgerEntry entry, CancellationToken cancellationToken)
    {
        if (entry.Id.Length > 0)
        {
            return new VolumeId(entry.Id);
        }

        await foreach (VolumeDescriptor volume in context.GetProvider(entry.Provider).ListVolumesAsync(cancellationToken).ConfigureAwait(false))
        {
            if (volume.Name == entry.Name)
            {
                return volume.Id;
            }
        }

        return null;
    }

    private async Task<bool> IsCommittedAsync(CancellationToken cancellationToken)
    {
        await foreach (StoredBundle bundle in context.Store.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            if (bundle.Name == ledger.Run.BundleName)
            {
                return true;
            }
        }

        return false;
    }

    private async Task AnnounceRetiredAsync(ApplicationRecord before, ApplicationRecord prepared, CancellationToken cancellationToken)
    {
        IEnumerable<(LedgerKind Kind, string Provider, string Name, string Volume)> retired = before.Bases
            .Where(b => b.Snapshot.Length > 0 && !prepared.Bases.Any(k => k.Provider == b.Provider && (k.Snapshot == b.Snapshot || (b.Group.Length > 0 && k.Group == b.Group))))
            .Select(b => b.Group.Length > 0 ? (LedgerKind.Group, b.Provider, b.Group, "") : (LedgerKind.Snapshot, b.Provider, b.Snapshot, b.Volume))
            .Distinct();
        foreach ((LedgerKind kind, string provider, string name, string volume) in retired)
        {
            if (!ledger.Run.Entries.Any(e => e.IsOpen && e.Kind == kind && e.Provider == provider && (e.Id == name || e.Name == name)))
            {
                VolumeId id = VolumeId.TryParse(volume, null, out VolumeId parsed) ? parsed : default;
                LedgerEntry entry = await ledger.IntendAsync(kind, provider, name, id, cancellationToken).ConfigureAwait(false);
                await ledger.CreatedAsync(entry, name).ConfigureAwait(false);
            }
        }
    }
}
