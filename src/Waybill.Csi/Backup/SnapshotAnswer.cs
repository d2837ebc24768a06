using System.Runtime.CompilerServices;
using Waybill.Backup;
using Waybill.Backup.Wire;
using Waybill.Providers;

namespace Waybill.Csi.Backup;

/// <summary>What is answered to a question about a snapshot: by which method, why, and the ranges with their content.</summary>
internal sealed class SnapshotAnswer : IAsyncDisposable
{
    private const int PieceLength = BackupStreams.MaxChunkBytes;

    private readonly BackupApi _api;
    private readonly Delta? _delta;

    private SnapshotAnswer(BackupApi api, SnapshotDescriptor snapshot, Method method, string reason, Delta? delta)
    {
        _api = api;
        Snapshot = snapshot;
        Method = method;
        Reason = reason;
        _delta = delta;
    }

    public SnapshotDescriptor Snapshot { get; }

    public Method Method { get; }

    /// <summary>Gets why it is not what was asked for; empty if it is.</summary>
    public string Reason { get; }

    /// <summary>Asks the platform, and falls back only as far as the caller allows.</summary>
    public static async Task<SnapshotAnswer> AskAsync(BackupApi api, BackupPoint point, ChangeId? baseId, IReadOnlyList<Method> fallback, CancellationToken cancellationToken)
    {
        SnapshotDescriptor snapshot = api.Provider is ISnapshotProvider snapshots
            ? await snapshots.FindSnapshotAsync(point.Snapshot, cancellationToken).ConfigureAwait(false) ?? throw BackupStatus.Denied()
            : throw Unsupported(api, "The platform has no snapshots");
        if (snapshot.Volume != point.Volume)
        {
            throw BackupStatus.Denied();
        }

        if (!snapshot.IsReady)
        {
            throw new ProviderException(WaybillErrorCode.ProviderBusy, api.Provider.Name, "The snapshot is not ready yet") { IsTransient = true };
        }

        bool allocated = api.Provider is IChangeSource && await KnowsAllocatedAsync(api, point.Volume, cancellationToken).ConfigureAwait(false);
        if (baseId is not { } id)
        {
            return new SnapshotAnswer(api, snapshot, allocated ? Method.Allocated : Method.Full, "", null);
        }

        DiffResult result = api.Provider is IChangeSource changes
            ? await changes.DiffAsync(point.Volume, id, point.Snapshot, cancellationToken).ConfigureAwait(false)
            : new DiffResult.UseFull("The platform does not know what changed");
        switch (result)
        {
            case DiffResult.Known known:
                return new SnapshotAnswer(api, snapshot, Method.Delta, "", known.Changes);
            case DiffResult.RetryLater later:
                throw new ProviderException(WaybillErrorCode.ProviderBusy, api.Provider.Name, later.Reason) { IsTransient = true };
            case DiffResult.Fatal fatal:
                throw BackupStatus.Invalid(fatal.Reason);
            default:
                string reason = result is DiffResult.UseAllocated use ? use.Reason : ((DiffResult.UseFull)result).Reason;
                bool canAllocated = allocated && result is DiffResult.UseAllocated;
                return canAllocated && fallback.Contains(Method.Allocated) ? new SnapshotAnswer(api, snapshot, Method.Allocated, reason, null)
                    : fallback.Contains(Method.Full) ? new SnapshotAnswer(api, snapshot, Method.Full, reason, null)
                    : throw BackupStatus.Refused($"{new WaybillException(WaybillErrorCode.ChangeTrackingLost, "").CodeText}: {reason}");
        }
    }

    /// <summary>Lists the ranges from an offset on, cut there.</summary>
    public IAsyncEnumerable<ChangedRange> ListAsync(long start, CancellationToken cancellationToken) => _delta is null
        ? ListWithoutBaseAsync(null, start, cancellationToken)
        : ChangeReader.ListAsync(_delta, start, Snapshot.Length, Snapshot.Volume.ToString(), cancellationToken);

    /// <summary>Reads the ranges from an offset on, cut there, with their content in pieces that fit a message.</summary>
    public async IAsyncEnumerable<VolumeChange> ReadAsync(long start, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlockReader reader = await _api.Provider.OpenReadAsync(new VolumeSource(Snapshot.Volume, Snapshot.Id), cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            if (_delta is not null)
            {
                await foreach (VolumeChange change in ReadDeltaAsync(_delta, reader, start, cancellationToken).ConfigureAwait(false))
                {
                    yield return change;
                }

                yield break;
            }

            var buffer = new byte[PieceLength];
            await foreach (ChangedRange range in ListWithoutBaseAsync(reader, start, cancellationToken).ConfigureAwait(false))
            {
                if (range.Kind != ChangedRangeKind.Data)
                {
                    yield return VolumeChange.Zero(range.Range, range.Kind == ChangedRangeKind.Deallocated);
                    continue;
                }

                for (long offset = range.Range.Offset; offset < range.Range.End;)
                {
                    Memory<byte> piece = buffer.AsMemory(0, (int)Math.Min(PieceLength, range.Range.End - offset));
                    if (await reader.ReadAsync(offset, piece, cancellationToken).ConfigureAwait(false) != piece.Length)
                    {
                        throw new ProviderException(WaybillErrorCode.SourceChanged, _api.Provider.Name, "The snapshot ended early while it was read") { Offset = offset };
                    }

                    yield return VolumeChange.Write(offset, piece);
                    offset += piece.Length;
                }
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _delta?.DisposeAsync() ?? ValueTask.CompletedTask;

    // A snapshot may outlive its volume, and is needed most then. Nobody can say what was in use there, so all of it is read.
    private static async Task<bool> KnowsAllocatedAsync(BackupApi api, VolumeId volume, CancellationToken cancellationToken)
    {
        try
        {
            return (await api.Provider.GetCapabilitiesAsync(volume, cancellationToken).ConfigureAwait(false)).ReportsAllocated;
        }
        catch (ProviderException e) when (e.Code == WaybillErrorCode.VolumeNotFound)
        {
            return false;
        }
    }

    private static ProviderException Unsupported(BackupApi api, string why) => new(WaybillErrorCode.ProviderUnsupported, api.Provider.Name, why);

    private async IAsyncEnumerable<VolumeChange> ReadDeltaAsync(Delta delta, BlockReader? reader, long start, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (VolumeChange change in ChangeReader.ReadAsync(delta, reader, Snapshot.Length, Snapshot.Volume.ToString(), start, cancellationToken).ConfigureAwait(false))
        {
            if (change.Kind != ChangedRangeKind.Data)
            {
                yield return change;
                continue;
            }

            // A platform may send larger pieces than a message holds.
            for (int done = 0; done < change.Data.Length; done += PieceLength)
            {
                yield return VolumeChange.Write(change.Range.Offset + done, change.Data.Slice(done, Math.Min(PieceLength, change.Data.Length - done)));
            }
        }
    }

    private async IAsyncEnumerable<ChangedRange> ListWithoutBaseAsync(BlockReader? reader, long start, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (Method == Method.Full)
        {
            await foreach (ChangedRange range in ListEverythingAsync(reader, start, cancellationToken).ConfigureAwait(false))
            {
                yield return range;
            }

            yield break;
        }

        long end = 0;
        var changes = (IChangeSource)_api.Provider;
        await foreach (ByteRange range in changes.GetAllocatedAsync(Snapshot.Volume, Snapshot.Id, start, cancellationToken).ConfigureAwait(false))
        {
            if (range.Length <= 0 || range.Offset < end || range.Offset > Snapshot.Length - range.Length)
            {
                throw new ProviderException(WaybillErrorCode.DeltaInvalid, _api.Provider.Name, "The platform lists what is allocated out of order, or outside of the snapshot")
                {
                    ObjectName = Snapshot.Volume.ToString(),
                    Offset = range.Offset,
                };
            }

            end = range.End;
            if (end > start)
            {
                yield return new ChangedRange(ByteRange.FromBounds(Math.Max(start, range.Offset), end));
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    // Everything, but what is known to be a hole is said and not read.
    private async IAsyncEnumerable<ChangedRange> ListEverythingAsync(BlockReader? reader, long start, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long position = start;
        if (reader is not null)
        {
            await foreach (ByteRange data in reader.GetDataRangesAsync(cancellationToken).ConfigureAwait(false))
            {
                if (data.End <= position)
                {
                    continue;
                }

                if (data.Offset > position)
                {
                    yield return new ChangedRange(ByteRange.FromBounds(position, data.Offset), ChangedRangeKind.Zero);
                }

                yield return new ChangedRange(ByteRange.FromBounds(Math.Max(position, data.Offset), data.End));
                position = data.End;
            }
        }

        if (position < Snapshot.Length)
        {
            yield return new ChangedRange(ByteRange.FromBounds(position, Snapshot.Length), reader is null ? ChangedRangeKind.Data : ChangedRangeKind.Zero);
        }
    }
}
