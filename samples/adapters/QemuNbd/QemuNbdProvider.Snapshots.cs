using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Waybill.Providers;

namespace Waybill.Samples.QemuNbd;

/// <content>Snapshots: the layer that was written to is left as it is, and an empty one with a bitmap of its own is put on top.</content>
public sealed partial class QemuNbdProvider
{
    private const int MaxNameLength = 128;

    /// <inheritdoc/>
    public async ValueTask<SnapshotDescriptor> CreateSnapshotAsync(VolumeId volume, string name, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Encoding.UTF8.GetByteCount(name), MaxNameLength, nameof(name));
        using FileStream held = await _lock.TakeAsync(cancellationToken).ConfigureAwait(false);
        VolumeFolder folder = await OpenFolderAsync(volume, cancellationToken).ConfigureAwait(false);
        await RequireNameIsFreeAsync(folder, name, cancellationToken).ConfigureAwait(false);
        LiveDaemon daemon = await AcquireLockedAsync(folder, writes: false, cancellationToken).ConfigureAwait(false);
        try
        {
            int active = await daemon.GetActiveLayerAsync(cancellationToken).ConfigureAwait(false);
            SortedDictionary<int, SnapshotRecord> records = await folder.ReadRecordsAsync(cancellationToken).ConfigureAwait(false);
            if (records.FirstOrDefault(one => one.Key < active && one.Value.Name == name && !one.Value.IsDeleted).Value is { } taken)
            {
                return folder.Describe(taken);
            }

            return await TakeAsync(folder, daemon, active, name, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await ReleaseLockedAsync(volume, daemon, writes: false).ConfigureAwait(false);
            await _keeper.TidyAsync(folder, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<SnapshotDescriptor?> FindSnapshotAsync(SnapshotId snapshot, CancellationToken cancellationToken = default)
    {
        await foreach (SnapshotDescriptor one in ListSnapshotsAsync(null, cancellationToken).ConfigureAwait(false))
        {
            if (one.Id == snapshot)
            {
                return one;
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<SnapshotDescriptor> ListSnapshotsAsync(
        VolumeId? volume = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        List<SnapshotDescriptor> found = [];
        using (await _lock.TakeAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (VolumeFolder folder in await ReadFoldersAsync(cancellationToken).ConfigureAwait(false))
            {
                if (volume is null || folder.Id == volume)
                {
                    found.AddRange((await folder.ReadSnapshotsAsync(cancellationToken).ConfigureAwait(false)).Select(one => one.Snapshot));
                }
            }
        }

        foreach (SnapshotDescriptor one in found)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return one;
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <inheritdoc/>
    public async ValueTask DeleteSnapshotAsync(SnapshotId snapshot, CancellationToken cancellationToken = default)
    {
        using FileStream held = await _lock.TakeAsync(cancellationToken).ConfigureAwait(false);
        foreach (VolumeFolder folder in await ReadFoldersAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach ((int layer, SnapshotDescriptor one) in await folder.ReadSnapshotsAsync(cancellationToken).ConfigureAwait(false))
            {
                if (one.Id == snapshot)
                {
                    SnapshotRecord record = (await folder.ReadRecordAsync(layer, cancellationToken).ConfigureAwait(false))!;
                    await folder.WriteRecordAsync(layer, record with { IsDeleted = true }, cancellationToken).ConfigureAwait(false);
                    await _keeper.TidyAsync(folder, cancellationToken).ConfigureAwait(false);
                    return;
                }
            }
        }
    }

    /// <summary>
    /// Takes a snapshot. If it is interrupted before the new layer has its name, nothing happened; if after, the storage daemon knows whether it did, and
    /// without a daemon the empty layer on top makes it so.
    /// </summary>
    private async Task<SnapshotDescriptor> TakeAsync(VolumeFolder folder, LiveDaemon daemon, int active, string name, CancellationToken cancellationToken)
    {
        int next = active + 1;
        long length = (await _images.GetInfoAsync(folder.LayerPath(active), cancellationToken).ConfigureAwait(false)).Length;
        string checkpoint = string.Create(CultureInfo.InvariantCulture, $"{Checkpoint.Prefix(folder.Identity)}{active}-{Guid.NewGuid():N}");
        Timestamp now = Now();
        var record = new SnapshotRecord(Guid.NewGuid().ToString("N"), name, now.Seconds, now.Nanoseconds, length, checkpoint);

        // What an interrupted call left on a volume whose daemon never took it.
        await daemon.ForgetAsync(next, cancellationToken).ConfigureAwait(false);
        File.Delete(folder.LayerPath(next));
        File.Delete(folder.TemporaryLayer);
        await _images.CreateOverlayAsync(folder.TemporaryLayer, VolumeFolder.LayerName(active), length, cancellationToken).ConfigureAwait(false);
        await _images.AddBitmapAsync(folder.TemporaryLayer, checkpoint, _options.Granularity, enabled: true, cancellationToken).ConfigureAwait(false);
        await folder.WriteRecordAsync(active, record, cancellationToken).ConfigureAwait(false);
        File.Move(folder.TemporaryLayer, folder.LayerPath(next));

        // From here on a cancelled call would leave open whether it happened; it takes milliseconds.
        try
        {
            await daemon.PutOnTopAsync(active, next, CancellationToken.None).ConfigureAwait(false);
        }
        catch (ProviderException e) when (!e.IsTransient)
        {
            await daemon.ForgetAsync(next, CancellationToken.None).ConfigureAwait(false);
            File.Delete(folder.LayerPath(next));
            folder.DeleteRecord(active);
            throw;
        }

        return folder.Describe(record);
    }

    private async Task RequireNameIsFreeAsync(VolumeFolder folder, string name, CancellationToken cancellationToken)
    {
        foreach (VolumeFolder other in await ReadFoldersAsync(cancellationToken).ConfigureAwait(false))
        {
            if (other.Id != folder.Id && (await other.ReadSnapshotsAsync(cancellationToken).ConfigureAwait(false)).Exists(one => one.Snapshot.Name == name))
            {
                throw new ProviderException(WaybillErrorCode.SnapshotConflict, Name, $"The volume '{other.Id}' has a snapshot '{name}' already") { ObjectName = name };
            }
        }
    }
}
