using Waybill.Bundles.Entries;
using Waybill.Bundles.Format;

namespace Waybill.Bundles;

/// <content>Adding file trees.</content>
public sealed partial class BundleWriter
{
    /// <summary>Adds a tree of files: all of it, or what changed since the parent's tree of the same name. Entries are always listed in full.</summary>
    /// <param name="name">The name of the tree.</param>
    /// <param name="source">The tree; stays the caller's.</param>
    /// <param name="forceFull">Whether everything is stored although there is a parent.</param>
    /// <param name="facts">What the manifest says of the volume it is; <see langword="null"/> for nothing.</param>
    /// <param name="progress">Receives totals as data is written; may be called often and from any thread.</param>
    /// <param name="cancellationToken">Ends the call early; the bundle can then not be completed.</param>
    /// <returns>
    /// What the manifest will say of the two streams: data, then entries. <see cref="StreamInfo.GapCount"/> of the second tells how many parts could not be read.
    /// </returns>
    /// <exception cref="WaybillException">The tree as a whole cannot be read, or the output failed. Single files that cannot be read become gaps.</exception>
    public async Task<IReadOnlyList<StreamInfo>> AddFileTreeAsync(
        string name,
        FileTreeSource source,
        bool forceFull = false,
        VolumeFacts? facts = null,
        IProgress<BundleProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(source);
        RequireState(State.Open);
        FileTreeParent? before = forceFull ? null : FindTree(name, cancellationToken);
        var options = new FileTreeLayoutOptions
        {
            CellSize = _parent?.Manifest.FindStream(StreamKind.FileData, name)?.CellSize ?? _options.CellSize,
            Reproducible = _options.Reproducible,
        };
        using FileTreeLayout layout = await FileTreeLayout.CreateAsync(source, before, options, cancellationToken).ConfigureAwait(false);
        StreamInfo data;
        FileTreeDataReader content = layout.OpenData();
        await using (content.ConfigureAwait(false))
        {
            var request = new VolumeRequest(name, content) { ForceFull = before is null, ChangedRanges = before is null ? null : layout.ChangedRanges };
            data = await AddSourceAsync(StreamKind.FileData, request, BundleFormat.MinBlockSize, compareListed: true, progress, cancellationToken).ConfigureAwait(false);
        }

        // Only now is known what of the data could not be read, which the entries must say.
        return [data, await WriteEntriesAsync(name, layout, facts, cancellationToken).ConfigureAwait(false)];
    }

    private FileTreeParent? FindTree(string name, CancellationToken cancellationToken)
    {
        StreamInfo? data = _parent?.Manifest.FindStream(StreamKind.FileData, name);
        return data is null || _parent!.Manifest.FindStream(StreamKind.FileMeta, name) is null
            ? null
            : new FileTreeParent(_parent.Bundles[0].ReadFileEntriesAsync(name, cancellationToken), data.VirtualLength, _parent.Manifest.Created);
    }

    private async Task<StreamInfo> WriteEntriesAsync(string name, FileTreeLayout layout, VolumeFacts? facts, CancellationToken cancellationToken)
    {
        BundleStreamWriter stream = await OpenPushStreamAsync(StreamKind.FileMeta, name, cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            foreach (byte[] meta in layout.GetEntries())
            {
                await stream.WriteEntryAsync(meta, default, cancellationToken).ConfigureAwait(false);
            }

            stream.GapCount = layout.GapCount;
            stream.Volume = facts;
            return await stream.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
