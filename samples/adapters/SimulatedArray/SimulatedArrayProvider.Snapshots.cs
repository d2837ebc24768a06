using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text;
using Waybill.Providers;

namespace Waybill.Samples.SimulatedArray;

/// <content>Takes and removes snapshots, of one volume and of several at once.</content>
public sealed partial class SimulatedArrayProvider
{
    private const int MaxNameLength = 128;

    /// <inheritdoc/>
    public async ValueTask<SnapshotDescriptor> CreateSnapshotAsync(VolumeId volume, string name, CancellationToken cancellationToken = default)
    {
        CheckName(name);
        await Gate.PassAsync(ArrayOperation.Snapshot, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            ArrayVolume source = Require(volume);
            ArraySnapshot? existing = _snapshots.Values.FirstOrDefault(snapshot => snapshot.Descriptor.Name == name);
            return existing is null ? Take(source, name, group: "")
                : existing.Volume == source ? existing.Descriptor
                : throw Failure(WaybillErrorCode.SnapshotConflict, $"Volume {existing.Volume.Id} has a snapshot {name}.");
        }
    }

    /// <inheritdoc/>
    public async ValueTask<SnapshotDescriptor?> FindSnapshotAsync(SnapshotId snapshot, CancellationToken cancellationToken = default)
    {
        await Gate.PassAsync(ArrayOperation.Query, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            return _snapshots.GetValueOrDefault(snapshot)?.Descriptor;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<SnapshotDescriptor> ListSnapshotsAsync(
        VolumeId? volume = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Gate.PassAsync(ArrayOperation.Query, cancellationToken).ConfigureAwait(false);
        SnapshotDescriptor[] snapshots;
        lock (_gate)
        {
            snapshots = [.. _snapshots.Values.Select(snapshot => snapshot.Descriptor).Where(snapshot => volume is null || snapshot.Volume == volume)];
        }

        foreach (SnapshotDescriptor snapshot in snapshots)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return snapshot;
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <inheritdoc/>
    public async ValueTask DeleteSnapshotAsync(SnapshotId snapshot, CancellationToken cancellationToken = default)
    {
        await Gate.PassAsync(ArrayOperation.Snapshot, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            _snapshots.Remove(snapshot);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ImmutableArray<SnapshotDescriptor>> CreateGroupAsync(
        IReadOnlyList<VolumeId> volumes, string name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(volumes);
        CheckName(name);
        await Gate.PassAsync(ArrayOperation.Group, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            // No write of any volume gets between: all of them stop at the same number.
            ArrayVolume[] sources = [.. volumes.Select(Require)];
            if (sources.Length == 0 || sources.Distinct().Count() != sources.Length)
            {
                throw Failure(WaybillErrorCode.GroupRefused, "A group needs volumes, each once.");
            }

            ArraySnapshot[] existing = [.. _snapshots.Values.Where(snapshot => snapshot.Descriptor.Group == name)];
            if (existing.Length == 0)
            {
                return [.. sources.Select(source => Take(source, $"{name}/{source.Id}", name))];
            }

            return existing.Select(snapshot => snapshot.Volume).ToHashSet().SetEquals(sources)
                ? [.. sources.Select(source => existing.Single(snapshot => snapshot.Volume == source).Descriptor)]
                : throw Failure(WaybillErrorCode.SnapshotConflict, $"Group {name} has other volumes.");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DeleteGroupAsync(string name, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        await Gate.PassAsync(ArrayOperation.Group, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            RemoveSnapshots(snapshot => snapshot.Descriptor.Group == name);
        }
    }

    private SnapshotDescriptor Take(ArrayVolume source, string name, string group)
    {
        var descriptor = new SnapshotDescriptor(new SnapshotId(NextId("snap")), source.Id, name, Time(), source.Length)
        {
            ChangeId = new JournalPosition(source.Id, _sequence).ToChangeId(),
            Group = group,
        };
        _snapshots.Add(descriptor.Id, new ArraySnapshot(descriptor, source, _sequence));
        return descriptor;
    }

    private void RemoveSnapshots(Func<ArraySnapshot, bool> which)
    {
        foreach (ArraySnapshot snapshot in _snapshots.Values.Where(which).ToArray())
        {
            _snapshots.Remove(snapshot.Descriptor.Id);
        }
    }

    private static void CheckName(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Encoding.UTF8.GetByteCount(name), MaxNameLength, nameof(name));
    }
}
