using System.Collections.Concurrent;
using Waybill.Providers;

namespace Waybill.Kubernetes;

/// <content>Opens volumes as trees of files, by movers that mount them.</content>
public sealed partial class ClusterVolumeProvider
{
    private readonly ConcurrentDictionary<VolumeId, ClaimUse> _uses = [];

    /// <inheritdoc/>
    /// <remarks>A volume as it is now is mounted beside the pods that use it if several may; else a snapshot is taken for it if a pod uses it.</remarks>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.ProviderUnsupported"/> if no movers are wanted, or the claim is a block device.</exception>
    public async ValueTask<FileTreeSource> OpenTreeAsync(VolumeSource source, CancellationToken cancellationToken = default)
    {
        if (source.Snapshot is { } id)
        {
            (SnapshotObject snapshot, SnapshotContentObject content) = await RequireSnapshotAsync(source.Volume, id, cancellationToken).ConfigureAwait(false);
            return await OpenTreeAsync(snapshot, content, null, cancellationToken).ConfigureAwait(false);
        }

        BoundClaim claim = await RequireTreeAsync(source.Volume, cancellationToken).ConfigureAwait(false);
        return claim.IsShared || await _claims.FindUserAsync(claim, cancellationToken).ConfigureAwait(false) is null
            ? await RequireTrees(claim.Id.ToString()).OpenNowAsync(claim, cancellationToken).ConfigureAwait(false)
            : await OpenTemporaryAsync(claim, (snapshot, content, onDispose) => OpenTreeAsync(snapshot, content, onDispose, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    /// <exception cref="ProviderException">
    /// <see cref="WaybillErrorCode.TargetExists"/>; <see cref="WaybillErrorCode.ProviderBusy"/> if something uses the volume; <see cref="WaybillErrorCode.ProviderUnsupported"/> if no
    /// movers are wanted, or the claim is a block device.
    /// </exception>
    public async ValueTask<FileTreeTarget> OpenTreeTargetAsync(VolumeId volume, CancellationToken cancellationToken = default)
    {
        BoundClaim claim = await RequireTreeAsync(volume, cancellationToken).ConfigureAwait(false);
        VolumeId key = claim.Id;
        if (!_writers.TryAdd(key, null))
        {
            throw InUse(volume, "another writer has it open");
        }

        try
        {
            await RequireUnusedAsync(claim, cancellationToken).ConfigureAwait(false);
            bool replaces = _uses.GetValueOrDefault(key) is { Replaces: true };
            return await RequireTrees(key.ToString()).OpenTargetAsync(claim, replaces, () => _writers.TryRemove(key, out _), cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            _writers.TryRemove(key, out _);
            throw;
        }
    }

    /// <summary>Has a claim taken for something until the result is disposed.</summary>
    internal IDisposable Use(VolumeId volume, ClaimUse use)
    {
        _uses[volume] = use;
        return new EndOfUse(_uses, volume);
    }

    /// <summary>Gets the way to files.</summary>
    /// <param name="name">What they are needed for.</param>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.ProviderUnsupported"/> if there is none.</exception>
    internal MovedTrees RequireTrees(string name) => _trees
        ?? throw Unsupported(name, "Files are read and written by data movers only, and none are wanted", "Name the image of the data mover (--mover-image).");

    private async Task<BoundClaim> RequireTreeAsync(VolumeId volume, CancellationToken cancellationToken) =>
        await RequireClaimAsync(volume, cancellationToken).ConfigureAwait(false) is { VolumeMode: BoundClaim.Filesystem } claim ? claim
            : throw Unsupported(volume.ToString(), "The claim is a block device, and holds no files");

    private async Task<FileTreeSource> OpenTreeAsync(SnapshotObject snapshot, SnapshotContentObject content, Func<ValueTask>? onDispose, CancellationToken cancellationToken)
    {
        IClaimData data = await _data.GetAsync(content.Driver, cancellationToken).ConfigureAwait(false);
        return await data.FindPointAsync(snapshot, content, cancellationToken).ConfigureAwait(false) is { IsReady: true } point
            ? await RequireTrees(snapshot.FullName).OpenAsync(snapshot, content.Driver, point, onDispose, cancellationToken).ConfigureAwait(false)
            : throw NotReady(snapshot);
    }

    private async Task<VolumeDescriptor> DescribeAsync(BoundClaim claim, CancellationToken cancellationToken)
    {
        VolumeKind kind = _uses.GetValueOrDefault(claim.Id) is { } use ? use.Kind
            : _movers is not null && claim.VolumeMode == BoundClaim.Filesystem
                && await _data.TryGetAsync(claim.Driver, cancellationToken).ConfigureAwait(false) is MovedData moved && moved.IsTree(claim) ? VolumeKind.FileTree
            : VolumeKind.Block;
        return claim.ToDescriptor(kind);
    }

    private sealed class EndOfUse(ConcurrentDictionary<VolumeId, ClaimUse> uses, VolumeId volume) : IDisposable
    {
        public void Dispose() => uses.TryRemove(volume, out _);
    }
}
