using Waybill.Bundles;
using Waybill.Providers;

namespace Waybill.Mover;

/// <summary>The files that the pod has mounted.</summary>
internal sealed class DirectoryVolume : ServedVolume, IFileTreeProvider
{
    private DirectoryVolume(MoverOptions options)
        : base(options, new VolumeDescriptor(Volume, options.Name, 0) { Kind = VolumeKind.FileTree })
    {
    }

    /// <summary>Opens the directory once, to find out whether it can be read.</summary>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.SourceReadFailed"/> if it cannot.</exception>
    public static async Task<DirectoryVolume> OpenAsync(MoverOptions options)
    {
        await using DirectoryTreeSource tree = DirectoryTreeSource.Open(options.Directory);
        return new DirectoryVolume(options);
    }

    public ValueTask<FileTreeSource> OpenTreeAsync(VolumeSource source, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<FileTreeSource>(DirectoryTreeSource.Open(Options.Directory));

    public ValueTask<FileTreeTarget> OpenTreeTargetAsync(VolumeId id, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<FileTreeTarget>(Options.IsWritable ? DirectoryTreeTarget.Create(Options.Directory, options: null, cancellationToken) : throw Unsupported());

    /// <summary>Removes all that is there.</summary>
    public async ValueTask EmptyAsync(VolumeId id, CancellationToken cancellationToken)
    {
        if (!Options.IsWritable)
        {
            throw Unsupported();
        }

        // Removing does not wait for anything but the disk, and may take a while.
        await using DirectoryTreeTarget target = await Task.Run(() => DirectoryTreeTarget.Create(Options.Directory, new DirectoryTreeTargetOptions { Replaces = true }, cancellationToken), cancellationToken);
    }
}
