using System.Collections.Immutable;
using Waybill.Bundles;
using Waybill.Providers;
using Waybill.Storage;

namespace Waybill.Engine;

/// <summary>One run, from its snapshots to its clean-up.</summary>
internal sealed class ProtectRun(
    EngineContext context, ProtectedApplication application, ProtectRequest request, ApplicationRecord record, ParentPoint parent, RunLedger ledger,
    IProgress<EngineProgress>? progress)
{
    public RunLedger Ledger => ledger;

    /// <summary>Gets whether the bundle has its name, or may have.</summary>
    public bool IsCommitted { get; private set; }

    public Task<ImmutableArray<RunVolume>> TakeSnapshotsAsync(ImmutableArray<RunVolume> volumes, CancellationToken cancellationToken) =>
        new SnapshotTaker(context, ledger, application, progress).TakeAsync(volumes, cancellationToken);

    public async Task<ProtectResult> CopyAsync(ImmutableArray<RunVolume> volumes, CancellationToken cancellationToken)
    {
        var plans = new List<VolumeCopyPlan>();
        try
        {
            volumes = await SnapshotReadiness.WaitAsync(context, application.Policy, volumes, progress, cancellationToken).ConfigureAwait(false);
            progress?.Report(new EngineProgress(EnginePhase.Comparing));
            foreach (RunVolume volume in volumes)
            {
                plans.Add(await new ChangePlanner(context, application, parent, record).PlanAsync(volume, cancellationToken).ConfigureAwait(false));
            }

            StoredParts stored = await StoredParts.OpenAsync(context.Store, ledger.Run, request.Reader, cancellationToken).ConfigureAwait(false);
            await using (stored.ConfigureAwait(false))
            {
                return await StoreAsync(plans, stored, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            foreach (VolumeCopyPlan plan in plans)
            {
                await plan.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task<ProtectResult> StoreAsync(List<VolumeCopyPlan> plans, StoredParts stored, CancellationToken cancellationToken)
    {
        string name = ledger.Run.BundleName;
        if (!ledger.Run.Entries.Any(e => e.Kind == LedgerKind.Upload && e.IsOpen))
        {
            await ledger.IntendAsync(LedgerKind.Upload, "store", name, default, cancellationToken).ConfigureAwait(false);
        }

        EvidenceRecord evidence = ledger.Run.Evidence!;
        var assembly = new BundleAssembly(context, application, request, parent, stored, progress);
        StoreUpload upload = await context.Store.CreateAsync(name, cancellationToken).ConfigureAwait(false);
        await using (upload.ConfigureAwait(false))
        {
            // Kept until it is known that nobody will go on with it; the ledger names it.
            upload.KeepsUnfinished = true;
            BundleManifest manifest = await assembly.WriteAsync(upload.Body, ledger.Run.Id, plans, WithHook(evidence.ToEvidence()), cancellationToken).ConfigureAwait(false);
            if (application.Policy.Verify)
            {
                await VerifyAsync(upload, name, cancellationToken).ConfigureAwait(false);
            }

            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report(new EngineProgress(EnginePhase.Committing));
            await ledger.PrepareAsync(Describe(manifest, plans)).ConfigureAwait(false);
            IsCommitted = true;
            StoredBundle bundle = await upload.CommitAsync(CancellationToken.None).ConfigureAwait(false);
            upload.KeepsUnfinished = false;
            SweepReport cleanup = await new RunSettlement(context, ledger).CompleteAsync(new SweepReport(), CancellationToken.None).ConfigureAwait(false);
            return new ProtectResult(name, manifest, evidence.ToEvidence())
            {
                BundleLength = bundle.Length,
                Volumes = [.. plans.Select(p => p.Plan)],
                WhyFull = parent.WhyNone,
                WhyNotMoreConsistent = evidence.Reason,
                ResumedBytes = assembly.ResumedBytes,
                SelfCheckedBytes = assembly.SelfCheckedBytes,
                CleanupProblems = cleanup.Problems,
            };
        }
    }

    private async Task VerifyAsync(StoreUpload upload, string name, CancellationToken cancellationToken)
    {
        ByteSource? written = await upload.OpenWrittenAsync(cancellationToken).ConfigureAwait(false);
        if (written is null)
        {
            return;
        }

        await using (written.ConfigureAwait(false))
        {
            progress?.Report(new EngineProgress(EnginePhase.Verifying, "", 0, written.Length));
            var report = new ProgressRelay(progress, EnginePhase.Verifying);

            // Whoever backs up need not be able to read back: then what is stored is checked without its content.
            bool opens = request.Writer.Encryption is null || request.Reader.Keys.Count > 0;
            VerificationReport result = opens
                ? await BundleVerifier.VerifyAsync(written, TrustPolicy.AcceptUnsigned, request.Reader, report, cancellationToken).ConfigureAwait(false)
                : await BundleVerifier.VerifyStorageAsync(written, TrustPolicy.AcceptUnsigned, request.Reader, report, cancellationToken).ConfigureAwait(false);
            if (result.Problem is { } problem)
            {
                throw new WaybillException(WaybillErrorCode.TargetWriteFailed, $"What was written does not read back: {problem.ToDisplayString()}", problem)
                {
                    ObjectName = name,
                    Hint = "Look at the store's disk or network; nothing was committed.",
                };
            }
        }
    }

    /// <summary>Says what the next run builds on.</summary>
    private ApplicationRecord Describe(BundleManifest manifest, List<VolumeCopyPlan> plans) => new()
    {
        Application = manifest.Application.Id.ToString(),
        Bundle = manifest.Id.ToString(),
        BundleName = ledger.Run.BundleName,
        Bases = [.. plans
            .Where(p => p.Volume.Snapshot?.ChangeId is not null && p.Volume.Capabilities.Shape != ChangeShape.None)
            .Select(p => ToBase(p.Volume))],
    };

    private static BaseRecord ToBase(RunVolume volume)
    {
        SnapshotDescriptor snapshot = volume.Snapshot!;
        bool kept = volume.Capabilities.BaseMustExist;
        return new BaseRecord
        {
            Stream = volume.Name,
            Provider = volume.Request.Provider,
            Volume = volume.Descriptor.Id.ToString(),
            VolumeCreated = EvidenceRecord.ToTicks(volume.Descriptor.Created),
            ChangeId = snapshot.ChangeId!.Value.ToString(),
            Snapshot = kept ? snapshot.Id.ToString() : "",
            Group = kept ? snapshot.Group : "",
        };
    }

    private ConsistencyEvidence WithHook(ConsistencyEvidence evidence) =>
        evidence.Level == ConsistencyLevel.Application && !evidence.Hooks.Any(h => h.ExitCode == 0)
            ? evidence with { Hooks = evidence.Hooks.Add(new HookResult(application.Quiescer, 0) { Started = evidence.Earliest, Finished = evidence.Latest }) }
            : evidence;
}
