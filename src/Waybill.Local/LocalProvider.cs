using System.Runtime.CompilerServices;
using Waybill.Bundles;

namespace Waybill.Local;

/// <summary>
/// The storage platform of one host: volumes are sparse files in a directory, the pool. On XFS and btrfs snapshots and clones take no time and share their
/// blocks, and what changed between two snapshots is told from the places of those blocks without reading any. Elsewhere snapshots are copies.
/// </summary>
/// <remarks>
/// Several processes may have one pool open. Whatever moment a process ends at, the next to open the pool finds every volume and snapshot that was reported
/// as made, and removes what was only begun. Failures of the platform are <see cref="ProviderException"/> with <see cref="WaybillErrorCode.ProviderFailed"/>,
/// <see cref="WaybillErrorCode.NoSpace"/>, or, transient, <see cref="WaybillErrorCode.ProviderBusy"/>.
/// </remarks>
public sealed partial class LocalProvider
    : IVolumeProvider, IVolumeProvisioner, ISnapshotProvider, IGroupSnapshotProvider, IChangeSource, IFileTreeProvider, IChangedFileSource, IAsyncDisposable
{
    internal const string VolumePrefix = "vol-";
    internal const string SnapshotPrefix = "snap-";

    private const int PageSize = 256;

    private readonly Pool _pool;
    private readonly AttachedVolumes _attached;
    private readonly LocalProviderOptions _options;
    private readonly KeyedLock _names = new();

    private LocalProvider(Pool pool, AttachedVolumes attached, LocalProviderOptions options)
    {
        _pool = pool;
        _attached = attached;
        _options = options;
    }

    /// <inheritdoc/>
    public string Name => _options.Name;

    /// <summary>Opens a pool, and makes it if it is missing.</summary>
    /// <param name="options">Where it is and what is offered beside it.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The provider; the caller disposes it.</returns>
    /// <exception cref="ProviderException">
    /// <see cref="WaybillErrorCode.ProviderFailed"/> if the pool cannot be made or read, <see cref="WaybillErrorCode.ProviderUnsupported"/> if a later version made it,
    /// <see cref="WaybillErrorCode.ConfigurationInvalid"/> if attached volumes are named wrongly, <see cref="WaybillErrorCode.PlatformUnsupported"/> if this is not Linux.
    /// </exception>
    public static Task<LocalProvider> OpenAsync(LocalProviderOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(options.PoolDirectory);
        if (!Libc.IsSupported)
        {
            throw new ProviderException(WaybillErrorCode.PlatformUnsupported, options.Name, "The local platform needs Linux on a 64-bit processor");
        }

        var attached = new AttachedVolumes(options.Attached, options.Name);
        return Task.Run(() => new LocalProvider(Pool.Open(options), attached, options), cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<VolumeDescriptor> ListVolumesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        foreach (VolumeId id in _attached.Ids)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_attached.Find(id) is { } place)
            {
                yield return _attached.Describe(place);
            }
        }

        // By pages, each behind the last id of the one before: what is made or removed meanwhile moves nothing out of sight.
        string last = "";
        while (true)
        {
            List<VolumeRecord> page = _pool.Records.Read(connection => VolumeRecords.ListAfter(connection, last, PageSize));
            foreach (VolumeRecord volume in page)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return volume.ToDescriptor();
            }

            if (page.Count < PageSize)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield break;
            }

            last = page[^1].Id;
        }
    }

    /// <inheritdoc/>
    public ValueTask<VolumeDescriptor?> FindVolumeAsync(VolumeId volume, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        VolumePlace? place = FindPlace(volume);
        return ValueTask.FromResult(place is null ? null : Describe(place));
    }

    /// <summary>Finds where a volume is on this host, for whoever attaches it to the system.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>Its place; <see langword="null"/> if there is no such volume.</returns>
    /// <remarks>
    /// Nothing but its content may be changed there. Whoever attaches an image to a loop device MUST hold an exclusive lock of flock(2) on the file until that is
    /// done, and then find that the file still has a name: this keeps the volume from being removed, or taken into a group of snapshots, at the same moment.
    /// </remarks>
    public ValueTask<LocalVolumeLocation?> FindLocationAsync(VolumeId volume, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(FindPlace(volume) is { } place ? new LocalVolumeLocation(place.Path, place.Kind, place.IsDevice) : null);
    }

    /// <inheritdoc/>
    public ValueTask<VolumeCapabilities> GetCapabilitiesAsync(VolumeId volume, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(GetCapabilities(GetPlace(volume)));
    }

    /// <inheritdoc/>
    public ValueTask<BlockReader> OpenReadAsync(VolumeSource source, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string path;
        if (source.Snapshot is { } id)
        {
            SnapshotRecord snapshot = GetSnapshot(source.Volume, id, VolumeKind.Block);
            path = _pool.Layout.GetSnapshotPath(snapshot.Id, snapshot.Kind);
        }
        else
        {
            path = GetPlace(source.Volume, VolumeKind.Block).Path;
        }

        try
        {
            return ValueTask.FromResult<BlockReader>(FileBlockReader.Open(path));
        }
        catch (ProviderException) when (!File.Exists(path))
        {
            throw source.Snapshot is { } gone ? SnapshotNotFound(gone) : VolumeNotFound(source.Volume);
        }
    }

    /// <summary>Opens a block volume for writing over what it holds. Nobody else on this host can open it for writing, or remove it, until the target is disposed.</summary>
    /// <inheritdoc/>
    public ValueTask<BlockWriter> OpenWriteAsync(VolumeId volume, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        VolumePlace place = GetPlace(volume, VolumeKind.Block);
        VolumeLock? volumeLock = LockUnused(place);
        try
        {
            // It may have been removed between being found and being locked.
            _ = GetPlace(volume, VolumeKind.Block);
            bool zeroed = !place.IsDevice && IsEmpty(place.Path);
            return ValueTask.FromResult<BlockWriter>(new LockedBlockWriter(FileBlockWriter.OpenExisting(place.Path), volumeLock, zeroed));
        }
        catch (ProviderException e) when (place.IsDevice && e.Code == WaybillErrorCode.TargetWriteFailed && e.VendorCode is null)
        {
            volumeLock.Dispose();
            throw InUse(volume, "the device is mounted or otherwise in use");
        }
        catch
        {
            volumeLock.Dispose();
            throw;
        }
    }

    /// <summary>Closes the pool. Readers, writers and deltas that are open stay usable.</summary>
    /// <returns>A task that completes when it is closed.</returns>
    public ValueTask DisposeAsync()
    {
        _pool.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Leaves the pool as a process that is killed would.</summary>
    internal void Abandon() => _pool.Abandon();

    private static bool IsEmpty(string path)
    {
        // A writer of this pool may have left changes in memory only: a hole is certain on the disk, so ask after they are there.
        using ExtentReader? file = ExtentReader.TryOpen("local", path, long.MaxValue);
        file?.Flush();
        using ExtentCursor? cursor = file?.Walk(0);
        while (cursor is not null && cursor.TryRead(out Extent extent))
        {
            if (extent.Content != ExtentContent.Zeros)
            {
                return false;
            }
        }

        return cursor is not null;
    }

    private VolumePlace? FindPlace(VolumeId volume) =>
        volume.IsDefault ? null
        : _attached.Find(volume) is { } attached ? attached
        : _pool.Records.Read(connection => VolumeRecords.Find(connection, volume.ToString())) is { IsThere: true } record
            ? new VolumePlace(volume, record.Kind, _pool.Layout.GetVolumePath(record.Id, record.Kind), record, false)
            : null;

    private VolumePlace GetPlace(VolumeId volume) => FindPlace(volume) ?? throw VolumeNotFound(volume);

    private VolumePlace GetPlace(VolumeId volume, VolumeKind kind)
    {
        VolumePlace place = GetPlace(volume);
        return place.Kind == kind ? place : throw WrongKind(volume, kind);
    }

    private VolumeDescriptor Describe(VolumePlace place) => place.Record is { } record ? record.ToDescriptor() : _attached.Describe(place);

    private VolumeCapabilities GetCapabilities(VolumePlace place)
    {
        bool snapshots = place.Record is not null || CanSnapshotAttached(place);
        if (place.Kind == VolumeKind.FileTree)
        {
            return new VolumeCapabilities
            {
                Snapshots = snapshots,
                Exactness = snapshots ? ChangeExactness.Exact : ChangeExactness.Unknown,
                ChangeIdKind = snapshots ? ChangeIdKind.Snapshot : ChangeIdKind.None,
                BaseMustExist = snapshots,
                AnyBase = snapshots,
                Grows = place.Record is not null,
            };
        }

        bool grows = !place.IsDevice;
        return !snapshots || !_pool.Files.CanClone
            ? new VolumeCapabilities { Snapshots = snapshots, ReportsAllocated = snapshots, Grows = grows }
            : new VolumeCapabilities
            {
                Shape = ChangeShape.ListAndRead,

                // A file system may move a block without anybody having written it.
                Exactness = ChangeExactness.Superset,
                ChangeIdKind = ChangeIdKind.Snapshot,
                BaseMustExist = true,
                AnyBase = true,
                ReportsZeros = true,
                ReportsAllocated = true,
                Snapshots = true,
                Groups = GroupConsistency.WriteOrder,
                Grows = grows,
            };
    }

    // Clones cannot cross file systems, and what is not the pool's is not copied whole behind the caller's back.
    private bool CanSnapshotAttached(VolumePlace place) =>
        !place.IsDevice && _pool.Files.CanClone
        && Libc.TryGetStatus(place.Path, out FileStatus volume) && Libc.TryGetStatus(_pool.Layout.Snapshots, out FileStatus pool)
        && (volume.DeviceMajor, volume.DeviceMinor) == (pool.DeviceMajor, pool.DeviceMinor);

    /// <summary>Locks a volume that nothing uses.</summary>
    private VolumeLock LockUnused(VolumePlace place)
    {
        VolumeLock? result;
        try
        {
            result = VolumeLock.TryTake(place.Path, Name);
        }
        catch (FileNotFoundException)
        {
            throw VolumeNotFound(place.Id);
        }

        if (result is null)
        {
            throw InUse(place.Id, "another writer has it open");
        }

        if (!place.IsDevice && LoopDevices.FindOn(place.Path) is [var loop, ..])
        {
            result.Dispose();
            throw InUse(place.Id, $"it is attached to {loop.Path}");
        }

        return result;
    }
}
