using System.Collections.Immutable;

namespace Waybill.Bundles;

/// <summary>Goes through a tree and its parent side by side, both in the same order, and gives every file its place.</summary>
internal sealed class FileTreeLayoutBuilder
{
    // Coarser than the clock of any file system in use: FAT counts modification times in two seconds, kernels stamp in ticks of some milliseconds.
    private const int ClockMarginSeconds = 2;

    private readonly FileTreeSource _source;
    private readonly FileTreeParent? _parent;
    private readonly FileTreeLayoutOptions _options;
    private readonly EntrySpool _spool;
    private readonly FileTreeRules _rules = new();
    private readonly Dictionary<ulong, long> _linkGroups = [];
    private readonly List<IndexedExtent> _index = [];

    // In whole units of 512 bytes: every address a file of this tree uses, all the parent used, and those whose content may have changed.
    private readonly AddressSet _live = new();
    private readonly AddressList _parentLive = new();
    private readonly AddressList _changed = new();
    private long _next;

    /// <param name="source">The tree.</param>
    /// <param name="parent">What to build on, or null.</param>
    /// <param name="spool">Takes the entries; remains the caller's.</param>
    /// <param name="options">How to lay it out.</param>
    public FileTreeLayoutBuilder(FileTreeSource source, FileTreeParent? parent, EntrySpool spool, FileTreeLayoutOptions options)
    {
        _source = source;
        _parent = parent;
        _options = options;
        _spool = spool;
        _next = DataRangeList.AlignUp(parent?.DataLength ?? 0);
    }

    public async Task<FileTreeLayoutResult> BuildAsync(CancellationToken cancellationToken)
    {
        var previous = new ParentCursor(_parent?.Entries, NoteParentEntry, cancellationToken);
        await using (previous.ConfigureAwait(false))
        {
            await foreach (FileTreeEntry entry in _source.ListAsync(cancellationToken).ConfigureAwait(false))
            {
                FileTreeEntry? old = await previous.FindAsync(entry.Path).ConfigureAwait(false);
                await AddAsync(entry, old, cancellationToken).ConfigureAwait(false);
            }

            _rules.Complete();
            await previous.FindAsync(null).ConfigureAwait(false);
        }

        IndexedExtent[] index = [.. _index];
        _index.Clear();
        Array.Sort(index);
        return new FileTreeLayoutResult(_linkGroups, index, _next, FindChangedRanges());
    }

    private void NoteParentEntry(FileTreeEntry entry)
    {
        foreach (FileExtent extent in entry.Extents)
        {
            _parentLive.Add(ToUnits(extent));
        }
    }

    private async ValueTask AddAsync(FileTreeEntry entry, FileTreeEntry? old, CancellationToken cancellationToken)
    {
        if (entry.LinkGroup != 0 && _linkGroups.TryGetValue(entry.LinkGroup, out long first))
        {
            // Spec R-10: whatever happened to the file between listing its names, they must agree.
            FileTreeEntry same = FileEntryCodec.Decode(_spool.Read(first), long.MaxValue, 0);
            Append(same with { Path = entry.Path });
            return;
        }

        if (entry.Type == FileType.Regular && entry.Size > 0)
        {
            entry = await PlaceAsync(entry, old is { Type: FileType.Regular } ? old : null, cancellationToken).ConfigureAwait(false);
        }

        long position = Append(entry);
        if (entry.LinkGroup != 0)
        {
            _linkGroups.Add(entry.LinkGroup, position);
        }

        foreach (FileExtent extent in entry.Extents)
        {
            _index.Add(new IndexedExtent(extent.DataOffset, extent.Length, extent.FileOffset, entry.Extents.Length == 1 ? ~position : position));
        }
    }

    private long Append(FileTreeEntry entry)
    {
        _rules.Add(entry);
        return _spool.Append(FileEntryCodec.Encode(entry));
    }

    private async ValueTask<FileTreeEntry> PlaceAsync(FileTreeEntry entry, FileTreeEntry? old, CancellationToken cancellationToken)
    {
        if (old is not null && IsUnchanged(entry, old) && old.Extents.All(e => _live.TryAdd(ToUnits(e))))
        {
            return entry with { Extents = old.Extents };
        }

        List<ByteRange> ranges;
        if (entry.AllocatedSize is { } allocated && allocated < entry.Size)
        {
            try
            {
                FileContent content = await _source.OpenAsync(entry, cancellationToken).ConfigureAwait(false);
                await using (content.ConfigureAwait(false))
                {
                    ranges = await DataRangeList.CollectAsync(content, entry.Size, cancellationToken).ConfigureAwait(false);
                    if (await content.FindChangeAsync(cancellationToken).ConfigureAwait(false) is { } change)
                    {
                        // What was cut off meanwhile looked like a hole just now.
                        entry = entry with { Gaps = entry.Gaps.Add(change) };
                    }
                }
            }
            catch (Exception e) when (FileTreeDataReader.IsUnreadable(e))
            {
                return entry with { Extents = [], Gaps = entry.Gaps.Add(new FileGap(FileGap.Data, e.Message)) };
            }
        }
        else
        {
            ranges = [new ByteRange(0, entry.Size)];
        }

        ImmutableArray<FileExtent> extents = Place(entry.Size, ranges, old);
        foreach (FileExtent extent in extents)
        {
            _changed.Add(ToUnits(extent));
        }

        return entry with { Extents = extents };
    }

    private bool IsUnchanged(FileTreeEntry entry, FileTreeEntry old) =>
        entry.Size == old.Size
        && entry.Modified is { } modified && modified == old.Modified
        && entry.Changed is { } changed && changed == old.Changed
        && entry.Inode != 0 && entry.Inode == old.Inode
        && changed < _parent!.Started with { Seconds = _parent.Started.Seconds - ClockMarginSeconds }
        && !old.Gaps.Any(g => g.What is not (FileGap.Xattrs or FileGap.Metadata));

    private ImmutableArray<FileExtent> Place(long size, List<ByteRange> ranges, FileTreeEntry? old)
    {
        // Addresses can only be kept where an address of 512 units belongs to a file offset of 512 units; our own layouts are always so.
        ImmutableArray<FileExtent> kept = old is not null && old.Extents.All(e => e.FileOffset % FileExtent.Alignment == 0) ? old.Extents : [];
        if (kept.Length + ranges.Count > DataRangeList.MaxCount)
        {
            // In too many pieces after too many changes: once more in a row.
            kept = [];
        }

        var extents = new List<FileExtent>();
        int k = 0;
        foreach (ByteRange range in ranges)
        {
            long position = range.Offset;
            while (position < range.End)
            {
                while (k < kept.Length && KeptEnd(kept[k]) <= position)
                {
                    k++;
                }

                long end = k == kept.Length ? range.End
                    : kept[k].FileOffset > position ? Math.Min(range.End, kept[k].FileOffset)
                    : Math.Min(range.End, KeptEnd(kept[k]));
                long? address = k < kept.Length && kept[k].FileOffset <= position ? kept[k].DataOffset + (position - kept[k].FileOffset) : null;
                var piece = ByteRange.FromBounds(position, end);
                if (address is not { } known || !_live.TryAdd(ToUnits(new FileExtent(position, known, piece.Length))))
                {
                    // Also where the parent gave one address to two files, which nobody may rely on when one of them changes.
                    address = Allocate(piece.Length, isStart: extents.Count == 0, size);
                }

                Append(extents, new FileExtent(position, address.Value, piece.Length));
                position = end;
            }
        }

        return [.. extents];
    }

    // A file that grows does so first into what is left of its last unit, which belongs to nobody else.
    private static long KeptEnd(FileExtent extent) => DataRangeList.AlignUp(extent.FileEnd);

    private long Allocate(long length, bool isStart, long size)
    {
        try
        {
            checked
            {
                long alignment = (isStart ? size : length) >= _options.CellSize ? _options.CellSize : FileExtent.Alignment;
                long address = (_next + alignment - 1) / alignment * alignment;
                _next = DataRangeList.AlignUp(address + length);
                _live.TryAdd(ByteRange.FromBounds(address, _next));
                return address;
            }
        }
        catch (OverflowException e)
        {
            throw new BundleFormatException(WaybillErrorCode.LimitExceeded, "The files of a tree have more than 2^63 - 1 bytes together", e);
        }
    }

    private static void Append(List<FileExtent> extents, FileExtent extent)
    {
        if (extents.Count > 0 && extents[^1].FileEnd == extent.FileOffset && extents[^1].DataEnd == extent.DataOffset)
        {
            extents[^1] = extents[^1] with { Length = extents[^1].Length + extent.Length };
        }
        else
        {
            extents.Add(extent);
        }
    }

    private List<ByteRange> FindChangedRanges()
    {
        foreach (ByteRange freed in AddressList.Subtract(_parentLive.Normalize(), _live.GetRanges()))
        {
            _changed.Add(freed);
        }

        // A block that was cut short by the parent's end and is not any more cannot be inherited, spec I-03.
        long parentLength = _parent?.DataLength ?? 0;
        _changed.Add(ByteRange.FromBounds(parentLength / FileExtent.Alignment * FileExtent.Alignment, DataRangeList.AlignUp(parentLength)));
        return _changed.Normalize();
    }

    private static ByteRange ToUnits(FileExtent extent) =>
        ByteRange.FromBounds(extent.DataOffset, DataRangeList.AlignUp(extent.DataEnd));

    /// <summary>The parent's entries, read only as far as the tree has come.</summary>
    private sealed class ParentCursor : IAsyncDisposable
    {
        private readonly IAsyncEnumerator<FileTreeEntry>? _entries;
        private readonly Action<FileTreeEntry> _note;
        private bool _started;
        private bool _ended;

        public ParentCursor(IAsyncEnumerable<FileTreeEntry>? entries, Action<FileTreeEntry> note, CancellationToken cancellationToken)
        {
            _entries = entries?.GetAsyncEnumerator(cancellationToken);
            _note = note;
            _ended = entries is null;
        }

        /// <summary>Goes on to a path, or to the end for null, and gives the entry with that path if there is one.</summary>
        public async ValueTask<FileTreeEntry?> FindAsync(FilePath? path)
        {
            if (!_started)
            {
                _started = true;
                await MoveNextAsync().ConfigureAwait(false);
            }

            while (!_ended && (path is not { } wanted || _entries!.Current.Path < wanted))
            {
                await MoveNextAsync().ConfigureAwait(false);
            }

            return !_ended && _entries!.Current.Path == path ? _entries.Current : null;
        }

        public ValueTask DisposeAsync() => _entries?.DisposeAsync() ?? ValueTask.CompletedTask;

        private async ValueTask MoveNextAsync()
        {
            if (_ended)
            {
                return;
            }

            _ended = !await _entries!.MoveNextAsync().ConfigureAwait(false);
            if (!_ended)
            {
                _note(_entries.Current);
            }
        }
    }
}
