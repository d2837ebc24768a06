using System.Runtime.CompilerServices;
using Waybill.Providers;

namespace Waybill.Samples.QemuNbd;

/// <content>Changes: each layer has a bitmap of what was written to it; those between base and target are merged and served with the target.</content>
public sealed partial class QemuNbdProvider
{
    private const string MergedBitmap = "changes";

    /// <inheritdoc/>
    public async IAsyncEnumerable<ByteRange> GetAllocatedAsync(
        VolumeId volume, SnapshotId snapshot, long startingOffset = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(startingOffset);
        NbdSession session = await OpenSnapshotAsync(volume, snapshot, cancellationToken).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            await foreach (ByteRange range in AllocationMap.ListAsync(session, startingOffset, cancellationToken).ConfigureAwait(false))
            {
                yield return range;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask<DiffResult> DiffAsync(VolumeId volume, ChangeId baseId, SnapshotId target, CancellationToken cancellationToken = default)
    {
        using FileStream held = await _lock.TakeAsync(cancellationToken).ConfigureAwait(false);
        VolumeFolder folder = await OpenFolderAsync(volume, cancellationToken).ConfigureAwait(false);
        int to = await FindLayerAsync(folder, target, cancellationToken).ConfigureAwait(false);
        string wanted = baseId.ToString();
        if (Checkpoint.IsOfAnother(wanted, folder.Identity))
        {
            return new DiffResult.Fatal($"The checkpoint {wanted} belongs to another volume than '{volume}', or to one of this name that is gone.");
        }

        SortedDictionary<int, SnapshotRecord> records = await folder.ReadRecordsAsync(cancellationToken).ConfigureAwait(false);
        if (!Checkpoint.TryGetLayer(wanted, folder.Identity, out int from) || !records.TryGetValue(from, out SnapshotRecord? known) || known.Checkpoint != wanted)
        {
            return new DiffResult.UseAllocated($"The checkpoint {wanted} is not known.");
        }

        if (from > to)
        {
            return new DiffResult.UseAllocated($"The checkpoint {wanted} is later than the snapshot.");
        }

        if (from == to)
        {
            return new DiffResult.Known(new NoDelta());
        }

        (string? reason, List<(string Path, string Name)> bitmaps) = await FindBitmapsAsync(folder, records, from, to, cancellationToken).ConfigureAwait(false);
        return reason is null
            ? await ServeChangesAsync(folder, to, records[to].Length, bitmaps, cancellationToken).ConfigureAwait(false)
            : new DiffResult.UseAllocated(reason);
    }

    /// <summary>Finds the bitmaps of all moments from a base up to a target, or says why changes cannot be known.</summary>
    private async Task<(string? Reason, List<(string Path, string Name)> Bitmaps)> FindBitmapsAsync(
        VolumeFolder folder, SortedDictionary<int, SnapshotRecord> records, int from, int to, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, (string Path, BitmapInfo Info)>(StringComparer.Ordinal);
        foreach (int layer in folder.Layers.Where(layer => layer > from && layer <= to))
        {
            string path = folder.LayerPath(layer);
            foreach ((string name, BitmapInfo info) in (await _images.GetInfoAsync(path, cancellationToken).ConfigureAwait(false)).Bitmaps)
            {
                // The lowest layer counts: a bitmap in two layers is about to be moved up, and only the lower is known to be whole.
                found.TryAdd(name, (path, info));
            }
        }

        List<(string, string)> bitmaps = [];
        for (int moment = from; moment < to; moment++)
        {
            if (!records.TryGetValue(moment, out SnapshotRecord? record) || !found.TryGetValue(record.Checkpoint, out (string Path, BitmapInfo Info) bitmap))
            {
                return ($"A bitmap of what was written after snapshot layer {moment} is missing.", []);
            }

            // A server that is killed leaves its bitmap marked as in use: what it had not stored is missing in it.
            if (bitmap.Info.IsInUse)
            {
                return ($"The bitmap {record.Checkpoint} is inconsistent, as a server that recorded in it was killed.", []);
            }

            if (record.Length != records[to].Length)
            {
                return ($"The volume had {record.Length} bytes at the checkpoint and {records[to].Length} in the snapshot.", []);
            }

            bitmaps.Add((bitmap.Path, record.Checkpoint));
        }

        return (null, bitmaps);
    }

    /// <summary>Puts an empty image with all bitmaps merged on the target, so that one connection gives the changes, the zeros and the content.</summary>
    private async Task<DiffResult> ServeChangesAsync(
        VolumeFolder folder, int target, long length, List<(string Path, string Name)> bitmaps, CancellationToken cancellationToken)
    {
        string directory = NewExportDirectory();
        LayerExport? export = null;
        try
        {
            string image = Path.Combine(directory, "changes.qcow2");
            await _images.CreateOverlayAsync(image, folder.LayerPath(target), length, cancellationToken).ConfigureAwait(false);
            await _images.AddBitmapAsync(image, MergedBitmap, _options.Granularity, enabled: false, cancellationToken).ConfigureAwait(false);
            foreach ((string path, string name) in bitmaps)
            {
                await _images.MergeBitmapAsync(image, MergedBitmap, path, name, cancellationToken).ConfigureAwait(false);
            }

            export = await LayerExport.OpenAsync(_options.NbdCommand, image, MergedBitmap, directory, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (export is null)
            {
                Directory.Delete(directory, recursive: true);
            }
        }

        string context = NbdClient.DirtyBitmap(MergedBitmap);
        var session = new NbdSession(export.Socket, "", [NbdClient.Allocation, context], export.DisposeAsync);
        return await WrapAsync<DiffResult>(
            session,
            client => ValueTask.FromResult<DiffResult>(new DiffResult.Known(new BitmapDelta(session, client.Export, context) { Export = export })),
            cancellationToken).ConfigureAwait(false);
    }

    private async Task<int> FindLayerAsync(VolumeFolder folder, SnapshotId snapshot, CancellationToken cancellationToken) =>
        (await folder.ReadSnapshotsAsync(cancellationToken).ConfigureAwait(false)).Find(one => one.Snapshot.Id == snapshot).Layer is var layer and > 0
            ? layer
            : throw new ProviderException(WaybillErrorCode.SnapshotNotFound, Name, $"The volume '{folder.Id}' has no snapshot '{snapshot}'") { ObjectName = snapshot.ToString() };

    private async Task<NbdSession> OpenSnapshotAsync(VolumeId volume, SnapshotId snapshot, CancellationToken cancellationToken)
    {
        using FileStream held = await _lock.TakeAsync(cancellationToken).ConfigureAwait(false);
        VolumeFolder folder = await OpenFolderAsync(volume, cancellationToken).ConfigureAwait(false);
        int layer = await FindLayerAsync(folder, snapshot, cancellationToken).ConfigureAwait(false);
        LayerExport export = await LayerExport.OpenAsync(_options.NbdCommand, folder.LayerPath(layer), "", NewExportDirectory(), cancellationToken).ConfigureAwait(false);
        return new NbdSession(export.Socket, "", [NbdClient.Allocation], export.DisposeAsync);
    }
}
