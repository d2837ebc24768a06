using System.Collections.Immutable;
using Waybill.Bundles;
using Waybill.Providers;

namespace Waybill.Engine;

/// <summary>Restores points to any platform. One object serves any number of calls, also at once.</summary>
/// <param name="context">What the engine works with.</param>
public sealed class RestoreRunner(EngineContext context)
{
    private static readonly TimeSpan s_cleanupLimit = TimeSpan.FromMinutes(2);

    /// <summary>Finds out what a restore would do. Nothing is made and nothing is written.</summary>
    /// <param name="request">What to restore.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The plan.</returns>
    /// <exception cref="WaybillException">
    /// <see cref="WaybillErrorCode.StreamNotFound"/>, <see cref="WaybillErrorCode.NotConfigured"/>, <see cref="WaybillErrorCode.VolumeNotFound"/>,
    /// <see cref="WaybillErrorCode.VolumeConflict"/>, <see cref="WaybillErrorCode.TargetTooSmall"/>, <see cref="WaybillErrorCode.ProviderUnsupported"/>,
    /// or what opening the bundle and all it builds on reports.
    /// </exception>
    public async Task<RestorePlan> PlanAsync(RestoreRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        BundleChain chain = await OpenAsync(request, cancellationToken).ConfigureAwait(false);
        await using (chain.ConfigureAwait(false))
        {
            return await PlanAsync(request, chain, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Restores. Volumes that were made for it are removed again if it fails; an existing one is then partly overwritten.</summary>
    /// <param name="request">What to restore.</param>
    /// <param name="progress">Receives how far it is; may be called often and from any thread.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The volumes.</returns>
    /// <exception cref="WaybillException">As for <see cref="PlanAsync(RestoreRequest, CancellationToken)"/>, and whatever reading, writing and comparing report.</exception>
    public async Task<RestoreResult> RunAsync(RestoreRequest request, IProgress<EngineProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(request.ParallelVolumes, nameof(request));
        progress?.Report(new EngineProgress(EnginePhase.Preparing));
        BundleChain chain = await OpenAsync(request, cancellationToken).ConfigureAwait(false);
        await using (chain.ConfigureAwait(false))
        {
            RestorePlan plan = await PlanAsync(request, chain, cancellationToken).ConfigureAwait(false);
            var run = new LedgerRun(BundleId.New(), LedgerPurpose.Restore, chain.Manifest.Application.Name, context.Now) { BundleName = request.BundleName };
            RunLedger ledger = await RunLedger.CreateAsync(context.StateDirectory, run, cancellationToken).ConfigureAwait(false);
            await using (ledger.ConfigureAwait(false))
            {
                try
                {
                    var restored = new RestoredVolume[plan.Items.Length];
                    var options = new ParallelOptions { MaxDegreeOfParallelism = request.ParallelVolumes, CancellationToken = cancellationToken };
                    var copy = new RestoreCopy(context, chain, ledger, request.Verify, progress);
                    await Parallel.ForAsync(0, restored.Length, options, async (i, token) => restored[i] = await copy.RestoreAsync(plan.Items[i], token).ConfigureAwait(false))
                        .ConfigureAwait(false);

                    // From here on the volumes are the caller's.
                    foreach (LedgerEntry entry in ledger.Run.Entries.Where(e => e.IsOpen).ToList())
                    {
                        await ledger.KeptAsync(entry).ConfigureAwait(false);
                    }

                    return new RestoreResult(chain.Manifest, [.. restored]);
                }
                finally
                {
                    using var limit = new CancellationTokenSource(s_cleanupLimit, context.TimeProvider);
                    await CleanUpAsync(ledger, limit.Token).ConfigureAwait(false);
                }
            }
        }
    }

    private async Task CleanUpAsync(RunLedger ledger, CancellationToken cancellationToken)
    {
        try
        {
            await new RunSettlement(context, ledger).ReleaseAllAsync(new SweepReport(), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is WaybillException or OperationCanceledException or IOException)
        {
            // The error that ended the restore matters more; the ledger remembers.
        }
    }

    private async Task<BundleChain> OpenAsync(RestoreRequest request, CancellationToken cancellationToken)
    {
        ByteSource source = await context.Store.OpenReadAsync(request.BundleName, cancellationToken).ConfigureAwait(false);
        BundleReader bundle = await BundleReader.OpenAsync(source, request.Trust, request.Reader, cancellationToken).ConfigureAwait(false);
        return await BundleChain.OpenAsync(bundle, new StoreBundleLocator(context.Store), cancellationToken).ConfigureAwait(false);
    }

    private async Task<RestorePlan> PlanAsync(RestoreRequest request, BundleChain chain, CancellationToken cancellationToken)
    {
        ImmutableArray<PlannedRestore>.Builder items = ImmutableArray.CreateBuilder<PlannedRestore>(request.Items.Length);
        foreach (RestoreItem item in request.Items)
        {
            items.Add(await PlanAsync(item, chain.Manifest, cancellationToken).ConfigureAwait(false));
        }

        return new RestorePlan(chain.Manifest, items.MoveToImmutable());
    }

    private async Task<PlannedRestore> PlanAsync(RestoreItem item, BundleManifest manifest, CancellationToken cancellationToken)
    {
        StreamInfo? blocks = manifest.FindStream(StreamKind.BlockVolume, item.Volume);
        StreamInfo stream = blocks ?? manifest.FindStream(StreamKind.FileMeta, item.Volume)
            ?? throw new WaybillException(WaybillErrorCode.StreamNotFound, $"The point has no volume '{item.Volume}'")
            {
                ObjectName = item.Volume,
                Hint = "'waybill bundle show' lists what it has.",
            };
        bool isTree = blocks is null;
        var planned = new PlannedRestore(item, isTree ? 0 : stream.VirtualLength, isTree);
        IVolumeProvider provider = context.GetProvider(planned.Provider);
        if (isTree && provider is not IFileTreeProvider)
        {
            throw Unsupported(planned, "cannot take files");
        }

        if (item.Target is RestoreTarget.NewVolume target)
        {
            return provider is IVolumeProvisioner ? await CheckNameAsync(planned, provider, target.Name, cancellationToken).ConfigureAwait(false)
                : throw Unsupported(planned, "cannot make volumes");
        }

        VolumeId id = ((RestoreTarget.ExistingVolume)item.Target).Volume;
        VolumeDescriptor volume = await provider.FindVolumeAsync(id, cancellationToken).ConfigureAwait(false)
            ?? throw new ProviderException(WaybillErrorCode.VolumeNotFound, planned.Provider, $"The provider '{planned.Provider}' has no volume '{id}'") { ObjectName = item.Volume };
        return (volume.Kind == VolumeKind.FileTree) != isTree ? throw Unsupported(planned, isTree ? "has blocks there, not files" : "has files there, not blocks")
            : volume.Length < planned.Length ? throw new WaybillException(WaybillErrorCode.TargetTooSmall, $"The volume '{id}' has {volume.Length} bytes; {planned.Length} are needed") { ObjectName = item.Volume }
            : planned with { Volume = id, TargetLength = volume.Length };
    }

    private static async Task<PlannedRestore> CheckNameAsync(PlannedRestore planned, IVolumeProvider provider, string name, CancellationToken cancellationToken)
    {
        await foreach (VolumeDescriptor volume in provider.ListVolumesAsync(cancellationToken).ConfigureAwait(false))
        {
            if (volume.Name == name)
            {
                throw new ProviderException(WaybillErrorCode.VolumeConflict, planned.Provider, $"There is a volume '{name}' already")
                {
                    ObjectName = planned.Item.Volume,
                    Hint = "Choose another name, or name it as an existing volume to overwrite it.",
                };
            }
        }

        return planned;
    }

    private static WaybillException Unsupported(PlannedRestore planned, string what) =>
        new(WaybillErrorCode.ProviderUnsupported, $"The provider '{planned.Provider}' {what}") { ObjectName = planned.Item.Volume };
}
