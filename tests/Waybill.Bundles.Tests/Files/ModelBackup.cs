namespace Waybill.Bundles.Tests.Files;

/// <summary>What a bundle of a tree would hold: the entries, and the data stream as a chain of bundles would give it.</summary>
internal sealed record ModelBackup(List<FileTreeEntry> Entries, byte[] Data, IReadOnlyList<ByteRange> ChangedRanges, Timestamp Started, long GapCount)
{
    public const int CellSize = 64 * 1024;

    /// <summary>Backs a tree up the way the container does: read the changed ranges in cells, then take the entries.</summary>
    public static async Task<ModelBackup> MakeAsync(FileTreeSource source, ModelBackup? parent, Timestamp started, Action<ModelBackup>? beforeReading = null, FileTreeLayoutOptions? options = null)
    {
        options ??= new FileTreeLayoutOptions { CellSize = CellSize, EntryMemory = 0 };
        FileTreeParent? previous = parent is null ? null : new FileTreeParent(parent.Entries.ToAsyncEnumerable(), parent.Data.Length, parent.Started);
        using FileTreeLayout layout = await FileTreeLayout.CreateAsync(source, previous, options, CancellationToken.None);
        var data = new byte[layout.DataLength];
        parent?.Data.CopyTo(data, 0);
        beforeReading?.Invoke(new ModelBackup([.. layout.GetEntries().Select(e => FileEntryCodec.Decode(e, layout.DataLength, 0))], [], layout.ChangedRanges, started, 0));
        await using (FileTreeDataReader reader = layout.OpenData())
        {
            foreach (ByteRange range in layout.ChangedRanges)
            {
                for (long offset = range.Offset; offset < range.End;)
                {
                    int count = (int)Math.Min(range.End - offset, CellSize - (offset % CellSize));
                    Assert.Equal(count, await reader.ReadAsync(offset, data.AsMemory((int)offset, count)));
                    offset += count;
                }
            }
        }

        List<FileTreeEntry> entries = [.. layout.GetEntries().Select(e => FileEntryCodec.Decode(e, layout.DataLength, 0))];
        Assert.Equal(entries.Count, layout.EntryCount);
        return new ModelBackup(entries, data, layout.ChangedRanges, started, layout.GapCount);
    }

    public FileTreeEntry this[string path] => Entries.Single(e => e.Path == FilePath.FromText(path));

    public byte[] GetContent(FileTreeEntry entry)
    {
        var content = new byte[entry.Size];
        foreach (FileExtent extent in entry.Extents)
        {
            Data.AsSpan((int)extent.DataOffset, (int)extent.Length).CopyTo(content.AsSpan((int)extent.FileOffset));
        }

        return content;
    }

    /// <summary>Gets every unit of addresses in use with the file and the place in it.</summary>
    public Dictionary<long, (ulong Inode, long FileUnit)> GetUnits()
    {
        var units = new Dictionary<long, (ulong, long)>();
        foreach (FileTreeEntry entry in Entries.DistinctBy(e => e.Inode))
        {
            foreach (FileExtent extent in entry.Extents)
            {
                for (long done = 0; done < extent.Length; done += 512)
                {
                    Assert.True(units.TryAdd((extent.DataOffset + done) / 512, (entry.Inode, (extent.FileOffset + done) / 512)), $"{entry.Path} shares the address {extent.DataOffset + done} with another file");
                }
            }
        }

        return units;
    }
}
