namespace Waybill.Bundles.Entries;

/// <summary>Checks the entries of a file tree: each alone, against each other, and that their content lies inside the tree's data.</summary>
internal sealed class FileStreamCheck(StreamInfo stream) : EntryStreamCheck(stream)
{
    private readonly FileTreeRules _rules = new();
    private long _contentEnd;
    private long _gaps;

    protected override void Check(RawEntry entry)
    {
        // The tree's data may end later in the bundle; how long it is is compared at the end.
        FileTreeEntry file = FileEntryCodec.Decode(entry.Meta.Span, long.MaxValue, entry.Place);
        _rules.Add(file, entry.Place);
        _gaps += file.Gaps.Length;
        foreach (FileExtent extent in file.Extents)
        {
            _contentEnd = Math.Max(_contentEnd, extent.DataOffset + extent.Length);
        }
    }

    protected override void CompleteCore(BundleManifest manifest, StreamInfo stated)
    {
        _rules.Complete();
        if (stated.GapCount != _gaps)
        {
            throw new BundleFormatException(WaybillErrorCode.ManifestInvalid, $"The manifest counts {stated.GapCount} gaps in '{stated.Name}'; there are {_gaps}");
        }

        if (_contentEnd > (manifest.FindStream(StreamKind.FileData, stated.Name)?.VirtualLength ?? 0))
        {
            throw new BundleFormatException(WaybillErrorCode.EntryInvalid, $"A file of the tree '{stated.Name}' lies outside the tree's data");
        }
    }
}
