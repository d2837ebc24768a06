using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using Waybill.Bundles;
using Waybill.Providers;

namespace Waybill.Samples.FileShare;

/// <summary>Shares as volumes that are trees of files. Nothing is reached without leave, and every access is recorded.</summary>
/// <param name="volumes">The shares.</param>
/// <param name="options">How they are reached, by whose leave, and where that is recorded.</param>
public sealed class FileShareProvider(IEnumerable<ShareVolume> volumes, FileShareOptions options) : IVolumeProvider, IFileTreeProvider
{
    private readonly FrozenDictionary<VolumeId, ShareVolume> _volumes = volumes.ToFrozenDictionary(volume => volume.Id);

    /// <inheritdoc/>
    public string Name => options.Name;

    /// <inheritdoc/>
    public async IAsyncEnumerable<VolumeDescriptor> ListVolumesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (ShareVolume volume in _volumes.Values)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return Describe(volume);
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <inheritdoc/>
    public ValueTask<VolumeDescriptor?> FindVolumeAsync(VolumeId volume, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(_volumes.TryGetValue(volume, out ShareVolume? found) ? Describe(found) : null);

    /// <inheritdoc/>
    public ValueTask<VolumeCapabilities> GetCapabilitiesAsync(VolumeId volume, CancellationToken cancellationToken = default)
    {
        // Shares have no snapshots that a client could take, and say nothing of changes: a walk finds them by time, size and number.
        Require(volume);
        return ValueTask.FromResult(new VolumeCapabilities());
    }

    /// <inheritdoc/>
    public ValueTask<BlockReader> OpenReadAsync(VolumeSource source, CancellationToken cancellationToken = default)
    {
        Require(source.Volume);
        throw HasFiles(source.Volume);
    }

    /// <inheritdoc/>
    public ValueTask<BlockWriter> OpenWriteAsync(VolumeId volume, CancellationToken cancellationToken = default)
    {
        Require(volume);
        throw HasFiles(volume);
    }

    /// <inheritdoc/>
    public async ValueTask<FileTreeSource> OpenTreeAsync(VolumeSource source, CancellationToken cancellationToken = default)
    {
        ShareVolume volume = Require(source.Volume);
        if (source.Snapshot is { } snapshot)
        {
            throw new ProviderException(WaybillErrorCode.SnapshotNotFound, Name, $"There is no snapshot {snapshot}: shares have none.");
        }

        var guard = new ShareGuard(volume.Id.ToString(), options, renews: volume is MountedVolume);
        IShareReader reader = volume switch
        {
            SmbVolume smb => new SmbReader(new SmbSession(smb, guard, options)),
            MountedVolume mounted => await OpenMountAsync(mounted, guard, ShareOperation.List, m => new MountReader(m), cancellationToken).ConfigureAwait(false),
            _ => throw new NotSupportedException($"A {volume.GetType().Name} is not known."),
        };
        return new GuardedTreeSource(reader, guard);
    }

    /// <inheritdoc/>
    public async ValueTask<FileTreeTarget> OpenTreeTargetAsync(VolumeId volume, CancellationToken cancellationToken = default)
    {
        ShareVolume found = Require(volume);
        var guard = new ShareGuard(volume.ToString(), options, renews: found is MountedVolume);
        if (await guard.AskAsync(FilePath.Root, ShareOperation.Write, cancellationToken).ConfigureAwait(false) is { } denied)
        {
            throw guard.Refuse(FilePath.Root, denied);
        }

        FileTreeTarget target = found switch
        {
            SmbVolume smb => await SmbTreeTarget.OpenAsync(new SmbSession(smb, guard, options), cancellationToken).ConfigureAwait(false),
            MountedVolume mounted => await OpenMountAsync(mounted, guard, ShareOperation.Write, m => DirectoryTreeTarget.Create(m.Path), cancellationToken).ConfigureAwait(false),
            _ => throw new NotSupportedException($"A {found.GetType().Name} is not known."),
        };
        return new GuardedTreeTarget(target, guard);
    }

    private static async ValueTask<T> OpenMountAsync<T>(
        MountedVolume volume, ShareGuard guard, ShareOperation operation, Func<MountedVolume, T> open, CancellationToken cancellationToken)
    {
        // The mount has a login of its own; who we are, and whether we may come in at all, is asked all the same.
        await guard.EnterAsync(cancellationToken).ConfigureAwait(false);
        return await guard.AskAsync(FilePath.Root, operation, cancellationToken).ConfigureAwait(false) is { } denied
            ? throw guard.Refuse(FilePath.Root, denied)
            : open(volume);
    }

    private static VolumeDescriptor Describe(ShareVolume volume) => new(volume.Id, volume.Id.ToString(), 0)
    {
        Kind = VolumeKind.FileTree,
        FileSystem = volume.Protocol,
    };

    private ShareVolume Require(VolumeId volume) =>
        _volumes.GetValueOrDefault(volume) ?? throw new ProviderException(WaybillErrorCode.VolumeNotFound, Name, $"There is no share {volume}.");

    private ProviderException HasFiles(VolumeId volume) => new(WaybillErrorCode.ProviderUnsupported, Name, $"The share {volume} has files, not blocks.");
}
