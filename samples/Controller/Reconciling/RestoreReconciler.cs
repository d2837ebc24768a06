using System.Collections.Immutable;
using Waybill.Bundles;
using Waybill.Engine;
using Waybill.Kubernetes;
using Waybill.Samples.Controller.Resources;

namespace Waybill.Samples.Controller.Reconciling;

/// <summary>Restores what requests ask for. A request is carried out once; another restore is another request.</summary>
public sealed class RestoreReconciler(
    CustomObjects<RestoreRequest> requests, EventRecorder events, ClusterConnection connection, ClusterVolumeProvider storage, EngineContext engine, ControllerOptions options)
{
    /// <summary>Restores, if that is not done yet.</summary>
    public async Task ReconcileAsync(RestoreRequest request, CancellationToken cancellationToken)
    {
        if (request.Metadata.DeletionTimestamp is not null || request.Status?.Finished is not null)
        {
            return;
        }

        RestoreRequestStatus status = request.Status ?? new RestoreRequestStatus();
        status.Started ??= Now;
        status.Conditions = Conditions.With(status.Conditions, Conditions.Complete, false, "Running", "The application is being restored", request.Metadata.Generation, options.Time);
        await requests.ApplyStatusAsync(request, status, cancellationToken).ConfigureAwait(false);
        try
        {
            ApplicationRestoreResult result = await RestoreAsync(request, cancellationToken).ConfigureAwait(false);
            WaybillException[] problems = [.. result.Claims.Select(claim => claim.Problem).Concat(result.Objects.Objects.Select(one => one.Problem)).OfType<WaybillException>()];
            status.Restored = result.Objects.Objects.Count(one => one.Action is RestoreAction.Create or RestoreAction.Update or RestoreAction.Replace && one.Problem is null);
            status.Claims = result.Claims.Length;
            status.Problems = [.. problems.Take(20).Select(problem => problem.ToDisplayString())];
            status.Conditions = Conditions.With(status.Conditions, Conditions.Complete, result.IsComplete, result.IsComplete ? "Restored" : "Incomplete", $"{status.Restored} objects, {problems.Length} problems", request.Metadata.Generation, options.Time);
            status.Conditions = Conditions.With(status.Conditions, Conditions.Failed, !result.IsComplete, result.IsComplete ? "Restored" : "Incomplete", "", request.Metadata.Generation, options.Time);
        }
        catch (WaybillException error)
        {
            status.Problems = [error.ToDisplayString()];
            status.Conditions = Conditions.With(status.Conditions, Conditions.Complete, false, "Failed", error.Message, request.Metadata.Generation, options.Time);
            status.Conditions = Conditions.With(status.Conditions, Conditions.Failed, true, $"WB{(int)error.Code:D4}", error.ToDisplayString(), request.Metadata.Generation, options.Time);
        }

        status.Finished = Now;
        bool failed = Conditions.IsTrue(status.Conditions, Conditions.Failed);
        await events.TellAsync(request, failed, failed ? "RestoreFailed" : "Restored", status.Problems?.FirstOrDefault() ?? $"{status.Restored} objects restored", cancellationToken).ConfigureAwait(false);
        await requests.ApplyStatusAsync(request, status, cancellationToken).ConfigureAwait(false);
    }

    private DateTime Now => options.Time.GetUtcNow().UtcDateTime;

    private async Task<ApplicationRestoreResult> RestoreAsync(RestoreRequest request, CancellationToken cancellationToken)
    {
        string home = request.Metadata.NamespaceProperty;
        string target = request.Spec.ToNamespace.Length > 0 ? request.Spec.ToNamespace : home;
        if (home != options.HomeNamespace)
        {
            // A point may hold rights and objects outside of its namespace: whoever may make a request there gets what the controller may do.
            throw new WaybillException(WaybillErrorCode.ResourceInvalid, $"Requests are carried out in '{options.HomeNamespace}' only") { ObjectName = $"{home}/{request.Metadata.Name}" };
        }

        if (!Enum.TryParse(request.Spec.Existing, ignoreCase: false, out ExistingObjects existing) || request.Spec.Bundle.Length == 0)
        {
            throw new WaybillException(WaybillErrorCode.ResourceInvalid, "A request names a bundle, and existing is Fail, Skip, Update or Replace") { ObjectName = request.Metadata.Name };
        }

        var reading = new BundleReaderOptions { Keys = options.Keys };
        ByteSource content = await engine.Store.OpenReadAsync(request.Spec.Bundle, cancellationToken).ConfigureAwait(false);
        BundleReader reader = await BundleReader.OpenAsync(content, TrustPolicy.AcceptUnsigned, reading, cancellationToken).ConfigureAwait(false);
        List<ResourceObject> resources;
        await using (reader.ConfigureAwait(false))
        {
            Origin origin = reader.Manifest.Application.Origin;
            resources =
            [
                .. await reader.ReadResourcesAsync(secrets: false, cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false),
                .. await reader.ReadResourcesAsync(secrets: true, cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false),
            ];
            var objects = new ResourceRestoreRequest
            {
                Namespaces = origin.Namespace.Length == 0 || origin.Namespace == target ? ImmutableDictionary<string, string>.Empty : ImmutableDictionary<string, string>.Empty.Add(origin.Namespace, target),
                StorageClasses = request.Spec.StorageClasses.ToImmutableDictionary(),
                Existing = existing,
            };
            var volumes = new Engine.RestoreRequest(request.Spec.Bundle, TrustPolicy.AcceptUnsigned, []) { Reader = reading };
            return await new ApplicationRestorer(engine, connection, storage)
                .RunAsync(reader.Manifest, resources, new ApplicationRestoreRequest(volumes, objects), null, null, cancellationToken).ConfigureAwait(false);
        }
    }
}
