namespace Waybill.Bundles;

/// <summary>
/// Decides where in the FILE_DATA stream the content of each file lies (end of spec 8.3), which of it has to be read, and keeps the entries until
/// their data is written.
/// </summary>
/// <remarks>
/// The order of use: create, write <see cref="ChangedRanges"/> of <see cref="OpenData"/> to the stream, dispose that reader, take the entries. Not before
/// the data was read is known what could not be. In an incremental, content keeps the addresses it has in the parent, in units of 512 bytes; what is
/// new goes behind the parent's end, so that no address ever holds first one file's content and then another's.
/// </remarks>
internal sealed class FileTreeLayout : IDisposable
{
    private readonly EntrySpool _spool;
    private readonly Dictionary<ulong, long> _linkGroups;
    private readonly FileGapCollector _gaps = new();
    private readonly IndexedExtent[] _index;
    private readonly FileTreeSource _source;
    private readonly bool _reproducible;

    private FileTreeLayout(FileTreeSource source, FileTreeLayoutOptions options, EntrySpool spool, FileTreeLayoutResult result)
    {
        _source = source;
        _reproducible = options.Reproducible;
        _spool = spool;
        _linkGroups = result.LinkGroups;
        _index = result.Index;
        DataLength = result.DataLength;
        ChangedRanges = result.ChangedRanges;
    }

    /// <summary>Gets the virtual length of the FILE_DATA stream, a multiple of 512; never less than the parent's.</summary>
    public long DataLength { get; }

    /// <summary>
    /// Gets the addresses whose content may differ from the parent's: files that changed, new ones, and freed ones, which read as zeros. Ascending,
    /// disjoint. Without a parent: all that may hold data. Outside of them the parent's content is valid, though <see cref="OpenData"/> can read it too.
    /// </summary>
    public IReadOnlyList<ByteRange> ChangedRanges { get; }

    /// <summary>Gets the number of entries.</summary>
    public long EntryCount => _spool.Count;

    /// <summary>Gets the number of gaps in the entries handed out so far.</summary>
    public long GapCount { get; private set; }

    /// <summary>Lists a tree and lays it out.</summary>
    /// <param name="source">The tree; remains the caller's and is used until this object is disposed.</param>
    /// <param name="parent">What to build on, or null for a full bundle.</param>
    /// <param name="options">How to lay it out.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    public static async Task<FileTreeLayout> CreateAsync(FileTreeSource source, FileTreeParent? parent, FileTreeLayoutOptions options, CancellationToken cancellationToken)
    {
        var spool = new EntrySpool(options.EntryMemory);
        try
        {
            var builder = new FileTreeLayoutBuilder(source, parent, spool, options);
            return new FileTreeLayout(source, options, spool, await builder.BuildAsync(cancellationToken).ConfigureAwait(false));
        }
        catch
        {
            spool.Dispose();
            throw;
        }
    }

    /// <summary>Opens the content of the FILE_DATA stream; it is read from the files when it is asked for.</summary>
    public FileTreeDataReader OpenData() => new(_source, _spool, _index, DataLength, _gaps);

    /// <summary>Gets the meta bytes of the entries in their order, with the gaps that reading the data has shown.</summary>
    public IEnumerable<byte[]> GetEntries()
    {
        GapCount = 0;
        foreach ((long position, byte[] encoded) in _spool.ReadAll())
        {
            FileTreeEntry entry = FileEntryCodec.Decode(encoded, DataLength, 0);
            long place = entry.LinkGroup == 0 ? position : _linkGroups[entry.LinkGroup];
            List<FileGap> found = [.. _gaps.Get(place).Except(entry.Gaps)];
            GapCount += entry.Gaps.Length + found.Count;
            if (found.Count == 0 && !_reproducible)
            {
                yield return encoded;
                continue;
            }

            entry = entry with { Gaps = entry.Gaps.AddRange(found) };
            yield return FileEntryCodec.Encode(_reproducible ? WithoutHints(entry) : entry);
        }
    }

    public void Dispose() => _spool.Dispose();

    private static FileTreeEntry WithoutHints(FileTreeEntry entry) => entry with { Accessed = null, Born = null, Changed = null, Inode = 0 };
}

/// <summary>An extent as it is found by its address.</summary>
/// <param name="DataOffset">Its first address.</param>
/// <param name="Length">The number of bytes.</param>
/// <param name="FileOffset">Its first byte in the file.</param>
/// <param name="Place">The place of the file's entry in the spool; its complement if the file has no other extent.</param>
internal readonly record struct IndexedExtent(long DataOffset, long Length, long FileOffset, long Place) : IComparable<IndexedExtent>
{
    public long DataEnd => DataOffset + Length;

    public bool IsOnly => Place < 0;

    public long EntryPosition => Place < 0 ? ~Place : Place;

    public int CompareTo(IndexedExtent other) => DataOffset.CompareTo(other.DataOffset);
}

/// <summary>What a layout consists of.</summary>
internal sealed record FileTreeLayoutResult(
    Dictionary<ulong, long> LinkGroups,
    IndexedExtent[] Index,
    long DataLength,
    IReadOnlyList<ByteRange> ChangedRanges);
