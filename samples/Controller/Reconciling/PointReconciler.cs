using System.Collections.Immutable;
using Waybill.Bundles;
using Waybill.Engine;
using Waybill.Kubernetes;
using Waybill.Providers;
using Waybill.Samples.Controller.Resources;

namespace Waybill.Samples.Controller.Reconciling;

/// <summary>Makes points, and removes what an interrupted making left.</summary>
public sealed class PointReconciler(
    CustomObjects<RecoveryPoint> points, EventRecorder events, ClusterConnection connection, ClusterVolumeProvider storage, EngineContext engine, ControllerOptions options)
{
    /// <summary>Makes the point, if it is not made yet.</summary>
    public async Task ReconcileAsync(RecoveryPoint point, CancellationToken cancellationToken)
    {
        bool holds = point.Metadata.Finalizers?.Contains(ApiGroup.Finalizer) == true;
        if (point.Metadata.DeletionTimestamp is not null)
        {
            if (holds)
            {
                // One thing is done at a time here: what is in the ledger now is what nobody works on.
                await Ledger.SweepAsync(engine with { Quiescers = Hooks(new PodQuiescer(connection, [])) }, cancellationToken).ConfigureAwait(false);
                await points.SetFinalizersAsync(point, [.. point.Metadata.Finalizers!.Where(name => name != ApiGroup.Finalizer)], cancellationToken).ConfigureAwait(false);
            }

            return;
        }

        if (point.Status?.Finished is not null)
        {
            return;
        }

        if (!holds)
        {
            await points.SetFinalizersAsync(point, [.. point.Metadata.Finalizers ?? [], ApiGroup.Finalizer], cancellationToken).ConfigureAwait(false);
        }

        RecoveryPointStatus status = point.Status ?? new RecoveryPointStatus();
        status.Started ??= Now;
        status.Conditions = Conditions.With(status.Conditions, Conditions.Complete, false, "Running", "The point is being made", point.Metadata.Generation, options.Time);
        await points.ApplyStatusAsync(point, status, cancellationToken).ConfigureAwait(false);
        try
        {
            await MakeAsync(point, status, cancellationToken).ConfigureAwait(false);
            status.Conditions = Conditions.With(status.Conditions, Conditions.Complete, true, "Committed", $"It is in the bundle {status.Bundle}", point.Metadata.Generation, options.Time);
            status.Finished = Now;
            await events.TellAsync(point, isWarning: false, "Committed", $"{status.Objects} objects and {status.Volumes} volumes are in {status.Bundle}", cancellationToken).ConfigureAwait(false);
            foreach (string gap in status.Gaps ?? [])
            {
                await events.TellAsync(point, isWarning: true, "NotProtected", gap, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (ProviderException error) when (error.IsTransient)
        {
            status.Conditions = Conditions.With(status.Conditions, Conditions.Complete, false, "Retrying", error.ToDisplayString(), point.Metadata.Generation, options.Time);
        }
        catch (WaybillException error)
        {
            status.Conditions = Conditions.With(status.Conditions, Conditions.Failed, true, $"WB{(int)error.Code:D4}", error.ToDisplayString(), point.Metadata.Generation, options.Time);
            status.Conditions = Conditions.With(status.Conditions, Conditions.Complete, false, "Failed", error.Message, point.Metadata.Generation, options.Time);
            status.Finished = Now;
            await events.TellAsync(point, isWarning: true, $"WB{(int)error.Code:D4}", error.ToDisplayString(), cancellationToken).ConfigureAwait(false);
        }

        await points.ApplyStatusAsync(point, status, cancellationToken).ConfigureAwait(false);
    }

    private DateTime Now => options.Time.GetUtcNow().UtcDateTime;

    private static ImmutableDictionary<string, IQuiescer> Hooks(PodQuiescer? quiescer) =>
        quiescer is null ? ImmutableDictionary<string, IQuiescer>.Empty : ImmutableDictionary<string, IQuiescer>.Empty.Add(quiescer.Name, quiescer);

    private async Task MakeAsync(RecoveryPoint point, RecoveryPointStatus status, CancellationToken cancellationToken)
    {
        string home = point.Metadata.NamespaceProperty;
        using CapturedApplication captured = await new ApplicationCapture(connection) { Storage = storage }
            .CaptureAsync(ApplicationScope.Of(home, point.Spec.Application), null, cancellationToken).ConfigureAwait(false);
        PodQuiescer? hooks = captured.Volumes.IsEmpty ? null : PodQuiescer.For(connection, captured);
        ProtectedApplication application = captured.ToProtectedApplication() with { Quiescer = hooks?.Name ?? "" };
        var request = new ProtectRequest
        {
            Reader = new BundleReaderOptions { Keys = options.Keys },
            Writer = new BundleWriterOptions { Encryption = options.Recipients.IsEmpty ? null : new BundleEncryption(options.Recipients) },
        };
        ProtectResult made = await new ProtectRunner(engine with { Quiescers = Hooks(hooks) }).RunAsync(application, request, null, cancellationToken).ConfigureAwait(false);
        status.Bundle = made.BundleName;
        status.BundleId = made.Manifest.Id.ToString();
        status.Bytes = made.BundleLength;
        status.Consistency = made.Evidence.Level.ToString();
        status.Objects = captured.Objects.Length;
        status.Volumes = made.Volumes.Length;
        status.Gaps = [.. captured.Gaps.Take(20).Select(gap => $"{gap.What}: {gap.Reason}")];
    }
}
