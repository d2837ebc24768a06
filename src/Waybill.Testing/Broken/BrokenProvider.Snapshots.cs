using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Waybill.Providers;

namespace Waybill.Testing;

/// <content>Takes and removes snapshots wrongly.</content>
public sealed partial class BrokenProvider
{
    private const int WritesBetween = 6;
    private const int Patience = 20_000;

    private readonly ConcurrentDictionary<string, ImmutableArray<SnapshotDescriptor>> _looseGroups = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _moreGroups = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<SnapshotId, bool> _takenWhileWriting = new();
    private bool _anyDeleted;

    /// <inheritdoc/>
    public async ValueTask<SnapshotDescriptor> CreateSnapshotAsync(VolumeId volume, string name, CancellationToken cancellationToken = default)
    {
        string taken = name;
        if (Breach == Breach.SnapshotNotIdempotent && !_asked.TryAdd(name, true))
        {
            taken = Another(name);
        }
        else if (Breach == Breach.ConcurrentSnapshotMakesTwo)
        {
            int before = await _creating.EnterAsync(name).ConfigureAwait(false);
            _creating.Leave(name);
            taken = before == 0 ? name : Another(name);
        }

        try
        {
            SnapshotDescriptor snapshot = await inner.CreateSnapshotAsync(volume, taken, cancellationToken).ConfigureAwait(false);
            if (Volatile.Read(ref _writers) > 0)
            {
                _takenWhileWriting[snapshot.Id] = true;
            }

            return snapshot with { Name = name };
        }
        catch (ProviderException conflict) when (Breach == Breach.SnapshotConflictIgnored && conflict.Code == WaybillErrorCode.SnapshotConflict)
        {
            return await inner.CreateSnapshotAsync(volume, Another(name), cancellationToken).ConfigureAwait(false) with { Name = name };
        }
        catch (ProviderException unknown) when (Breach == Breach.SnapshotOfUnknown && unknown.Code == WaybillErrorCode.VolumeNotFound)
        {
            throw inner.Failure(WaybillErrorCode.ProviderFailed, "It did not work.");
        }
    }

    /// <inheritdoc/>
    public async ValueTask<SnapshotDescriptor?> FindSnapshotAsync(SnapshotId snapshot, CancellationToken cancellationToken = default) =>
        await inner.FindSnapshotAsync(snapshot, cancellationToken).ConfigureAwait(false)
            ?? (Breach == Breach.SnapshotFindThrows ? throw inner.Failure(WaybillErrorCode.SnapshotNotFound, "There is no such snapshot.") : null);

    /// <inheritdoc/>
    public async IAsyncEnumerable<SnapshotDescriptor> ListSnapshotsAsync(
        VolumeId? volume = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        bool skip = Breach == Breach.ListForgetsSnapshot;
        await foreach (SnapshotDescriptor snapshot in inner.ListSnapshotsAsync(volume, cancellationToken).ConfigureAwait(false))
        {
            if (!skip)
            {
                yield return snapshot;
            }

            skip = false;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DeleteSnapshotAsync(SnapshotId snapshot, CancellationToken cancellationToken = default)
    {
        bool exists = await inner.FindSnapshotAsync(snapshot, cancellationToken).ConfigureAwait(false) is not null;
        switch (Breach)
        {
            case Breach.SnapshotDeleteIgnored:
                return;
            case Breach.CleanupFails when exists:
                throw inner.Failure(WaybillErrorCode.ProviderFailed, "Snapshots cannot be removed.");
            case Breach.SnapshotDeleteNotIdempotent when !exists:
                throw inner.Failure(WaybillErrorCode.SnapshotNotFound, "There is no such snapshot.");
            default:
                _anyDeleted = true;
                await inner.DeleteSnapshotAsync(snapshot, cancellationToken).ConfigureAwait(false);
                return;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ImmutableArray<SnapshotDescriptor>> CreateGroupAsync(
        IReadOnlyList<VolumeId> volumes, string name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(volumes);
        switch (Breach)
        {
            case Breach.GroupNotOrdered:
            case Breach.GroupNotRefused:
                return await TakeOneByOneAsync(volumes, name, cancellationToken).ConfigureAwait(false);
            case Breach.GroupNotIdempotent when !_asked.TryAdd(name, true):
                string another = _moreGroups[name] = Another(name);
                return [.. (await inner.CreateGroupAsync(volumes, another, cancellationToken).ConfigureAwait(false)).Select(one => one with { Group = name })];
            case Breach.GroupNotNamed:
                return [.. (await inner.CreateGroupAsync(volumes, name, cancellationToken).ConfigureAwait(false)).Select(one => one with { Group = "" })];
            default:
                return await inner.CreateGroupAsync(volumes, name, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DeleteGroupAsync(string name, CancellationToken cancellationToken = default)
    {
        if (Breach == Breach.GroupDeleteIgnored)
        {
            return;
        }

        foreach (SnapshotDescriptor snapshot in _looseGroups.TryRemove(name, out ImmutableArray<SnapshotDescriptor> loose) ? loose : [])
        {
            await inner.DeleteSnapshotAsync(snapshot.Id, cancellationToken).ConfigureAwait(false);
        }

        await inner.DeleteGroupAsync(_moreGroups.GetValueOrDefault(name, name), cancellationToken).ConfigureAwait(false);
        await inner.DeleteGroupAsync(name, cancellationToken).ConfigureAwait(false);
    }

    private async Task<ImmutableArray<SnapshotDescriptor>> TakeOneByOneAsync(IReadOnlyList<VolumeId> volumes, string name, CancellationToken cancellationToken)
    {
        if (_looseGroups.TryGetValue(name, out ImmutableArray<SnapshotDescriptor> existing))
        {
            return existing;
        }

        ImmutableArray<SnapshotDescriptor>.Builder taken = ImmutableArray.CreateBuilder<SnapshotDescriptor>();
        foreach (VolumeId volume in volumes)
        {
            SnapshotDescriptor one = await inner.CreateSnapshotAsync(volume, Another(name), cancellationToken).ConfigureAwait(false);
            taken.Add(one with { Group = name });
            // Somebody who writes gets far enough that the next volume is seen ahead of this one.
            int enough = inner.Faults.CountOf(ScriptedCall.Write) + WritesBetween;
            for (int i = 0; i < Patience && inner.Faults.CountOf(ScriptedCall.Write) < enough; i++)
            {
                await Task.Yield();
            }
        }

        return _looseGroups[name] = taken.ToImmutable();
    }
}
