using System.Collections.Immutable;
using Waybill.Providers;

namespace Waybill.Engine;

/// <summary>A run of an application whose process is gone or that was cancelled, and that can go on: its snapshots are all there.</summary>
internal sealed class InterruptedRun
{
    private InterruptedRun(RunLedger ledger, ImmutableArray<RunVolume> volumes)
    {
        Ledger = ledger;
        Volumes = volumes;
    }

    public RunLedger Ledger { get; }

    public ImmutableArray<RunVolume> Volumes { get; }

    public BundleId Parent => Ledger.Run.Parent;

    /// <summary>Finds the newest one that can go on, and settles all others of the application.</summary>
    /// <param name="context">What the engine works with.</param>
    /// <param name="application">The application.</param>
    /// <param name="request">How the new point is made.</param>
    /// <param name="problems">Receives what could not be settled or read. A ledger nobody can read, whosever it is, must not keep all applications from being protected.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    public static async Task<InterruptedRun?> FindAsync(
        EngineContext context, ProtectedApplication application, ProtectRequest request, List<WaybillException> problems, CancellationToken cancellationToken)
    {
        InterruptedRun? found = null;
        foreach (string path in LedgerFile.List(context.StateDirectory).Reverse())
        {
            RunLedger? ledger = null;
            try
            {
                ledger = await RunLedger.TryOpenAsync(path, cancellationToken).ConfigureAwait(false);
            }
            catch (WaybillException e)
            {
                problems.Add(e);
            }

            if (ledger is null)
            {
                continue;
            }

            if (ledger.Run.Application != application.Name || ledger.Run.Purpose == LedgerPurpose.Restore)
            {
                await ledger.DisposeAsync().ConfigureAwait(false);
                continue;
            }

            var settlement = new RunSettlement(context, ledger);
            SweepReport report = await settlement.ThawAsync(new SweepReport(), cancellationToken).ConfigureAwait(false);
            if (found is null && request.Resume && !request.ForceFull
                && await TryMatchAsync(context, application, ledger, cancellationToken).ConfigureAwait(false) is { } volumes)
            {
                found = new InterruptedRun(ledger, volumes);
                problems.AddRange(report.Problems);
                continue;
            }

            await using (ledger.ConfigureAwait(false))
            {
                report = await settlement.SettleAsync(new SweepReport(), cancellationToken).ConfigureAwait(false);
                problems.AddRange(report.Problems);
            }
        }

        return found;
    }

    public async Task SettleAsync(EngineContext context, List<WaybillException> problems, CancellationToken cancellationToken)
    {
        await using (Ledger.ConfigureAwait(false))
        {
            SweepReport report = await new RunSettlement(context, Ledger).SettleAsync(new SweepReport(), cancellationToken).ConfigureAwait(false);
            problems.AddRange(report.Problems);
        }
    }

    private static async Task<ImmutableArray<RunVolume>?> TryMatchAsync(
        EngineContext context, ProtectedApplication application, RunLedger ledger, CancellationToken cancellationToken)
    {
        if (ledger.Run.Purpose != LedgerPurpose.Protect || ledger.Run.Evidence is null || ledger.Run.Prepared is not null
            || ledger.Run.Evidence.Level < application.Policy.MinimumConsistency)
        {
            // Without the evidence not all snapshots were taken; once it was prepared the bundle was whole, and may be committed.
            return null;
        }

        ImmutableArray<RunVolume> volumes = await VolumeFinder.FindAsync(context, application, cancellationToken).ConfigureAwait(false);
        ImmutableArray<RunVolume>.Builder matched = ImmutableArray.CreateBuilder<RunVolume>(volumes.Length);
        foreach (RunVolume volume in volumes)
        {
            if (await FindSnapshotAsync(volume, ledger.Run, cancellationToken).ConfigureAwait(false) is not { } snapshot)
            {
                return null;
            }

            matched.Add(volume with { Snapshot = snapshot });
        }

        return matched.MoveToImmutable();
    }

    private static async Task<SnapshotDescriptor?> FindSnapshotAsync(RunVolume volume, LedgerRun run, CancellationToken cancellationToken)
    {
        if (volume.Provider is not ISnapshotProvider snapshots)
        {
            return null;
        }

        foreach (LedgerEntry entry in run.Entries.Where(e => e.State == LedgerState.Created && e.Provider == volume.Request.Provider))
        {
            if (entry.Kind == LedgerKind.Snapshot && entry.Volume == volume.Descriptor.Id)
            {
                return await snapshots.FindSnapshotAsync(new SnapshotId(entry.Id), cancellationToken).ConfigureAwait(false);
            }

            if (entry.Kind == LedgerKind.Group)
            {
                await foreach (SnapshotDescriptor snapshot in snapshots.ListSnapshotsAsync(volume.Descriptor.Id, cancellationToken).ConfigureAwait(false))
                {
                    if (snapshot.Group == entry.Name)
                    {
                        return snapshot;
                    }
                }
            }
        }

        return null;
    }
}
