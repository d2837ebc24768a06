using System.Collections.Immutable;

namespace Waybill.Local;

/// <content>Takes snapshots of several volumes that belong together.</content>
public sealed partial class LocalProvider
{
    /// <inheritdoc/>
    /// <remarks>
    /// Volumes that nothing uses are taken as they are. File systems mounted from loop devices on the volumes are held still meanwhile. Whatever else writes
    /// to a volume cannot be stopped, so the call is refused.
    /// </remarks>
    public async ValueTask<ImmutableArray<SnapshotDescriptor>> CreateGroupAsync(
        IReadOnlyList<VolumeId> volumes, string name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(volumes);
        CheckName(name);
        if (volumes.Count == 0 || volumes.Distinct().Count() != volumes.Count)
        {
            throw new ArgumentException("A group has one volume or more, each once.", nameof(volumes));
        }

        cancellationToken.ThrowIfCancellationRequested();
        using IDisposable pass = await _names.EnterAsync("group " + name, cancellationToken).ConfigureAwait(false);
        while (true)
        {
            List<SnapshotRecord> existing = _pool.Records.Read(connection => SnapshotRecords.ListGroup(connection, name));
            if (existing.Count == 0)
            {
                List<VolumePlace> places = volumes.Select(GetPlaceInGroup).ToList();
                List<SnapshotRecord> begun = places.ConvertAll(place => NewSnapshot(place, name, name));
                using GroupMembers members = GroupMembers.Lock(places, _pool.Layout.Directory, Name);
                existing = _pool.Records.Write(connection =>
                {
                    List<SnapshotRecord> existing = SnapshotRecords.ListGroup(connection, name);
                    if (existing.Count == 0)
                    {
                        begun.ForEach(snapshot => SnapshotRecords.Add(connection, snapshot));
                    }

                    return existing;
                });
                if (existing.Count == 0)
                {
                    return await TakeGroupAsync(begun, places, members, cancellationToken).ConfigureAwait(false);
                }
            }

            if (!existing.Select(snapshot => snapshot.Volume).ToHashSet().SetEquals(volumes.Select(volume => volume.ToString())))
            {
                throw new ProviderException(WaybillErrorCode.SnapshotConflict, Name, "A group of that name has other volumes, or lost some of its snapshots")
                {
                    ObjectName = name,
                };
            }

            if (existing.TrueForAll(snapshot => snapshot.State == RecordState.Ready))
            {
                return [.. volumes.Select(volume => existing.Single(snapshot => snapshot.Volume == volume.ToString()).ToDescriptor())];
            }

            await _pool.WaitForAsync(existing, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DeleteGroupAsync(string name, CancellationToken cancellationToken = default)
    {
        CheckName(name);
        using IDisposable pass = await _names.EnterAsync("group " + name, cancellationToken).ConfigureAwait(false);
        List<SnapshotRecord> snapshots = _pool.Records.Read(connection => SnapshotRecords.ListGroup(connection, name));
        if (snapshots.Count > 0)
        {
            await Task.Run(() => Delete(snapshots), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<ImmutableArray<SnapshotDescriptor>> TakeGroupAsync(
        List<SnapshotRecord> begun, List<VolumePlace> places, GroupMembers members, CancellationToken cancellationToken)
    {
        try
        {
            _pool.Step("group-create-begun");
            Timestamp created = default;
            var lengths = new long[places.Count];
            IFrozen? frozen = members.MountPoints.Count == 0 ? null
                : await (_options.Freezer ?? new WatchedFreezer(Name, _options.TimeProvider)).FreezeAsync(members.MountPoints, _options.FreezeLimit, cancellationToken).ConfigureAwait(false);
            try
            {
                created = _pool.Now;
                await Task.WhenAll(Enumerable.Range(0, places.Count).Select(index => Task.Run(
                    () => lengths[index] = _pool.Files.Clone(places[index].Path, GetPath(begun[index]), 0, flush: false, cancellationToken),
                    cancellationToken))).ConfigureAwait(false);
                if (frozen is not null && !await frozen.ThawAsync().ConfigureAwait(false))
                {
                    throw GroupMembers.Refuse(Name, "A file system went on before all volumes were taken", transient: true);
                }
            }
            finally
            {
                if (frozen is not null)
                {
                    await frozen.DisposeAsync().ConfigureAwait(false);
                }
            }

            _pool.Step("group-create-files");
            await Task.Run(() => begun.ForEach(snapshot => _pool.Files.Flush(GetPath(snapshot))), CancellationToken.None).ConfigureAwait(false);
            _pool.Step("group-create-flushed");
            _pool.Records.Write(connection => begun.Select((snapshot, index) => SnapshotRecords.SetReady(connection, snapshot.Id, lengths[index], created)).Sum());
            _pool.Step("group-create-ready");
            return [.. begun.Select((snapshot, index) => (snapshot with { Length = lengths[index], Created = created }).ToDescriptor())];
        }
        catch (Exception e) when (e is WaybillException or OperationCanceledException)
        {
            await Task.Run(() => _pool.Undo(begun), CancellationToken.None).ConfigureAwait(false);
            throw e is ProviderException { Code: WaybillErrorCode.QuiesceFailed } failure
                ? new ProviderException(WaybillErrorCode.GroupRefused, Name, $"A file system cannot be held still: {failure.Message}", failure) { ObjectName = failure.ObjectName }
                : e;
        }
    }

    private string GetPath(SnapshotRecord snapshot) => _pool.Layout.GetSnapshotPath(snapshot.Id, snapshot.Kind);

    private VolumePlace GetPlaceInGroup(VolumeId volume)
    {
        VolumePlace place = GetPlace(volume);
        return place.Kind == VolumeKind.Block && _pool.Files.CanClone && (place.Record is not null || CanSnapshotAttached(place)) ? place
            : throw GroupMembers.Refuse(Name, "Only block volumes on a file system that clones files can be taken at one moment", volume.ToString());
    }
}
