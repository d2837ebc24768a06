using System.Runtime.CompilerServices;

namespace Waybill.Local;

/// <content>Takes and removes snapshots.</content>
public sealed partial class LocalProvider
{
    /// <inheritdoc/>
    /// <remarks>
    /// A block volume is taken at one moment, or, where files cannot be cloned, copied; if it is written meanwhile the call fails with
    /// <see cref="WaybillErrorCode.ProviderBusy"/>. A tree of files is taken file by file.
    /// </remarks>
    public async ValueTask<SnapshotDescriptor> CreateSnapshotAsync(VolumeId volume, string name, CancellationToken cancellationToken = default)
    {
        CheckName(name);
        cancellationToken.ThrowIfCancellationRequested();
        using IDisposable pass = await _names.EnterAsync("snapshot " + name, cancellationToken).ConfigureAwait(false);
        while (true)
        {
            SnapshotRecord? begun = null;
            SnapshotRecord? existing = _pool.Records.Read(connection => SnapshotRecords.FindByName(connection, name));
            if (existing is null)
            {
                VolumePlace place = GetPlaceToSnapshot(volume);
                existing = _pool.Records.Write(connection =>
                {
                    SnapshotRecord? existing = SnapshotRecords.FindByName(connection, name);
                    if (existing is null)
                    {
                        begun = NewSnapshot(place, name, group: "");
                        SnapshotRecords.Add(connection, begun);
                    }

                    return existing;
                });
                if (begun is not null)
                {
                    return await TakeAsync(begun, place, cancellationToken).ConfigureAwait(false);
                }
            }

            if (existing!.Volume != volume.ToString())
            {
                throw new ProviderException(WaybillErrorCode.SnapshotConflict, Name, $"A snapshot of volume {existing.Volume} has that name") { ObjectName = name };
            }

            if (existing.State == RecordState.Ready)
            {
                return existing.ToDescriptor();
            }

            await _pool.WaitForAsync([existing], cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public ValueTask<SnapshotDescriptor?> FindSnapshotAsync(SnapshotId snapshot, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(FindSnapshot(snapshot.ToString())?.ToDescriptor());
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<SnapshotDescriptor> ListSnapshotsAsync(
        VolumeId? volume = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        string last = "";
        while (true)
        {
            List<SnapshotRecord> page = _pool.Records.Read(connection => SnapshotRecords.ListAfter(connection, volume?.ToString(), last, PageSize));
            foreach (SnapshotRecord snapshot in page)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return snapshot.ToDescriptor();
            }

            if (page.Count < PageSize)
            {
                yield break;
            }

            last = page[^1].Id;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DeleteSnapshotAsync(SnapshotId snapshot, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (FindSnapshot(snapshot.ToString()) is { } record)
        {
            await Task.Run(() => Delete([record]), cancellationToken).ConfigureAwait(false);
        }
    }

    private void Delete(IReadOnlyList<SnapshotRecord> snapshots)
    {
        // Only those that nobody else began to remove.
        List<SnapshotRecord> ours = _pool.Records.Write(connection => snapshots
            .Where(snapshot => SnapshotRecords.Find(connection, snapshot.Id) is { State: RecordState.Ready }
                && SnapshotRecords.SetState(connection, snapshot.Id, RecordState.Deleting, _pool.Owner) > 0)
            .ToList());
        _pool.Step("snapshot-delete-begun");
        foreach (SnapshotRecord snapshot in ours)
        {
            _pool.FinishDelete(snapshot);
        }
    }

    private async Task<SnapshotDescriptor> TakeAsync(SnapshotRecord begun, VolumePlace place, CancellationToken cancellationToken)
    {
        try
        {
            _pool.Step("snapshot-create-begun");
            Timestamp created = _pool.Now;
            string path = _pool.Layout.GetSnapshotPath(begun.Id, begun.Kind);
            long length = begun.Kind == VolumeKind.FileTree
                ? await MakeTreeAsync(place.Path, path, cancellationToken).ConfigureAwait(false)
                : await Task.Run(() => _pool.Files.Clone(place.Path, path, 0, flush: true, cancellationToken), cancellationToken).ConfigureAwait(false);
            _pool.Step("snapshot-create-files");
            _pool.Records.Write(connection => SnapshotRecords.SetReady(connection, begun.Id, length, created));
            _pool.Step("snapshot-create-ready");
            return (begun with { Length = length, Created = created }).ToDescriptor();
        }
        catch (Exception e) when (e is WaybillException or OperationCanceledException)
        {
            await Task.Run(() => _pool.Undo([begun]), CancellationToken.None).ConfigureAwait(false);
            if (e is ProviderException && FindPlace(place.Id) is null)
            {
                throw VolumeNotFound(place.Id);
            }

            throw;
        }
    }

    private SnapshotRecord NewSnapshot(VolumePlace place, string name, string group) => new(
        _pool.NewId(SnapshotPrefix), place.Id.ToString(), name, group, place.Kind, 0, place.Kind == VolumeKind.Block && _pool.Files.CanClone, _pool.Now,
        RecordState.Creating, _pool.Owner);

    private VolumePlace GetPlaceToSnapshot(VolumeId volume)
    {
        VolumePlace place = GetPlace(volume);
        return place.Record is not null || CanSnapshotAttached(place) ? place
            : throw Unsupported(volume, "Snapshots of an attached volume can be taken only on the file system of the pool, where that clones files");
    }

    private SnapshotRecord? FindSnapshot(string id) =>
        _pool.Records.Read(connection => SnapshotRecords.Find(connection, id)) is { State: RecordState.Ready } record ? record : null;

    private SnapshotRecord GetSnapshot(VolumeId volume, SnapshotId snapshot, VolumeKind kind)
    {
        SnapshotRecord? record = FindSnapshot(snapshot.ToString());
        return record is null || record.Volume != volume.ToString() ? throw SnapshotNotFound(snapshot)
            : record.Kind != kind ? throw WrongKind(volume, kind)
            : record;
    }
}
