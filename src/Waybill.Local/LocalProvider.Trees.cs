using System.Runtime.CompilerServices;
using Waybill.Bundles;

namespace Waybill.Local;

/// <content>Opens volumes that are trees of files, and says which files changed.</content>
public sealed partial class LocalProvider
{
    /// <inheritdoc/>
    public ValueTask<FileTreeSource> OpenTreeAsync(VolumeSource source, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string path = source.Snapshot is { } snapshot
            ? GetPath(GetSnapshot(source.Volume, snapshot, VolumeKind.FileTree))
            : GetPlace(source.Volume, VolumeKind.FileTree).Path;
        return ValueTask.FromResult<FileTreeSource>(DirectoryTreeSource.Open(path));
    }

    /// <inheritdoc/>
    public ValueTask<FileTreeTarget> OpenTreeTargetAsync(VolumeId volume, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult<FileTreeTarget>(DirectoryTreeTarget.Create(GetPlace(volume, VolumeKind.FileTree).Path, options: null, cancellationToken));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ChangedFile> GetChangedFilesAsync(
        VolumeId volume, ChangeId baseId, SnapshotId target, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        SnapshotRecord after = GetSnapshot(volume, target, VolumeKind.FileTree);
        if (!LocalChangeId.TryParse(baseId, out string baseVolume, out string baseSnapshot) || baseVolume != volume.ToString()
            || FindSnapshot(baseSnapshot) is not { Kind: VolumeKind.FileTree } before || before.Volume != baseVolume)
        {
            throw new ProviderException(WaybillErrorCode.ChangeTrackingLost, Name, "The base is not a snapshot of this volume, or it is gone")
            {
                ObjectName = baseId.ToString(),
            };
        }

        await foreach (ChangedFile file in TreeComparison.CompareAsync(GetPath(before), GetPath(after), Name, cancellationToken).ConfigureAwait(false))
        {
            yield return file;
        }
    }

    private async Task<long> MakeTreeAsync(string? source, string path, CancellationToken cancellationToken)
    {
        if (source is null)
        {
            _pool.Files.CreateDirectory(path);
        }
        else
        {
            await new TreeCopy(Name, _pool.Files.CanClone).RunAsync(source, path, cancellationToken).ConfigureAwait(false);
            _pool.Files.FlushDirectoryOf(path);
        }

        return 0;
    }
}
