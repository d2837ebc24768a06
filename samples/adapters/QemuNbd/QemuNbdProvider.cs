using System.Runtime.CompilerServices;
using System.Text;
using Waybill.Providers;

namespace Waybill.Samples.QemuNbd;

/// <summary>Volumes that are chains of qcow2 images: written through qemu-storage-daemon, read through qemu-nbd, changes from persistent bitmaps.</summary>
public sealed partial class QemuNbdProvider : IVolumeProvider, ISnapshotProvider, IChangeSource, IAsyncDisposable
{
    private const int MaxDirectoryLength = 80;

    private readonly QemuNbdOptions _options;
    private readonly QemuImage _images;
    private readonly RootLock _lock;
    private readonly LayerKeeper _keeper;
    private readonly string _runtime;

    // Only used by whoever holds the lock.
    private readonly Dictionary<VolumeId, LiveDaemon> _live = [];
    private int _lastExport;

    /// <summary>Makes a provider.</summary>
    /// <param name="options">Where the volumes are.</param>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.ConfigurationInvalid"/>.</exception>
    public QemuNbdProvider(QemuNbdOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        string root = Path.GetFullPath(options.Directory);
        if (Encoding.UTF8.GetByteCount(root) > MaxDirectoryLength)
        {
            throw new ProviderException(WaybillErrorCode.ConfigurationInvalid, options.Name, $"The path '{root}' is longer than {MaxDirectoryLength} bytes, too long for sockets in it");
        }

        _options = options with { Directory = root };
        _images = new QemuImage(new QemuTool(options.ImageCommand));
        _lock = new RootLock(root);
        _keeper = new LayerKeeper(_images, options.KeptCheckpoints);
        _runtime = Directory.CreateTempSubdirectory("waybill-nbd-").FullName;
    }

    /// <inheritdoc/>
    public string Name => _options.Name;

    /// <summary>Makes a volume of zeros.</summary>
    /// <param name="name">Its name, which is also that of its directory.</param>
    /// <param name="length">Its size in bytes.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The volume.</returns>
    public async Task<VolumeId> AddVolumeAsync(string name, long length, CancellationToken cancellationToken = default)
    {
        var volume = new VolumeId(name);
        using FileStream held = await _lock.TakeAsync(cancellationToken).ConfigureAwait(false);
        if (await VolumeFolder.TryOpenAsync(_options.Directory, volume, cancellationToken).ConfigureAwait(false) is not null)
        {
            throw new ProviderException(WaybillErrorCode.VolumeConflict, Name, $"There is a volume '{name}' already") { ObjectName = name };
        }

        await VolumeFolder.CreateAsync(Path.Combine(_options.Directory, name), _images, length, Now(), cancellationToken).ConfigureAwait(false);
        return volume;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<VolumeDescriptor> ListVolumesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (VolumeFolder folder in await ReadFoldersAsync(cancellationToken).ConfigureAwait(false))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return await DescribeAsync(folder, cancellationToken).ConfigureAwait(false);
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <inheritdoc/>
    public async ValueTask<VolumeDescriptor?> FindVolumeAsync(VolumeId volume, CancellationToken cancellationToken = default) =>
        await VolumeFolder.TryOpenAsync(_options.Directory, volume, cancellationToken).ConfigureAwait(false) is { } folder
            ? await DescribeAsync(folder, cancellationToken).ConfigureAwait(false)
            : null;

    /// <inheritdoc/>
    public async ValueTask<VolumeCapabilities> GetCapabilitiesAsync(VolumeId volume, CancellationToken cancellationToken = default)
    {
        await OpenFolderAsync(volume, cancellationToken).ConfigureAwait(false);
        return new VolumeCapabilities
        {
            Shape = ChangeShape.MapAndRead,
            Granularity = _options.Granularity,
            Exactness = ChangeExactness.Exact,
            ChangeIdKind = ChangeIdKind.Checkpoint,
            AnyBase = true,
            ReportsZeros = true,
            ReportsAllocated = true,
            Snapshots = true,
        };
    }

    /// <inheritdoc/>
    public async ValueTask<BlockReader> OpenReadAsync(VolumeSource source, CancellationToken cancellationToken = default)
    {
        NbdSession session;
        if (source.Snapshot is { } snapshot)
        {
            session = await OpenSnapshotAsync(source.Volume, snapshot, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            session = await OpenLiveAsync(source.Volume, writes: false, cancellationToken).ConfigureAwait(false);
        }

        return await WrapAsync<BlockReader>(session, client => ValueTask.FromResult<BlockReader>(new NbdBlockReader(session, client.Export)), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<BlockWriter> OpenWriteAsync(VolumeId volume, CancellationToken cancellationToken = default)
    {
        NbdSession session = await OpenLiveAsync(volume, writes: true, cancellationToken).ConfigureAwait(false);
        return await WrapAsync<BlockWriter>(
            session,
            async client => new NbdBlockWriter(session, client.Export, await IsZeroAsync(session, cancellationToken).ConfigureAwait(false)),
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Serves a volume to whoever runs on it, such as a virtual machine, until what is returned is disposed. Snapshots can be taken meanwhile.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>Says where it is served.</returns>
    public async Task<LiveVolume> ServeAsync(VolumeId volume, CancellationToken cancellationToken = default)
    {
        LiveDaemon daemon = await AcquireAsync(volume, writes: true, cancellationToken).ConfigureAwait(false);
        return new LiveVolume(daemon, () => ReleaseAsync(volume, daemon, writes: true));
    }

    /// <summary>Ends what still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (LiveDaemon daemon in _live.Values)
        {
            await daemon.DisposeAsync().ConfigureAwait(false);
        }

        _live.Clear();
        if (Directory.Exists(_runtime))
        {
            Directory.Delete(_runtime, recursive: true);
        }
    }

    private static async Task<bool> IsZeroAsync(NbdSession session, CancellationToken cancellationToken)
    {
        await foreach (ByteRange unused in AllocationMap.ListAsync(session, 0, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        return true;
    }

    /// <summary>Connects, makes something of the connection, and lets go of everything if that fails.</summary>
    private static async Task<T> WrapAsync<T>(NbdSession session, Func<NbdClient, ValueTask<T>> make, CancellationToken cancellationToken)
    {
        try
        {
            return await make(await session.GetClientAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<NbdSession> OpenLiveAsync(VolumeId volume, bool writes, CancellationToken cancellationToken)
    {
        LiveDaemon daemon = await AcquireAsync(volume, writes, cancellationToken).ConfigureAwait(false);
        return new NbdSession(daemon.Socket, LiveDaemon.ExportName, [NbdClient.Allocation], () => ReleaseAsync(volume, daemon, writes));
    }

    private async Task<LiveDaemon> AcquireAsync(VolumeId volume, bool writes, CancellationToken cancellationToken)
    {
        using FileStream held = await _lock.TakeAsync(cancellationToken).ConfigureAwait(false);
        VolumeFolder folder = await OpenFolderAsync(volume, cancellationToken).ConfigureAwait(false);
        return await AcquireLockedAsync(folder, writes, cancellationToken).ConfigureAwait(false);
    }

    private async Task<LiveDaemon> AcquireLockedAsync(VolumeFolder folder, bool writes, CancellationToken cancellationToken)
    {
        if (!_live.TryGetValue(folder.Id, out LiveDaemon? daemon))
        {
            string pidFile = Path.Combine(_runtime, $"live-{++_lastExport}.pid");
            daemon = await LiveDaemon.OpenAsync(folder, _options.DaemonCommand, pidFile, cancellationToken).ConfigureAwait(false);
            _live.Add(folder.Id, daemon);
        }

        if (writes && (daemon.HasWriter || daemon.IsForeign))
        {
            if (daemon.Users == 0)
            {
                _live.Remove(folder.Id);
                await daemon.DisposeAsync().ConfigureAwait(false);
            }

            throw new ProviderException(WaybillErrorCode.ProviderBusy, Name, $"Something writes to the volume '{folder.Id}' already") { IsTransient = true, ObjectName = folder.Id.ToString() };
        }

        daemon.Users++;
        daemon.HasWriter |= writes;
        return daemon;
    }

    private async ValueTask ReleaseAsync(VolumeId volume, LiveDaemon daemon, bool writes)
    {
        using FileStream held = await _lock.TakeAsync(CancellationToken.None).ConfigureAwait(false);
        await ReleaseLockedAsync(volume, daemon, writes).ConfigureAwait(false);
    }

    private async ValueTask ReleaseLockedAsync(VolumeId volume, LiveDaemon daemon, bool writes)
    {
        daemon.HasWriter &= !writes;
        if (--daemon.Users == 0)
        {
            _live.Remove(volume);
            await daemon.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<VolumeFolder> OpenFolderAsync(VolumeId volume, CancellationToken cancellationToken) =>
        await VolumeFolder.TryOpenAsync(_options.Directory, volume, cancellationToken).ConfigureAwait(false)
            ?? throw new ProviderException(WaybillErrorCode.VolumeNotFound, Name, $"There is no volume '{volume}'") { ObjectName = volume.ToString() };

    private async Task<List<VolumeFolder>> ReadFoldersAsync(CancellationToken cancellationToken)
    {
        var folders = new List<VolumeFolder>();
        foreach (string directory in Directory.EnumerateDirectories(_options.Directory).Order(StringComparer.Ordinal))
        {
            if (VolumeId.TryParse(Path.GetFileName(directory), null, out VolumeId id)
                && await VolumeFolder.TryOpenAsync(_options.Directory, id, cancellationToken).ConfigureAwait(false) is { } folder)
            {
                folders.Add(folder);
            }
        }

        return folders;
    }

    private async Task<VolumeDescriptor> DescribeAsync(VolumeFolder folder, CancellationToken cancellationToken)
    {
        ImageInfo info = await _images.GetInfoAsync(folder.LayerPath(folder.Layers[^1]), cancellationToken).ConfigureAwait(false);
        return new VolumeDescriptor(folder.Id, folder.Id.ToString(), info.Length) { Created = folder.Created };
    }

    private string NewExportDirectory() => Directory.CreateDirectory(Path.Combine(_runtime, $"export-{++_lastExport}")).FullName;

    private Timestamp Now() => Timestamp.From(_options.TimeProvider.GetUtcNow());
}
