using System.Collections.Immutable;
using Waybill.Bundles;
using Waybill.Engine;
using Waybill.Providers;

namespace Waybill.Kubernetes;

/// <summary>
/// Brings an application of a point into a cluster: first its claims, then the data behind them, and only when all of that is in place what uses it.
/// One object serves any number of calls.
/// </summary>
/// <param name="context">What the engine works with; <paramref name="storage"/> is added to its providers.</param>
/// <param name="connection">The cluster; it stays the caller's.</param>
/// <param name="storage">The storage of the cluster; it stays the caller's.</param>
public sealed class ApplicationRestorer(EngineContext context, ClusterConnection connection, ClusterVolumeProvider storage)
{
    private readonly EngineContext _context = context with { Providers = context.Providers.SetItem(storage.Name, storage) };
    private readonly ResourceRestorer _objects = new(connection);

    /// <summary>Finds out what a restore would do. Nothing is changed.</summary>
    /// <param name="manifest">The point.</param>
    /// <param name="resources">The objects of the point, in any order.</param>
    /// <param name="request">How it comes into the cluster.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>What would be done.</returns>
    /// <exception cref="WaybillException">As for <see cref="ResourceRestorer.PlanAsync"/>; <see cref="WaybillErrorCode.ResourceInvalid"/> also if a volume's claim is not among the objects; or what opening the point and all it builds on reports.</exception>
    public async Task<ApplicationRestoreResult> PlanAsync(
        BundleManifest manifest, IReadOnlyList<ResourceObject> resources, ApplicationRestoreRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(resources);
        ArgumentNullException.ThrowIfNull(request);
        ClaimPlan plan = await ClaimPlan.MakeAsync(manifest, resources, request.Objects, connection, cancellationToken).ConfigureAwait(false);
        if (plan.Trees.FirstOrDefault() is { } files)
        {
            storage.RequireTrees(files);
        }

        if (plan.ToWrite.Count > 0)
        {
            // All that the point builds on is opened before anything in the cluster makes room for it.
            await new RestoreRunner(_context).PlanAsync(request.Volumes with { Items = [] }, cancellationToken).ConfigureAwait(false);
        }

        ResourceRestoreResult objects = await _objects.PlanAsync(resources, request.Objects with { Claims = plan.Preparations }, cancellationToken).ConfigureAwait(false);
        return new ApplicationRestoreResult(objects, plan.Claims) { VolumesLeftOut = plan.VolumesLeftOut };
    }

    /// <summary>
    /// Restores. If the data behind a claim cannot be restored, nothing that uses it is created. The same call goes on where one was interrupted: claims that an
    /// interrupted one made are filled anew, those it had filled are left alone.
    /// </summary>
    /// <param name="manifest">The point.</param>
    /// <param name="resources">The objects of the point, in any order.</param>
    /// <param name="request">How it comes into the cluster.</param>
    /// <param name="objects">Receives each object when it is done.</param>
    /// <param name="data">Receives how far the data is; may be called often and from any thread.</param>
    /// <param name="cancellationToken">Ends the call early; what was restored by then stays.</param>
    /// <returns>What was done.</returns>
    /// <exception cref="WaybillException">
    /// As for <see cref="PlanAsync"/>; <see cref="WaybillErrorCode.ObjectExists"/>: objects or claims exist, and what happens to them was not said. Nothing was
    /// changed then.
    /// </exception>
    public async Task<ApplicationRestoreResult> RunAsync(
        BundleManifest manifest,
        IReadOnlyList<ResourceObject> resources,
        ApplicationRestoreRequest request,
        IProgress<RestoredObject>? objects = null,
        IProgress<EngineProgress>? data = null,
        CancellationToken cancellationToken = default)
    {
        ApplicationRestoreResult planned = await PlanAsync(manifest, resources, request, cancellationToken).ConfigureAwait(false);
        RestoreRun.RefuseConflicts(planned.Objects);
        ClaimPlan plan = await ClaimPlan.MakeAsync(manifest, resources, request.Objects, connection, cancellationToken).ConfigureAwait(false);
        plan.RefuseExisting(request.Objects.Existing);
        ResourceRestoreRequest asked = request.Objects with { Claims = plan.Preparations };
        if (plan.ToWrite.Count == 0)
        {
            ResourceRestoreResult all = await _objects.RunAsync(resources, asked, objects, cancellationToken).ConfigureAwait(false);
            return new ApplicationRestoreResult(all, plan.Claims) { VolumesLeftOut = plan.VolumesLeftOut };
        }

        ResourceRestoreResult storageObjects = await _objects.RunAsync([.. resources.Where(plan.IsNeededByData)], asked, null, cancellationToken).ConfigureAwait(false);
        ImmutableArray<RestoredClaim> claims = plan.Claims;
        if (storageObjects.IsComplete)
        {
            claims = await WriteAsync(plan, request.Volumes, data, cancellationToken).ConfigureAwait(false);
        }

        ResourceRestoreResult result = storageObjects.IsComplete && claims.All(claim => claim.Problem is null)
            ? await _objects.RunAsync(resources, asked, objects, cancellationToken).ConfigureAwait(false)
            : storageObjects;
        return new ApplicationRestoreResult(result, claims) { VolumesLeftOut = plan.VolumesLeftOut };
    }

    private async Task<ImmutableArray<RestoredClaim>> WriteAsync(ClaimPlan plan, RestoreRequest request, IProgress<EngineProgress>? progress, CancellationToken cancellationToken)
    {
        var runner = new RestoreRunner(_context);
        var done = ImmutableArray.CreateBuilder<RestoredClaim>(plan.Claims.Length);
        foreach (RestoredClaim claim in plan.Claims)
        {
            if (!plan.ToWrite.Contains(claim.Claim))
            {
                done.Add(claim);
                continue;
            }

            try
            {
                VolumeDescriptor volume = await storage.WaitBoundAsync(new VolumeId(claim.Claim), cancellationToken).ConfigureAwait(false);
                string bundle = plan.Preparations[claim.Claim].BundleId;
                await storage.MarkAsync(claim.Claim, bundle, isFilled: false, cancellationToken).ConfigureAwait(false);
                var item = new RestoreItem(claim.Volume, new RestoreTarget.ExistingVolume(storage.Name, volume.Id));

                // What a claim holds that is new here is somebody's: a share may have been there before it.
                VolumeKind kind = plan.Trees.Contains(claim.Claim) ? VolumeKind.FileTree : VolumeKind.Block;
                using IDisposable use = storage.Use(volume.Id, new ClaimUse(kind) { Replaces = plan.Replaced.Contains(claim.Claim) });
                RestoreResult restored = await runner.RunAsync(request with { Items = [item] }, progress, cancellationToken).ConfigureAwait(false);
                RestoredVolume result = restored.Volumes[0];
                RestoredClaim written = claim with { IsVerified = result.IsVerified, FileProblems = result.Problems, DamagedFiles = result.DamagedFiles };
                if (result.DamagedFiles.IsEmpty)
                {
                    await storage.MarkAsync(claim.Claim, bundle, isFilled: true, cancellationToken).ConfigureAwait(false);
                }

                done.Add(result.DamagedFiles.IsEmpty ? written : written with { Problem = Damaged(written) });
            }
            catch (WaybillException error)
            {
                done.Add(claim with { Problem = error });
            }
        }

        return done.DrainToImmutable();
    }

    private static WaybillException Damaged(RestoredClaim claim) =>
        new(WaybillErrorCode.RecordDamaged, $"{claim.DamagedFiles.Length} files are damaged in the bundle and were left out; all others are in the claim")
        {
            ObjectName = claim.Claim, Hint = "Restore another point, or repair the store from a copy and run this again.",
        };
}
