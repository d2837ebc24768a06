using System.Globalization;
using System.Runtime.CompilerServices;
using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>
/// A storage platform in memory that keeps every obligation of the provider contracts, in whichever of the delivery shapes it is asked for, and
/// fails where it is told to.
/// </summary>
public sealed partial class ScriptedProvider :
    IVolumeProvider, IVolumeProvisioner, ISnapshotProvider, IGroupSnapshotProvider, IChangeSource, IFileTreeProvider, IChangedFileSource
{
    // One gate for all disks: a group snapshot is then consistent in the order of writes.
    private readonly Lock _gate = new();
    private readonly Dictionary<VolumeId, ScriptedVolume> _volumes = [];
    private readonly List<ScriptedSnapshot> _snapshots = [];
    private int _lastNumber;
    private int _readsRunning;

    /// <summary>Makes a platform without volumes.</summary>
    /// <param name="options">What kind of platform; the default lists exact changes and has their content read.</param>
    public ScriptedProvider(ScriptedProviderOptions? options = null)
    {
        Options = options ?? new ScriptedProviderOptions();
        Faults = new FaultScript(Options.Name);
    }

    /// <summary>Gets what kind of platform it is.</summary>
    public ScriptedProviderOptions Options { get; }

    /// <summary>Gets what goes wrong.</summary>
    public FaultScript Faults { get; }

    /// <inheritdoc/>
    public string Name => Options.Name;

    /// <summary>Makes a volume at once, without counting as a call.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="length">Its size in bytes; not used for a tree of files.</param>
    /// <param name="kind">What it holds.</param>
    /// <returns>Its name on the platform.</returns>
    public VolumeId AddVolume(string name, long length = 0, VolumeKind kind = VolumeKind.Block)
    {
        lock (_gate)
        {
            return Add(new VolumeCreateRequest(name, length) { Kind = kind }).Id;
        }
    }

    /// <summary>Gives the disk of a volume, to write on it as its application does.</summary>
    /// <param name="volume">The volume.</param>
    /// <returns>The disk.</returns>
    public ModelDisk GetDisk(VolumeId volume) => Require(volume).Disk;

    /// <summary>Gives the files of a volume, to write them as its application does.</summary>
    /// <param name="volume">The volume.</param>
    /// <returns>The tree.</returns>
    public ModelTree GetTree(VolumeId volume) => Require(volume).Tree;

    /// <summary>Gives the true content of a snapshot, without counting as a call.</summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <returns>The content.</returns>
    public ModelSnapshot GetContent(SnapshotId snapshot)
    {
        lock (_gate)
        {
            return Find(null, snapshot).Content;
        }
    }

    /// <summary>Forgets what changed since any snapshot of a volume that was taken so far, as after a crash of the platform.</summary>
    /// <param name="volume">The volume.</param>
    public void LoseTracking(VolumeId volume)
    {
        lock (_gate)
        {
            foreach (ScriptedSnapshot snapshot in _snapshots.Where(snapshot => snapshot.Volume.Id == volume))
            {
                snapshot.IsLost = true;
            }
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<VolumeDescriptor> ListVolumesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Faults.EnterAsync(ScriptedCall.ListVolumes, cancellationToken).ConfigureAwait(false);
        VolumeDescriptor[] volumes;
        lock (_gate)
        {
            volumes = [.. _volumes.Values.Select(volume => volume.Describe())];
        }

        foreach (VolumeDescriptor volume in volumes)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return volume;
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <inheritdoc/>
    public async ValueTask<VolumeDescriptor?> FindVolumeAsync(VolumeId volume, CancellationToken cancellationToken = default)
    {
        await Faults.EnterAsync(ScriptedCall.FindVolume, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            return _volumes.GetValueOrDefault(volume)?.Describe();
        }
    }

    /// <inheritdoc/>
    public async ValueTask<VolumeCapabilities> GetCapabilitiesAsync(VolumeId volume, CancellationToken cancellationToken = default)
    {
        await Faults.EnterAsync(ScriptedCall.GetCapabilities, cancellationToken).ConfigureAwait(false);
        bool isBlock = Require(volume).Request.Kind == VolumeKind.Block;
        return new VolumeCapabilities
        {
            Shape = isBlock ? Options.Shape : ChangeShape.None,
            Granularity = isBlock && Options.Unit > 1 ? Options.Unit : 0,
            Exactness = Options.Exactness,
            ChangeIdKind = Options.ChangeIdKind,
            BaseMustExist = Options.BaseMustExist,
            AnyBase = Options.AnyBase,
            ReportsZeros = isBlock && Options.ReportsZeros,
            ReportsAllocated = isBlock && Options.ReportsAllocated,
            Snapshots = true,
            Groups = Options.Groups,
            Grows = isBlock,
            ListLifetime = Options.ListLifetime,
            MaxConcurrentReads = Options.MaxConcurrentReads,
        };
    }

    /// <inheritdoc/>
    public async ValueTask<BlockReader> OpenReadAsync(VolumeSource source, CancellationToken cancellationToken = default)
    {
        await Faults.EnterAsync(ScriptedCall.OpenRead, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            ScriptedVolume volume = Require(source.Volume, VolumeKind.Block);
            if (source.Snapshot is { } id)
            {
                return new ScriptedReader(this, Require(source.Volume, id).Content);
            }

            return new ScriptedReader(this, volume.Disk);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<BlockWriter> OpenWriteAsync(VolumeId volume, CancellationToken cancellationToken = default)
    {
        await Faults.EnterAsync(ScriptedCall.OpenWrite, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            ScriptedVolume target = Require(volume, VolumeKind.Block);
            ThrowIfBusy(target);
            target.IsWritten = true;
            return new ScriptedWriter(this, target);
        }
    }

    internal void ReleaseWriter(ScriptedVolume volume)
    {
        lock (_gate)
        {
            volume.IsWritten = false;
        }
    }

    internal async ValueTask<T> CountReadAsync<T>(Func<T> read, CancellationToken cancellationToken)
    {
        int running = Interlocked.Increment(ref _readsRunning);
        try
        {
            if (Options.MaxConcurrentReads > 0 && running > Options.MaxConcurrentReads)
            {
                throw Failure(WaybillErrorCode.ProviderBusy, $"More than {Options.MaxConcurrentReads} reads run.", transient: true);
            }

            await Faults.EnterAsync(ScriptedCall.Read, cancellationToken).ConfigureAwait(false);
            return read();
        }
        finally
        {
            Interlocked.Decrement(ref _readsRunning);
        }
    }

    internal ProviderException Failure(WaybillErrorCode code, string message, bool transient = false) =>
        new(code, Name, message) { IsTransient = transient };

    private string NextId(string kind) =>
        string.Create(CultureInfo.InvariantCulture, $"{kind}-{Interlocked.Increment(ref _lastNumber):D4}");

    private Timestamp Now() => Timestamp.From(Options.TimeProvider.GetUtcNow());

    private void ThrowIfBusy(ScriptedVolume volume)
    {
        if (volume.IsWritten)
        {
            throw Failure(WaybillErrorCode.ProviderBusy, $"Volume {volume.Id} is being written.", transient: true);
        }
    }

    private ScriptedVolume Require(VolumeId volume, VolumeKind? kind = null)
    {
        lock (_gate)
        {
            return !_volumes.TryGetValue(volume, out ScriptedVolume? found) ? throw Failure(WaybillErrorCode.VolumeNotFound, $"There is no volume {volume}.")
                : kind is { } wanted && found.Request.Kind != wanted ? throw Failure(WaybillErrorCode.ProviderUnsupported, $"Volume {volume} holds {found.Request.Kind}.")
                : found;
        }
    }

    private ScriptedSnapshot Require(VolumeId volume, SnapshotId snapshot)
    {
        ScriptedSnapshot found = Find(volume, snapshot);
        return IsReady(found) ? found : throw Failure(WaybillErrorCode.ProviderBusy, $"Snapshot {snapshot} cannot be read yet.", transient: true);
    }

    private ScriptedSnapshot Find(VolumeId? volume, SnapshotId snapshot) =>
        _snapshots.Find(known => known.Descriptor.Id == snapshot && !known.IsDeleted && (volume is null || known.Volume.Id == volume))
            ?? throw Failure(WaybillErrorCode.SnapshotNotFound, $"There is no snapshot {snapshot} of volume {volume?.ToString() ?? "any"}.");
}
