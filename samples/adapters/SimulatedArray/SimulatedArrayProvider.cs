using System.Globalization;
using System.Runtime.CompilerServices;
using Waybill.Providers;

namespace Waybill.Samples.SimulatedArray;

/// <summary>The adapter of a simulated storage array: thin volumes in memory, snapshots, groups and a journal of writes that serves as change tracking.</summary>
public sealed partial class SimulatedArrayProvider :
    IVolumeProvider, IVolumeProvisioner, ISnapshotProvider, IGroupSnapshotProvider, IChangeSource
{
    // One gate and one counter for all volumes: whatever is taken under it is consistent in the order of writes.
    private readonly Lock _gate = new();
    private readonly Dictionary<VolumeId, ArrayVolume> _volumes = [];
    private readonly Dictionary<SnapshotId, ArraySnapshot> _snapshots = [];
    private long _sequence;
    private int _lastNumber;
    private int _tokenEpoch;

    /// <summary>Makes an array without volumes.</summary>
    /// <param name="options">What kind of array.</param>
    public SimulatedArrayProvider(ArrayOptions? options = null)
    {
        Options = options ?? new ArrayOptions();
        Gate = new RequestGate(Options, Faults, RevokeTokens);
    }

    /// <summary>Gets what kind of array it is.</summary>
    public ArrayOptions Options { get; }

    /// <summary>Gets what goes wrong.</summary>
    public FaultPlan Faults { get; } = new();

    /// <inheritdoc/>
    public string Name => Options.Name;

    internal RequestGate Gate { get; }

    /// <inheritdoc/>
    public async IAsyncEnumerable<VolumeDescriptor> ListVolumesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Gate.PassAsync(ArrayOperation.Query, cancellationToken).ConfigureAwait(false);
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
        await Gate.PassAsync(ArrayOperation.Query, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            return _volumes.GetValueOrDefault(volume)?.Describe();
        }
    }

    /// <inheritdoc/>
    public async ValueTask<VolumeCapabilities> GetCapabilitiesAsync(VolumeId volume, CancellationToken cancellationToken = default)
    {
        await Gate.PassAsync(ArrayOperation.Query, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            Require(volume);
        }

        return new VolumeCapabilities
        {
            Shape = ChangeShape.ListAndToken,
            Granularity = ThinContent.Unit,
            Exactness = ChangeExactness.Exact,
            ChangeIdKind = ChangeIdKind.Opaque,
            AnyBase = true,
            ReportsZeros = true,
            ReportsAllocated = true,
            Snapshots = true,
            Groups = GroupConsistency.WriteOrder,
            Grows = true,
            ListLifetime = Options.TokenLifetime,
        };
    }

    /// <inheritdoc/>
    public async ValueTask<BlockReader> OpenReadAsync(VolumeSource source, CancellationToken cancellationToken = default)
    {
        await Gate.PassAsync(ArrayOperation.Query, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            ArrayVolume volume = Require(source.Volume);
            if (source.Snapshot is not { } id)
            {
                return new ContentReader(Gate, volume.Length, () => Now(volume));
            }

            ArraySnapshot snapshot = Require(source.Volume, id);
            return new ContentReader(Gate, snapshot.Descriptor.Length, () => snapshot.Content);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<BlockWriter> OpenWriteAsync(VolumeId volume, CancellationToken cancellationToken = default)
    {
        await Gate.PassAsync(ArrayOperation.Query, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            ArrayVolume target = Require(volume);
            ThrowIfWritten(target);
            target.IsWritten = true;
            return new ContentWriter(this, target);
        }
    }

    /// <summary>Changes a volume and its journal at one moment.</summary>
    internal void Change(ArrayVolume volume, ByteRange range, Func<ThinContent, ThinContent> change)
    {
        if (range.IsEmpty)
        {
            return;
        }

        lock (_gate)
        {
            volume.Content = change(volume.Content);
            volume.Journal.Add(new WriteRecord(++_sequence, range.Offset / ThinContent.Unit, (range.End - 1) / ThinContent.Unit));
        }
    }

    internal void ReleaseWriter(ArrayVolume volume)
    {
        lock (_gate)
        {
            volume.IsWritten = false;
        }
    }

    internal ProviderException Failure(WaybillErrorCode code, string message, bool transient = false) => new(code, Name, message) { IsTransient = transient };

    private ThinContent Now(ArrayVolume volume)
    {
        lock (_gate)
        {
            return volume.Content;
        }
    }

    private ArrayVolume Require(VolumeId volume) =>
        _volumes.GetValueOrDefault(volume) ?? throw Failure(WaybillErrorCode.VolumeNotFound, $"The array has no volume {volume}.");

    private ArraySnapshot Require(VolumeId volume, SnapshotId snapshot) =>
        _snapshots.TryGetValue(snapshot, out ArraySnapshot? found) && found.Volume.Id == volume
            ? found
            : throw Failure(WaybillErrorCode.SnapshotNotFound, $"Volume {volume} has no snapshot {snapshot}.");

    private void ThrowIfWritten(ArrayVolume volume)
    {
        if (volume.IsWritten)
        {
            throw Failure(WaybillErrorCode.ProviderBusy, $"Volume {volume.Id} is being written.", transient: true);
        }
    }

    private string NextId(string kind) => string.Create(CultureInfo.InvariantCulture, $"{kind}-{++_lastNumber:D4}");

    private Timestamp Time() => Timestamp.From(Options.TimeProvider.GetUtcNow());
}
