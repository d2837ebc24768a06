namespace Waybill.Local;

/// <content>Makes, grows and removes volumes.</content>
public sealed partial class LocalProvider
{
    /// <inheritdoc/>
    /// <remarks>
    /// A volume is made as large as asked for, or as its source if that is larger. The storage class is kept as a label; there are no parameters.
    /// </remarks>
    public async ValueTask<VolumeDescriptor> CreateVolumeAsync(VolumeCreateRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentException.ThrowIfNullOrEmpty(request.Name);
        ArgumentOutOfRangeException.ThrowIfNegative(request.Length);
        cancellationToken.ThrowIfCancellationRequested();
        if (request.Parameters.Count > 0)
        {
            throw new ProviderException(WaybillErrorCode.ProviderUnsupported, Name, $"There is no parameter '{request.Parameters.Keys.First()}'") { ObjectName = request.Name };
        }

        string text = VolumeRequest.ToText(request);
        using IDisposable pass = await _names.EnterAsync("volume " + request.Name, cancellationToken).ConfigureAwait(false);
        while (true)
        {
            VolumeRecord? existing = _pool.Records.Read(connection => VolumeRecords.FindByName(connection, request.Name));
            if (existing is null)
            {
                // What it is made of is looked at only if it is not made yet: the source may be gone since.
                string? source = FindSource(request);
                existing = BeginCreate(request, text, out VolumeRecord? begun);
                if (begun is not null)
                {
                    return await CreateFilesAsync(begun, request, source, cancellationToken).ConfigureAwait(false);
                }
            }

            if (existing!.IsThere)
            {
                return existing.Request == text ? existing.ToDescriptor() : throw new ProviderException(
                    WaybillErrorCode.VolumeConflict, Name, "There is a volume of that name that was asked for differently")
                {
                    ObjectName = request.Name,
                };
            }

            await _pool.WaitForAsync(existing, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DeleteVolumeAsync(VolumeId volume, CancellationToken cancellationToken = default)
    {
        using IDisposable pass = await _names.EnterAsync("volume id " + volume, cancellationToken).ConfigureAwait(false);
        if (FindPlace(volume) is not { } place)
        {
            return;
        }

        if (place.Record is null)
        {
            throw Unsupported(volume, "The volume is attached, and not the pool's to remove");
        }

        using VolumeLock? volumeLock = place.Kind == VolumeKind.Block ? LockUnused(place) : null;
        await Task.Run(
            () =>
            {
                // Another process may have begun to remove it.
                bool ours = _pool.Records.Write(connection =>
                    VolumeRecords.Find(connection, place.Record.Id) is { IsThere: true }
                    && VolumeRecords.SetState(connection, place.Record.Id, RecordState.Deleting, _pool.Owner) > 0);
                _pool.Step("volume-delete-begun");
                if (ours)
                {
                    _pool.FinishDelete(place.Record);
                }
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    /// <remarks>Loop devices on the volume take the new size; growing a file system on it is up to whoever mounted it.</remarks>
    public async ValueTask<VolumeDescriptor> GrowVolumeAsync(VolumeId volume, long length, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        using IDisposable pass = await _names.EnterAsync("volume id " + volume, cancellationToken).ConfigureAwait(false);
        while (true)
        {
            VolumePlace place = GetPlace(volume);
            VolumeDescriptor now = Describe(place);
            if (place.Record is { State: RecordState.Growing } growing)
            {
                await _pool.WaitForAsync(growing, cancellationToken).ConfigureAwait(false);
                continue;
            }

            if (place.Kind == VolumeKind.FileTree || now.Length >= length)
            {
                if (place is { Kind: VolumeKind.Block, IsDevice: false })
                {
                    // A call that was interrupted may have left them behind.
                    TellLoopDevices(place);
                }

                return now;
            }

            if (place.IsDevice)
            {
                throw Unsupported(volume, "A block device cannot be made larger here");
            }

            await Task.Run(() => Grow(place, length), cancellationToken).ConfigureAwait(false);
            TellLoopDevices(place);
            return now with { Length = length };
        }
    }

    private void Grow(VolumePlace place, long length)
    {
        if (place.Record is not { } record)
        {
            _pool.Files.Grow(place.Path, length);
            return;
        }

        _pool.Records.Write(connection => VolumeRecords.BeginGrow(connection, record.Id, length, _pool.Owner));
        _pool.Step("volume-grow-begun");
        _pool.FinishGrow(record with { Length = length });
    }

    private void TellLoopDevices(VolumePlace place)
    {
        foreach (LoopDevice loop in LoopDevices.FindOn(place.Path))
        {
            LoopDevices.TakeNewSize(loop, Name);
        }
    }

    private string? FindSource(VolumeCreateRequest request)
    {
        if (request.Source is not { } source)
        {
            return null;
        }

        if (source.Snapshot is { } id)
        {
            SnapshotRecord snapshot = GetSnapshot(source.Volume, id, request.Kind);
            return _pool.Layout.GetSnapshotPath(snapshot.Id, snapshot.Kind);
        }

        VolumePlace place = GetPlace(source.Volume, request.Kind);
        return place.Record is not null || CanSnapshotAttached(place) ? place.Path
            : throw Unsupported(source.Volume, "Only an attached volume on the file system of the pool can be cloned, where that clones files");
    }

    private VolumeRecord? BeginCreate(VolumeCreateRequest request, string text, out VolumeRecord? begun)
    {
        var row = new VolumeRecord(
            _pool.NewId(VolumePrefix), request.Name, request.Kind, request.Kind == VolumeKind.Block ? request.Length : 0, request.StorageClass, text, _pool.Now,
            RecordState.Creating, _pool.Owner);
        VolumeRecord? existing = _pool.Records.Write(connection =>
        {
            VolumeRecord? existing = VolumeRecords.FindByName(connection, request.Name);
            if (existing is null)
            {
                VolumeRecords.Add(connection, row);
            }

            return existing;
        });
        begun = existing is null ? row : null;
        return existing;
    }

    private async Task<VolumeDescriptor> CreateFilesAsync(VolumeRecord row, VolumeCreateRequest request, string? source, CancellationToken cancellationToken)
    {
        try
        {
            _pool.Step("volume-create-begun");
            string path = _pool.Layout.GetVolumePath(row.Id, row.Kind);
            long length = row.Kind == VolumeKind.FileTree
                ? await MakeTreeAsync(source, path, cancellationToken).ConfigureAwait(false)
                : await Task.Run(() => MakeImage(source, path, row.Length, cancellationToken), cancellationToken).ConfigureAwait(false);
            _pool.Step("volume-create-files");
            VolumeRecord done = row with { Length = length, State = RecordState.Ready, Owner = "" };
            _pool.Records.Write(connection => VolumeRecords.FinishCreate(connection, row.Id, length));
            _pool.Step("volume-create-ready");
            return done.ToDescriptor();
        }
        catch (Exception e) when (e is WaybillException or OperationCanceledException)
        {
            await Task.Run(() => _pool.Undo(row), CancellationToken.None).ConfigureAwait(false);
            if (e is ProviderException && request.Source is { } gone && FindSourceAgain(request) is { } reason)
            {
                throw reason;
            }

            throw;
        }
    }

    // The source may have been removed while it was copied; then that is what the caller should hear.
    private ProviderException? FindSourceAgain(VolumeCreateRequest request)
    {
        try
        {
            _ = FindSource(request);
            return null;
        }
        catch (ProviderException e)
        {
            return e;
        }
    }

    private long MakeImage(string? source, string path, long length, CancellationToken cancellationToken)
    {
        if (source is not null)
        {
            return _pool.Files.Clone(source, path, length, flush: true, cancellationToken);
        }

        _pool.Files.Create(path, length);
        return length;
    }
}
