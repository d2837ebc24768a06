using System.Collections.Immutable;

namespace Waybill.Engine;

/// <summary>Makes points of applications. One object serves any number of calls, also at once; two runs of one application exclude each other.</summary>
/// <param name="context">What the engine works with.</param>
public sealed class ProtectRunner(EngineContext context)
{
    /// <summary>How long cleaning up after a cancelled or failed run may take.</summary>
    private static readonly TimeSpan s_cleanupLimit = TimeSpan.FromMinutes(2);

    /// <summary>Finds out what a run would do. It takes snapshots to ask the platforms and removes them again; nothing is held still, nothing is stored.</summary>
    /// <param name="application">The application.</param>
    /// <param name="request">How the point would be made; the defaults if <see langword="null"/>.</param>
    /// <param name="progress">Receives how far it is.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The plan.</returns>
    /// <exception cref="WaybillException">
    /// <see cref="WaybillErrorCode.NotConfigured"/>, <see cref="WaybillErrorCode.VolumeNotFound"/>, <see cref="WaybillErrorCode.RunInProgress"/>,
    /// <see cref="WaybillErrorCode.ChangeTrackingLost"/>, <see cref="WaybillErrorCode.DeltaInvalid"/>, <see cref="WaybillErrorCode.TargetWriteFailed"/>
    /// for the state directory, <see cref="WaybillErrorCode.ProviderBusy"/> for snapshots that were not ready in time, or a failure of a platform.
    /// </exception>
    public async Task<ProtectPlan> PlanAsync(
        ProtectedApplication application, ProtectRequest? request = null, IProgress<EngineProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        request = Check(application, request);
        using IDisposable only = ApplicationRecords.Lock(context, application.Name);
        progress?.Report(new EngineProgress(EnginePhase.Preparing));
        ImmutableArray<RunVolume> volumes = await VolumeFinder.FindAsync(context, application, cancellationToken).ConfigureAwait(false);
        ApplicationRecord record = await ApplicationRecords.ReadAsync(context, application.Name, cancellationToken).ConfigureAwait(false);
        ParentPoint parent = await ParentPoint.OpenAsync(context, application, request, record, cancellationToken).ConfigureAwait(false);
        await using (parent.ConfigureAwait(false))
        {
            var run = new LedgerRun(BundleId.New(), LedgerPurpose.Plan, application.Name, context.Now);
            RunLedger ledger = await RunLedger.CreateAsync(context.StateDirectory, run, cancellationToken).ConfigureAwait(false);
            await using (ledger.ConfigureAwait(false))
            {
                try
                {
                    ProtectedApplication unheld = application with { Quiescer = "", Policy = application.Policy with { MinimumConsistency = ConsistencyLevel.Unknown, RequireWriteOrder = false } };
                    volumes = await new SnapshotTaker(context, ledger, unheld, progress).TakeAsync(volumes, cancellationToken).ConfigureAwait(false);
                    volumes = await SnapshotReadiness.WaitAsync(context, application.Policy, volumes, progress, cancellationToken).ConfigureAwait(false);
                    progress?.Report(new EngineProgress(EnginePhase.Comparing));
                    ImmutableArray<VolumePlan>.Builder plans = ImmutableArray.CreateBuilder<VolumePlan>();
                    foreach (RunVolume volume in volumes)
                    {
                        VolumeCopyPlan plan = await new ChangePlanner(context, application, parent, record).PlanAsync(volume, cancellationToken).ConfigureAwait(false);
                        await using (plan.ConfigureAwait(false))
                        {
                            plans.Add(plan.Plan);
                        }
                    }

                    return new ProtectPlan(application.Name, plans.ToImmutable()) { Parent = parent.Chain?.Manifest.Id ?? default, WhyFull = parent.WhyNone };
                }
                finally
                {
                    await CleanUpAsync(ledger).ConfigureAwait(false);
                }
            }
        }
    }

    /// <summary>Makes a point: holds the application still, takes snapshots, lets it go on, copies what changed, verifies, commits, and cleans up.</summary>
    /// <param name="application">The application.</param>
    /// <param name="request">How the point is made; the defaults if <see langword="null"/>.</param>
    /// <param name="progress">Receives how far it is; may be called often and from any thread.</param>
    /// <param name="cancellationToken">Ends the call early, until the bundle is being committed. What was stored by then serves the next run.</param>
    /// <returns>The point. It is committed even if something could not be cleaned up, which is then in <see cref="ProtectResult.CleanupProblems"/>.</returns>
    /// <exception cref="WaybillException">
    /// As for <see cref="PlanAsync"/>, and <see cref="WaybillErrorCode.QuiesceFailed"/>, <see cref="WaybillErrorCode.ConsistencyTooLow"/>,
    /// <see cref="WaybillErrorCode.ChangeMissed"/>, or a failure of the store. No bundle exists then.
    /// </exception>
    public async Task<ProtectResult> RunAsync(
        ProtectedApplication application, ProtectRequest? request = null, IProgress<EngineProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        request = Check(application, request);
        using IDisposable only = ApplicationRecords.Lock(context, application.Name);
        progress?.Report(new EngineProgress(EnginePhase.Preparing));
        List<WaybillException> problems = [];
        InterruptedRun? interrupted = await InterruptedRun.FindAsync(context, application, request, problems, cancellationToken).ConfigureAwait(false);
        ApplicationRecord record = await ApplicationRecords.ReadAsync(context, application.Name, cancellationToken).ConfigureAwait(false);
        ParentPoint parent = await ParentPoint.OpenAsync(context, application, request, record, cancellationToken).ConfigureAwait(false);
        await using (parent.ConfigureAwait(false))
        {
            application = Identify(application, record, parent);
            if (interrupted is not null && interrupted.Parent != (parent.Chain?.Manifest.Id ?? default))
            {
                // It built on something else; what it stored cannot be told apart from what changed since.
                await interrupted.SettleAsync(context, problems, cancellationToken).ConfigureAwait(false);
                interrupted = null;
            }

            (RunLedger ledger, ImmutableArray<RunVolume> volumes) = interrupted is not null
                ? (interrupted.Ledger, interrupted.Volumes)
                : await BeginAsync(application, parent, cancellationToken).ConfigureAwait(false);
            await using (ledger.ConfigureAwait(false))
            {
                var run = new ProtectRun(context, application, request, record, parent, ledger, progress);
                ProtectResult result = await RunAsync(run, volumes, interrupted is null, cancellationToken).ConfigureAwait(false);
                return result with { CleanupProblems = [.. problems, .. result.CleanupProblems] };
            }
        }
    }

    private async Task<ProtectResult> RunAsync(ProtectRun run, ImmutableArray<RunVolume> volumes, bool isNew, CancellationToken cancellationToken)
    {
        bool resumable = false;
        try
        {
            if (isNew)
            {
                volumes = await run.TakeSnapshotsAsync(volumes, cancellationToken).ConfigureAwait(false);
            }

            resumable = true;
            return await run.CopyAsync(volumes, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // What ended from outside can go on from here; after anything else the next run begins anew.
            bool goesOn = resumable && !run.IsCommitted && (e is OperationCanceledException || e is WaybillException { IsTransient: true });
            if (!goesOn)
            {
                await CleanUpAsync(run.Ledger).ConfigureAwait(false);
            }

            throw;
        }
    }

    private async Task<(RunLedger Ledger, ImmutableArray<RunVolume> Volumes)> BeginAsync(ProtectedApplication application, ParentPoint parent, CancellationToken cancellationToken)
    {
        ImmutableArray<RunVolume> volumes = await VolumeFinder.FindAsync(context, application, cancellationToken).ConfigureAwait(false);
        BundleId id = BundleId.New();
        var run = new LedgerRun(id, LedgerPurpose.Protect, application.Name, context.Now)
        {
            BundleName = StoreNames.For(application.Name, id),
            Parent = parent.Chain?.Manifest.Id ?? default,
        };
        return (await RunLedger.CreateAsync(context.StateDirectory, run, cancellationToken).ConfigureAwait(false), volumes);
    }

    private async Task CleanUpAsync(RunLedger ledger)
    {
        // Not the caller's token: it may be what ended the run. What is not done in time stays in the ledger.
        using var limit = new CancellationTokenSource(s_cleanupLimit, context.TimeProvider);
        try
        {
            await new RunSettlement(context, ledger).SettleAsync(new SweepReport(), limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is WaybillException or OperationCanceledException or IOException)
        {
            // The error that ended the run matters more; the ledger remembers.
        }
    }

    private static ProtectRequest Check(ProtectedApplication application, ProtectRequest? request)
    {
        ArgumentNullException.ThrowIfNull(application);
        ArgumentException.ThrowIfNullOrWhiteSpace(application.Name);
        application.Policy.Validate();
        return request ?? new ProtectRequest();
    }

    private static ProtectedApplication Identify(ProtectedApplication application, ApplicationRecord record, ParentPoint parent)
    {
        AppId id = !application.Id.IsDefault ? application.Id
            : parent.Chain?.Manifest.Application.Id ?? (record.ApplicationId.IsDefault ? AppId.New() : record.ApplicationId);
        return application with { Id = id };
    }
}
