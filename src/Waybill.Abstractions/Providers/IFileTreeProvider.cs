namespace Waybill.Providers;

/// <summary>Opens volumes that are trees of files.</summary>
public interface IFileTreeProvider
{
    /// <summary>Opens a tree for reading.</summary>
    /// <param name="source">What to read.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The tree; the caller disposes it.</returns>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.VolumeNotFound"/>, <see cref="WaybillErrorCode.SnapshotNotFound"/>.</exception>
    ValueTask<FileTreeSource> OpenTreeAsync(VolumeSource source, CancellationToken cancellationToken = default);

    /// <summary>Opens an empty tree for writing.</summary>
    /// <param name="volume">The volume; it MUST hold nothing, or the call fails with <see cref="WaybillErrorCode.TargetExists"/>.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The target; the caller disposes it.</returns>
    ValueTask<FileTreeTarget> OpenTreeTargetAsync(VolumeId volume, CancellationToken cancellationToken = default);
}
