namespace Waybill.Bundles.Salvaging;

/// <summary>Restores the files that are left of a tree, and says of each what is not.</summary>
internal sealed class FileTreeSalvage(SalvageReport report, SalvagedStream entries, FileTreeTarget target, BundleChain? parent)
{
    private const int PieceLength = 1024 * 1024;

    // What nobody can say any more: closed to all but the owner, until somebody decides.
    private const int LostDirectoryMode = 0x1C0;

    private readonly string _name = entries.Name!;
    private readonly List<FileRestoreProblem> _problems = [];
    private readonly List<FilePath> _partial = [];
    private readonly Stack<FilePath> _directories = new();
    private readonly byte[] _buffer = new byte[PieceLength];
    private FilePath? _lastNonDirectory;
    private long _copied;

    public async Task<SalvagedTreeResult> RunAsync(IProgress<BundleProgress>? progress, CancellationToken cancellationToken)
    {
        SalvagedStream? data = report.FindStream(StreamKind.FileData, _name);
        SalvagedContent? content = data is null ? null : BundleSalvager.OpenStream(report, data, parent);
        try
        {
            SalvagedEntries<FileTreeEntry> listing = BundleSalvager.ReadFileEntries(report, entries);
            long restored = 0;
            await foreach (SalvagedEntry<FileTreeEntry> found in listing.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                if (await TryBeginAsync(found.Value, content, cancellationToken).ConfigureAwait(false))
                {
                    restored++;
                    progress?.Report(new BundleProgress(_name, _copied, data?.VirtualLength, _copied));
                }
            }

            await target.CompleteAsync(cancellationToken).ConfigureAwait(false);
            return new SalvagedTreeResult
            {
                Entries = restored,
                IsListingComplete = listing.IsComplete,
                PartialFiles = [.. _partial],
                Problems = [.. _problems, .. target.Problems],
            };
        }
        finally
        {
            if (content is not null)
            {
                await content.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private async ValueTask<bool> TryBeginAsync(FileTreeEntry entry, SalvagedContent? content, CancellationToken cancellationToken)
    {
        if (_lastNonDirectory is { } file && entry.Path.IsBelow(file))
        {
            _problems.Add(new FileRestoreProblem(entry.Path, FileRestoreProblem.File, "it lies in what is not a directory"));
            return false;
        }

        await MakeDirectoriesAsync(entry.Path, cancellationToken).ConfigureAwait(false);
        if (entry.Type == FileType.Directory)
        {
            _directories.Push(entry.Path);
        }
        else
        {
            _lastNonDirectory = entry.Path;
        }

        _problems.AddRange(entry.Gaps.Select(g => new FileRestoreProblem(entry.Path, g.What, g.Reason)));
        if (await target.BeginAsync(entry, cancellationToken).ConfigureAwait(false))
        {
            int before = _problems.Count;
            foreach (FileExtent extent in entry.Extents)
            {
                await CopyAsync(entry, extent, content, cancellationToken).ConfigureAwait(false);
            }

            if (_problems.Count > before)
            {
                _partial.Add(entry.Path);
            }
        }

        return true;
    }

    /// <summary>Makes the directories above a path whose entries are lost.</summary>
    private async ValueTask MakeDirectoriesAsync(FilePath path, CancellationToken cancellationToken)
    {
        while (_directories.TryPeek(out FilePath open) && !path.IsBelow(open))
        {
            _directories.Pop();
        }

        var lost = new Stack<FilePath>();
        for (FilePath above = path; !above.IsRoot;)
        {
            above = above.Parent;
            if (_directories.TryPeek(out FilePath open) && open == above)
            {
                break;
            }

            lost.Push(above);
        }

        while (lost.TryPop(out FilePath directory))
        {
            _problems.Add(new FileRestoreProblem(directory, "metadata", "its entry is lost; the directory was made anew"));
            _directories.Push(directory);
            await target.BeginAsync(new FileTreeEntry { Path = directory, Type = FileType.Directory, Mode = LostDirectoryMode }, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask CopyAsync(FileTreeEntry entry, FileExtent extent, SalvagedContent? content, CancellationToken cancellationToken)
    {
        var whole = new ByteRange(extent.DataOffset, extent.Length);
        IEnumerable<SalvageRange> ranges = content?.Stream.GetRanges(whole) ?? [new SalvageRange(whole, SalvageState.Unknown)];
        foreach (SalvageRange range in ranges)
        {
            // What is zero is left to the target, where a file that was made anew reads as zeros.
            for (long position = range.IsZero ? range.Range.End : range.Range.Offset; position < range.Range.End;)
            {
                // Pieces end on the grid of the data, so that large files are read by whole cells.
                bool readable = range.State is SalvageState.Verified or SalvageState.Present || (range.State == SalvageState.Inherited && content is { HasParent: true });
                long end = readable ? position + Math.Min(range.Range.End - position, PieceLength - (position % PieceLength)) : range.Range.End;
                long fileOffset = extent.FileOffset + (position - extent.DataOffset);
                Memory<byte> piece = _buffer.AsMemory(0, readable ? (int)(end - position) : 0);
                if (readable && await TryReadAsync(content!, position, piece, cancellationToken).ConfigureAwait(false))
                {
                    await target.WriteAsync(fileOffset, piece, cancellationToken).ConfigureAwait(false);
                    _copied += piece.Length;
                }
                else
                {
                    string reason = range.State == SalvageState.Inherited ? "inherited and the parent does not have them" : "lost";
                    _problems.Add(new FileRestoreProblem(entry.Path, FileGap.Data, FormattableString.Invariant($"bytes {fileOffset} to {fileOffset + (end - position) - 1} are {reason}")));
                }

                position = end;
            }
        }
    }

    private static async ValueTask<bool> TryReadAsync(SalvagedContent content, long offset, Memory<byte> piece, CancellationToken cancellationToken)
    {
        try
        {
            await content.ReadAsync(offset, piece, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (WaybillException e) when (e.Code == WaybillErrorCode.ContentUnknown)
        {
            return false;
        }
    }
}
