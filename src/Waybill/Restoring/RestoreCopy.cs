using Waybill.Bundles;
using Waybill.Providers;

namespace Waybill.Engine;

/// <summary>Makes, writes and compares volumes of one restore.</summary>
internal sealed class RestoreCopy(EngineContext context, BundleChain chain, RunLedger ledger, bool verify, IProgress<EngineProgress>? progress)
{
    public async Task<RestoredVolume> RestoreAsync(PlannedRestore planned, CancellationToken cancellationToken)
    {
        IVolumeProvider provider = context.GetProvider(planned.Provider);
        VolumeId volume = planned.Volume;
        if (planned.Item.Target is RestoreTarget.NewVolume target)
        {
            volume = await CreateAsync(planned, target, cancellationToken).ConfigureAwait(false);
        }

        if (planned.IsTree)
        {
            return await RestoreTreeAsync(planned, (IFileTreeProvider)provider, volume, cancellationToken).ConfigureAwait(false);
        }

        BlockReader content = chain.OpenStream(StreamKind.BlockVolume, planned.Item.Volume);
        await using (content.ConfigureAwait(false))
        {
            await WriteAsync(planned.Item.Volume, content, provider, volume, cancellationToken).ConfigureAwait(false);
            if (verify)
            {
                await CompareAsync(planned, content, provider, volume, cancellationToken).ConfigureAwait(false);
            }
        }

        return new RestoredVolume(planned.Item, volume, verify);
    }

    private async Task<VolumeId> CreateAsync(PlannedRestore planned, RestoreTarget.NewVolume target, CancellationToken cancellationToken)
    {
        LedgerEntry entry = await ledger.IntendAsync(LedgerKind.Volume, target.Provider, target.Name, default, cancellationToken).ConfigureAwait(false);
        var request = new VolumeCreateRequest(target.Name, planned.Length)
        {
            Kind = planned.IsTree ? VolumeKind.FileTree : VolumeKind.Block,
            StorageClass = target.StorageClass,
        };
        VolumeDescriptor made = await ((IVolumeProvisioner)context.GetProvider(target.Provider)).CreateVolumeAsync(request, cancellationToken).ConfigureAwait(false);
        await ledger.CreatedAsync(entry, made.Id.ToString()).ConfigureAwait(false);
        return made.Id;
    }

    private async Task WriteAsync(string name, BlockReader content, IVolumeProvider provider, VolumeId volume, CancellationToken cancellationToken)
    {
        BlockWriter writer = await provider.OpenWriteAsync(volume, cancellationToken).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            if (writer.Length > content.Length && !writer.StartsZeroed)
            {
                // What a dirty target holds behind the end would otherwise pass for restored.
                await writer.WriteZeroesAsync(ByteRange.FromBounds(content.Length, writer.Length), cancellationToken).ConfigureAwait(false);
            }

            await VolumeRestorer.RestoreAsync(content, writer, null, name, new ProgressRelay(progress, EnginePhase.Copying), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Compares every byte that was restored, and that the rest is zeros.</summary>
    private async Task CompareAsync(PlannedRestore planned, BlockReader content, IVolumeProvider provider, VolumeId volume, CancellationToken cancellationToken)
    {
        BlockReader written = await provider.OpenReadAsync(new VolumeSource(volume), cancellationToken).ConfigureAwait(false);
        await using (written.ConfigureAwait(false))
        {
            long? different = await ContentDifference.FindAsync(
                content,
                written,
                position => progress?.Report(new EngineProgress(EnginePhase.Verifying, planned.Item.Volume, position, written.Length)),
                cancellationToken).ConfigureAwait(false);
            if (different is { } offset)
            {
                throw Differs(planned, volume, offset, null);
            }
        }
    }

    private async Task<RestoredVolume> RestoreTreeAsync(PlannedRestore planned, IFileTreeProvider provider, VolumeId volume, CancellationToken cancellationToken)
    {
        RestoreItem item = planned.Item;
        var options = new FileTreeRestoreOptions { Only = item.Only };
        FileTreeRestoreResult result;
        FileTreeTarget target = await provider.OpenTreeTargetAsync(volume, cancellationToken).ConfigureAwait(false);
        await using (target.ConfigureAwait(false))
        {
            result = await FileTreeRestorer.RestoreAsync(chain, item.Volume, target, options, new ProgressRelay(progress, EnginePhase.Copying), cancellationToken).ConfigureAwait(false);
        }

        bool isVerified = verify && await CompareTreeAsync(planned, provider, volume, options, result, cancellationToken).ConfigureAwait(false);
        return new RestoredVolume(item, volume, isVerified) { Problems = [.. result.Problems], DamagedFiles = [.. result.DamagedFiles] };
    }

    /// <returns>Whether all of it is there; false if files could not be restored, which is known.</returns>
    private async Task<bool> CompareTreeAsync(
        PlannedRestore planned, IFileTreeProvider provider, VolumeId volume, FileTreeRestoreOptions options, FileTreeRestoreResult result, CancellationToken cancellationToken)
    {
        FileTreeSource written = await provider.OpenTreeAsync(new VolumeSource(volume), cancellationToken).ConfigureAwait(false);
        await using (written.ConfigureAwait(false))
        {
            HashSet<FilePath> missing = [.. result.Problems.Where(problem => problem.What == FileRestoreProblem.File).Select(problem => problem.Path), .. result.DamagedFiles];
            HashSet<FilePath> changed = [.. result.Problems.Select(problem => problem.Path)];
            var comparison = new TreeComparison(chain, planned.Item.Volume, progress);
            if (await comparison.FindDifferenceAsync(written, options, missing, changed, cancellationToken).ConfigureAwait(false) is { } different)
            {
                throw Differs(planned, volume, null, $"{different.Path}: {different.Why}");
            }

            return missing.Count == 0 && comparison.Unread == 0;
        }
    }

    private static ProviderException Differs(PlannedRestore planned, VolumeId volume, long? offset, string? file) => new(
        WaybillErrorCode.TargetWriteFailed, planned.Provider, $"The volume '{volume}' does not hold what was written to it{(file is null ? "" : $": {file}")}")
    {
        ObjectName = planned.Item.Volume,
        Offset = offset,
        Hint = "Something else writes to it, or the platform lost a write. Do not use the volume.",
    };
}
