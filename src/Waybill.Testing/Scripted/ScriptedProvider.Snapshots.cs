using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text;
using Waybill.Providers;

namespace Waybill.Testing;

/// <content>Takes and removes snapshots, of one volume and of several at once.</content>
public sealed partial class ScriptedProvider
{
    private const int MaxNameLength = 128;

    /// <inheritdoc/>
    public async ValueTask<SnapshotDescriptor> CreateSnapshotAsync(VolumeId volume, string name, CancellationToken cancellationToken = default)
    {
        CheckName(name);
        await Faults.EnterAsync(ScriptedCall.CreateSnapshot, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            ScriptedVolume source = Require(volume);
            if (_snapshots.Find(known => known.Descriptor.Name == name && !known.IsDeleted) is { } existing)
            {
                return existing.Volume == source
                    ? Describe(existing)
                    : throw Failure(WaybillErrorCode.SnapshotConflict, $"Volume {existing.Volume.Id} has a snapshot named {name}.");
            }

            return Describe(Take(source, name, group: ""));
        }
    }

    /// <inheritdoc/>
    public async ValueTask<SnapshotDescriptor?> FindSnapshotAsync(SnapshotId snapshot, CancellationToken cancellationToken = default)
    {
        await Faults.EnterAsync(ScriptedCall.FindSnapshot, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            return _snapshots.Find(known => known.Descriptor.Id == snapshot && !known.IsDeleted) is { } found ? Describe(found) : null;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<SnapshotDescriptor> ListSnapshotsAsync(
        VolumeId? volume = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Faults.EnterAsync(ScriptedCall.ListSnapshots, cancellationToken).ConfigureAwait(false);
        SnapshotDescriptor[] snapshots;
        lock (_gate)
        {
            snapshots = [.. _snapshots.Where(known => !known.IsDeleted && (volume is null || known.Volume.Id == volume)).Select(Describe)];
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
        await Faults.EnterAsync(ScriptedCall.DeleteSnapshot, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            foreach (ScriptedSnapshot known in _snapshots.Where(known => known.Descriptor.Id == snapshot))
            {
                known.IsDeleted = true;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ImmutableArray<SnapshotDescriptor>> CreateGroupAsync(
        IReadOnlyList<VolumeId> volumes, string name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(volumes);
        CheckName(name);
        await Faults.EnterAsync(ScriptedCall.CreateGroup, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            ScriptedVolume[] sources = [.. volumes.Select(volume => Require(volume))];
            if (Options.Groups != GroupConsistency.WriteOrder || sources.Distinct().Count() != sources.Length || sources.Length == 0)
            {
                throw Failure(WaybillErrorCode.GroupRefused, "These volumes cannot be taken together in the order of writes.");
            }

            ScriptedSnapshot[] existing = [.. _snapshots.Where(known => known.Descriptor.Group == name && !known.IsDeleted)];
            if (existing.Length > 0)
            {
                return existing.Select(known => known.Volume).ToHashSet().SetEquals(sources)
                    ? [.. sources.Select(source => Describe(existing.Single(known => known.Volume == source)))]
                    : throw Failure(WaybillErrorCode.SnapshotConflict, $"Group {name} has other volumes.");
            }

            return [.. sources.Select(source => Describe(Take(source, $"{name}/{source.Id}", name)))];
        }
    }

    /// <inheritdoc/>
    public async ValueTask DeleteGroupAsync(string name, CancellationToken cancellationToken = default)
    {
        await Faults.EnterAsync(ScriptedCall.DeleteGroup, cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            foreach (ScriptedSnapshot known in _snapshots.Where(known => known.Descriptor.Group == name && name.Length > 0))
            {
                known.IsDeleted = true;
            }
        }
    }

    private bool IsReady(ScriptedSnapshot snapshot) => Options.TimeProvider.GetUtcNow() >= snapshot.ReadyAt;

    private SnapshotDescriptor Describe(ScriptedSnapshot snapshot) => snapshot.Descriptor with { IsReady = IsReady(snapshot) };

    private ScriptedSnapshot Take(ScriptedVolume source, string name, string group)
    {
        string id = NextId("snap");
        ChangeId? changeId = Options.ChangeIdKind switch
        {
            ChangeIdKind.None => null,
            ChangeIdKind.Snapshot => new ChangeId(id),
            _ => new ChangeId(NextId("change")),
        };
        long length = source.Request.Kind == VolumeKind.FileTree ? 0 : source.Disk.Length;
        var snapshot = new ScriptedSnapshot(
            new SnapshotDescriptor(new SnapshotId(id), source.Id, name, Now(), length) { ChangeId = changeId, Group = group },
            source)
        {
            ReadyAt = Options.TimeProvider.GetUtcNow() + Options.SnapshotDelay,
            Previous = _snapshots.FindLast(known => known.Volume == source),
        };
        _snapshots.Add(snapshot);
        return snapshot;
    }

    private static void CheckName(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Encoding.UTF8.GetByteCount(name), MaxNameLength, nameof(name));
    }
}
