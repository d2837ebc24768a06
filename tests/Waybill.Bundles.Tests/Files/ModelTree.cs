using System.Runtime.CompilerServices;

namespace Waybill.Bundles.Tests.Files;

/// <summary>A file of a <see cref="ModelTree"/>: its content in memory, with holes.</summary>
internal sealed class ModelFile
{
    public required ulong Inode { get; init; }

    public FileType Type { get; init; } = FileType.Regular;

    public byte[] Content { get; set; } = [];

    /// <summary>Gets which units of 512 bytes were written; the others are holes.</summary>
    public HashSet<long> Units { get; } = [];

    public Timestamp Modified { get; set; }

    public Timestamp Changed { get; set; }

    public void Write(int offset, ReadOnlySpan<byte> bytes)
    {
        if (offset + bytes.Length > Content.Length)
        {
            Content = [.. Content, .. new byte[offset + bytes.Length - Content.Length]];
        }

        bytes.CopyTo(Content.AsSpan(offset));
        for (int unit = offset / 512; unit * 512 < offset + bytes.Length; unit++)
        {
            Units.Add(unit);
        }
    }

    public void Truncate(int length)
    {
        Content = [.. Content.Take(length), .. new byte[Math.Max(0, length - Content.Length)]];
        Units.RemoveWhere(u => u * 512 >= length);
    }

    public IEnumerable<ByteRange> GetDataRanges()
    {
        long[] units = [.. Units.Order()];
        for (int i = 0; i < units.Length;)
        {
            int j = i;
            while (j + 1 < units.Length && units[j + 1] == units[j] + 1)
            {
                j++;
            }

            yield return ByteRange.FromBounds(units[i] * 512, Math.Min(Content.Length, (units[j] + 1) * 512));
            i = j + 1;
        }
    }
}

/// <summary>A tree in memory that can be edited and that lets files misbehave while they are read.</summary>
internal sealed class ModelTree : FileTreeSource
{
    private ulong _lastInode = 1;

    public SortedDictionary<FilePath, ModelFile> Files { get; } = new() { [FilePath.Root] = new ModelFile { Inode = 1, Type = FileType.Directory } };

    public Timestamp Now { get; set; } = new(1_000_000, 0);

    /// <summary>Gets what was opened, a file once for each time.</summary>
    public List<FilePath> Opened { get; } = [];

    /// <summary>Gets what must not be opened, and why.</summary>
    public Dictionary<FilePath, string> Unreadable { get; } = [];

    /// <summary>Gets what cannot be opened for the moment.</summary>
    public HashSet<FilePath> Busy { get; } = [];

    /// <summary>Gets the ranges of files that cannot be read.</summary>
    public Dictionary<FilePath, ByteRange> Damaged { get; } = [];

    /// <summary>Gets or sets what is thrown for them.</summary>
    public Func<Exception> Damage { get; set; } = () => new ProviderException(WaybillErrorCode.SourceReadFailed, "model", "I/O error");

    public static Exception MakeBusy() => new ProviderException(WaybillErrorCode.ProviderBusy, "model", "come back later") { IsTransient = true };

    public int OpenNow { get; private set; }

    public int MostOpen { get; private set; }

    public ModelFile Add(string path, byte[]? content = null, FileType type = FileType.Regular)
    {
        var file = new ModelFile { Inode = ++_lastInode, Type = type, Modified = Now, Changed = Now };
        Files[FilePath.FromText(path)] = file;
        if (content is not null)
        {
            file.Write(0, content);
        }

        return file;
    }

    public ModelFile this[string path] => Files[FilePath.FromText(path)];

    public override async IAsyncEnumerable<FileTreeEntry> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask;
        var groups = Files.Values.GroupBy(f => f.Inode).Where(g => g.Count() > 1).ToDictionary(g => g.Key, g => g.Key + 1000);
        foreach ((FilePath path, ModelFile file) in Files)
        {
            yield return new FileTreeEntry
            {
                Path = path,
                Type = file.Type,
                Mode = 0x1A4,
                Modified = file.Modified,
                Changed = file.Changed,
                Inode = file.Inode,
                Size = file.Content.Length,
                LinkGroup = groups.GetValueOrDefault(file.Inode),
                AllocatedSize = file.Units.Count * 512L,
            };
        }
    }

    public override ValueTask<FileContent> OpenAsync(FileTreeEntry entry, CancellationToken cancellationToken = default)
    {
        Opened.Add(entry.Path);
        if (Busy.Contains(entry.Path))
        {
            throw MakeBusy();
        }

        string? problem = Unreadable.GetValueOrDefault(entry.Path);
        if (!Files.TryGetValue(entry.Path, out ModelFile? file))
        {
            problem = "gone";
        }

        if (problem is not null)
        {
            throw new ProviderException(WaybillErrorCode.SourceReadFailed, "model", problem);
        }

        MostOpen = Math.Max(MostOpen, ++OpenNow);
        return ValueTask.FromResult<FileContent>(new Content(this, file!, entry));
    }

    private sealed class Content(ModelTree tree, ModelFile file, FileTreeEntry entry) : FileContent
    {
        public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
        {
            if (tree.Damaged.TryGetValue(entry.Path, out ByteRange damage) && !damage.Intersect(new ByteRange(offset, destination.Length)).IsEmpty)
            {
                throw tree.Damage();
            }

            int count = (int)Math.Clamp(file.Content.Length - offset, 0, destination.Length);
            file.Content.AsMemory((int)Math.Min(offset, file.Content.Length), count).CopyTo(destination);
            return ValueTask.FromResult(count);
        }

        public override IAsyncEnumerable<ByteRange> GetDataRangesAsync(CancellationToken cancellationToken = default) =>
            file.GetDataRanges().Select(r => r.Intersect(new ByteRange(0, entry.Size))).Where(r => !r.IsEmpty).ToAsyncEnumerable();

        public override ValueTask<FileGap?> FindChangeAsync(CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(file.Content.Length == entry.Size && file.Modified == entry.Modified ? null : new FileGap(FileGap.Stability, "changed"));

        public override ValueTask DisposeAsync()
        {
            tree.OpenNow--;
            return base.DisposeAsync();
        }
    }
}
