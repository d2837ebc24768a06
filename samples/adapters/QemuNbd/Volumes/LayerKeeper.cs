namespace Waybill.Samples.QemuNbd;

/// <summary>Gives back the space of removed snapshots where nothing reads what lies on them.</summary>
internal sealed class LayerKeeper(QemuImage images, int keptCheckpoints)
{
    /// <summary>Removes the layers of removed snapshots. Layers in use are left for another time.</summary>
    public async Task TidyAsync(VolumeFolder folder, CancellationToken cancellationToken)
    {
        SortedDictionary<int, SnapshotRecord> records = await folder.ReadRecordsAsync(cancellationToken).ConfigureAwait(false);
        int[] layers = folder.Layers;
        int active = layers[^1];
        for (int i = 0; i < layers.Length - 1; i++)
        {
            // The active layer is never touched: rebasing writes, and its bitmap is to record what the application writes and nothing else.
            int above = layers[i + 1];
            if (above == active || !records.TryGetValue(layers[i], out SnapshotRecord? record) || !record.IsDeleted)
            {
                continue;
            }

            try
            {
                await RemoveAsync(folder, layers[i], above, BelowOf(folder, layers[i]), records, cancellationToken).ConfigureAwait(false);
            }
            catch (ProviderException e) when (e.Code == WaybillErrorCode.ProviderBusy)
            {
                // A server reads it. The snapshot is gone for everyone; its space is given back later.
            }
        }

        foreach (int old in records.Where(one => one.Value.IsDeleted && one.Key < active - keptCheckpoints && !File.Exists(folder.LayerPath(one.Key))).Select(one => one.Key))
        {
            folder.DeleteRecord(old);
        }
    }

    /// <summary>Removes a layer such that the one above it keeps its content, and keeps the bitmaps. Being interrupted anywhere loses nothing.</summary>
    private async Task RemoveAsync(
        VolumeFolder folder, int layer, int above, string below, SortedDictionary<int, SnapshotRecord> records, CancellationToken cancellationToken)
    {
        string from = folder.LayerPath(layer);
        string to = folder.LayerPath(above);
        ImageInfo source = await images.GetInfoAsync(from, cancellationToken).ConfigureAwait(false);
        ImageInfo target = await images.GetInfoAsync(to, cancellationToken).ConfigureAwait(false);

        // What rebasing writes is no change.
        foreach (string recording in target.Bitmaps.Where(one => one.Value.Records && !one.Value.IsInUse).Select(one => one.Key))
        {
            await images.DisableBitmapAsync(to, recording, cancellationToken).ConfigureAwait(false);
        }

        HashSet<string> wanted = [.. records.Where(one => one.Key >= folder.Layers[^1] - keptCheckpoints).Select(one => one.Value.Checkpoint)];
        foreach ((string name, BitmapInfo bitmap) in source.Bitmaps.Where(one => !one.Value.IsInUse && wanted.Contains(one.Key)))
        {
            if (!target.Bitmaps.ContainsKey(name))
            {
                await images.AddBitmapAsync(to, name, bitmap.Granularity, enabled: false, cancellationToken).ConfigureAwait(false);
            }

            await images.MergeBitmapAsync(to, name, from, name, cancellationToken).ConfigureAwait(false);
        }

        await images.RebaseAsync(to, below, cancellationToken).ConfigureAwait(false);
        File.Delete(from);
    }

    private static string BelowOf(VolumeFolder folder, int layer) =>
        folder.Layers.LastOrDefault(one => one < layer) is var below and > 0 ? VolumeFolder.LayerName(below) : "";
}
