using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>A volume that is a tree of files, made for the kit.</summary>
internal sealed class TreeVolume
{
    private readonly ProviderScope _scope;

    private TreeVolume(ProviderScope scope, VolumeId id)
    {
        _scope = scope;
        Id = id;
    }

    public VolumeId Id { get; }

    private IFileTreeProvider Trees => (IFileTreeProvider)_scope.Provider;

    /// <summary>Makes an empty one; without the roles for it the scenario has nothing to check.</summary>
    public static async Task<TreeVolume> CreateAsync(ProviderScope scope, CancellationToken cancellationToken)
    {
        scope.Role<IFileTreeProvider>();
        IVolumeProvisioner provisioner = scope.Role<IVolumeProvisioner>();
        var request = new VolumeCreateRequest(scope.NewName(), 0) { Kind = VolumeKind.FileTree, StorageClass = scope.Options.StorageClass };
        try
        {
            VolumeDescriptor made = await provisioner.CreateVolumeAsync(request, cancellationToken).ConfigureAwait(false);
            scope.Track(made.Id);
            return new TreeVolume(scope, made.Id);
        }
        catch (ProviderException e) when (e.Code == WaybillErrorCode.ProviderUnsupported)
        {
            throw new CheckSkippedException("The provider makes no volumes that are trees of files.");
        }
    }

    /// <summary>Restores a tree to it.</summary>
    public async Task<IReadOnlyList<FileRestoreProblem>> WriteAsync(KitTree tree, CancellationToken cancellationToken)
    {
        FileTreeTarget target = await Trees.OpenTreeTargetAsync(Id, cancellationToken).ConfigureAwait(false);
        await using (target.ConfigureAwait(false))
        {
            return await tree.WriteAsync(target, cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task<SnapshotDescriptor> SnapshotAsync(CancellationToken cancellationToken)
    {
        SnapshotDescriptor taken = await _scope.Snapshots.CreateSnapshotAsync(Id, _scope.NewName(), cancellationToken).ConfigureAwait(false);
        _scope.Track(taken.Id);
        return await _scope.WaitUntilReadyAsync(taken, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Requires that snapshots of it can be taken.</summary>
    public async Task<VolumeCapabilities> RequireSnapshotsAsync(CancellationToken cancellationToken)
    {
        _ = _scope.Snapshots;
        VolumeCapabilities capabilities = await _scope.Provider.GetCapabilitiesAsync(Id, cancellationToken).ConfigureAwait(false);
        return capabilities.Snapshots ? capabilities : throw new CheckSkippedException("The volume does not claim that snapshots can be taken.");
    }

    public ValueTask<FileTreeSource> OpenAsync(SnapshotId? snapshot, CancellationToken cancellationToken) =>
        Trees.OpenTreeAsync(new VolumeSource(Id, snapshot), cancellationToken);

    /// <summary>Lists it as it is, or as it was when a snapshot was taken.</summary>
    public async Task<List<FileTreeEntry>> ListAsync(SnapshotId? snapshot, CancellationToken cancellationToken)
    {
        FileTreeSource source = await OpenAsync(snapshot, cancellationToken).ConfigureAwait(false);
        await using (source.ConfigureAwait(false))
        {
            return await ListAsync(source, cancellationToken).ConfigureAwait(false);
        }
    }

    public static async Task<List<FileTreeEntry>> ListAsync(FileTreeSource source, CancellationToken cancellationToken)
    {
        List<FileTreeEntry> entries = [];
        await foreach (FileTreeEntry entry in source.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            entries.Add(entry);
        }

        return entries;
    }

    /// <summary>Reads a file whole.</summary>
    public static async Task<byte[]> ReadAsync(FileTreeSource source, FileTreeEntry entry, CancellationToken cancellationToken)
    {
        FileContent content = await source.OpenAsync(entry, cancellationToken).ConfigureAwait(false);
        await using (content.ConfigureAwait(false))
        {
            var bytes = new byte[entry.Size];
            int read = await content.ReadAsync(0, bytes, cancellationToken).ConfigureAwait(false);
            Verdicts.Require(read == bytes.Length, $"{read} of {bytes.Length} bytes of {entry.Path} were read.");
            return bytes;
        }
    }
}
