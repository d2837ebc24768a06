using Waybill.Bundles;

namespace Waybill.Kubernetes;

/// <summary>Brings the objects of a point into a cluster. One object serves any number of calls.</summary>
/// <param name="connection">The cluster; it stays the caller's.</param>
public sealed class ResourceRestorer(ClusterConnection connection)
{
    /// <summary>Finds out what a restore would do. Nothing is changed.</summary>
    /// <param name="resources">The objects of the point, in any order.</param>
    /// <param name="request">How they become objects of the cluster; the defaults if <see langword="null"/>.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>What would be done with each object.</returns>
    /// <exception cref="WaybillException">
    /// <see cref="WaybillErrorCode.ResourceInvalid"/>, <see cref="WaybillErrorCode.TransformInvalid"/>, <see cref="WaybillErrorCode.ClusterUnreachable"/>,
    /// <see cref="WaybillErrorCode.ClusterRefused"/>, <see cref="WaybillErrorCode.ClusterFailed"/>.
    /// </exception>
    public async Task<ResourceRestoreResult> PlanAsync(
        IReadOnlyList<ResourceObject> resources, ResourceRestoreRequest? request = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(resources);
        request ??= new ResourceRestoreRequest();
        var plan = ResourcePlan.Make(resources, request);
        return await new RestoreRun(connection, request, plan).PlanAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Restores objects, each behind those it needs. One that fails does not keep the others back; it is reported.</summary>
    /// <param name="resources">The objects of the point, in any order.</param>
    /// <param name="request">How they become objects of the cluster; the defaults if <see langword="null"/>.</param>
    /// <param name="progress">Receives each object when it is done.</param>
    /// <param name="cancellationToken">Ends the call early; what was restored by then stays, and the same call goes on from there.</param>
    /// <returns>What was done with each object.</returns>
    /// <exception cref="WaybillException">
    /// As for <see cref="PlanAsync"/>, and <see cref="WaybillErrorCode.ObjectExists"/>: objects exist, and what happens to them was not said. Nothing was
    /// changed then.
    /// </exception>
    public async Task<ResourceRestoreResult> RunAsync(
        IReadOnlyList<ResourceObject> resources, ResourceRestoreRequest? request = null, IProgress<RestoredObject>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(resources);
        request ??= new ResourceRestoreRequest();
        var plan = ResourcePlan.Make(resources, request);
        return await new RestoreRun(connection, request, plan).RunAsync(progress, cancellationToken).ConfigureAwait(false);
    }
}
