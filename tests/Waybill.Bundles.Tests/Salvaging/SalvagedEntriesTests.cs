using Waybill.Bundles.Entries;
using Waybill.Bundles.Format;
using Waybill.Bundles.Tests.Support;
using Waybill.Tests.Shared;

namespace Waybill.Bundles.Tests.Salvaging;

public sealed class SalvagedEntriesTests
{
    private const int Cell = SalvageLab.Cell;

    [Fact]
    public async Task Resources_Intact_AreAllListed()
    {
        (byte[] bundle, ResourceObject[] resources) = await ResourcesAsync();

        (List<SalvagedEntry<ResourceObject>> found, bool complete) = await ListAsync(await SalvageLab.ScanAsync(bundle));

        Assert.True(complete);
        Assert.Equal(resources.Select(r => r.Name), found.Select(f => f.Value.Name));
        Assert.All(found.Zip(resources), pair => Assert.Equal(pair.Second.Content.ToArray(), pair.First.Value.Content.ToArray()));
        Assert.DoesNotContain(found, f => f.FollowsGap);
    }

    [Fact]
    public async Task Resources_OneCellLost_CostsThoseThatTouchIt()
    {
        (byte[] bundle, ResourceObject[] resources) = await ResourcesAsync();
        MappedRecord[] chunks = [.. BundleMap.Of(bundle).Where(r => r.Header.Type == RecordType.Chunk)];
        (long Start, long End)[] places = await PlacesAsync(bundle);
        for (int lost = 0; lost < chunks.Length; lost++)
        {
            SalvageReport report = await SalvageLab.ScanAsync(BundleMap.Damage(bundle, chunks[lost]));

            (List<SalvagedEntry<ResourceObject>> found, bool complete) = await ListAsync(report);

            int[] expected = [.. Enumerable.Range(0, resources.Length).Where(i => places[i].End <= lost * Cell || places[i].Start >= (lost + 1) * Cell)];
            Assert.False(complete);
            Assert.Equal(expected.Select(i => resources[i].Name), found.Select(f => f.Value.Name));
            Assert.Equal(expected.Select(i => places[i].Start >= (lost + 1) * Cell), found.Select(f => f.FollowsGap));
            Assert.All(found, f => Assert.Equal(resources.First(r => r.Name == f.Value.Name).Content.ToArray(), f.Value.Content.ToArray()));
        }
    }

    [Fact]
    public async Task Resources_EndLost_AreNotCalledComplete()
    {
        (byte[] bundle, ResourceObject[] resources) = await ResourcesAsync();
        byte[] cut = bundle[..BundleMap.First(bundle, RecordType.Tile).Start];

        (List<SalvagedEntry<ResourceObject>> found, bool complete) = await ListAsync(await SalvageLab.ScanAsync(cut));

        Assert.Equal(resources.Length, found.Count);
        Assert.False(complete);
    }

    [Fact]
    public async Task Resources_ContentThatLooksLikeAnEntry_IsNotTakenForOne()
    {
        // The entry that holds it begins in a lost cell, so that what it holds is searched.
        byte[] meta = Resources.ResourceCodec.EncodeMeta(SalvageLab.Resource(99, 10));
        byte[] fake = new byte[EntryHeader.Size + meta.Length + 50];
        new EntryHeader(meta.Length, 50, Crc32C.Compute(meta)).Write(fake);
        meta.CopyTo(fake, EntryHeader.Size);
        byte[] content = [.. Lab.Noise(Cell + 5000, 1), .. fake, .. Lab.Noise(500, 3), .. fake, .. Lab.Noise(9000, 2)];
        ResourceObject[] resources = [SalvageLab.Resource(0, 100) with { Content = content }, SalvageLab.Resource(1, 500), SalvageLab.Resource(2, 500)];
        byte[] bundle = await Lab.WriteAsync(w => w.AddResourcesAsync(resources));

        (List<SalvagedEntry<ResourceObject>> found, bool complete) = await ListAsync(await SalvageLab.ScanAsync(BundleMap.Damage(bundle, BundleMap.First(bundle, RecordType.Chunk))));

        Assert.False(complete);
        Assert.Equal(["config-1", "config-2"], found.Select(f => f.Value.Name));
        Assert.All(found, f => Assert.True(f.FollowsGap));
    }

    [Fact]
    [Spec("T-02")]
    public async Task Files_ContentAndEntriesLost_TheRestIsRestoredAndTheLossReported()
    {
        (byte[] bundle, FileTreeEntry[] files, byte[] data) = await FilesAsync();
        MappedRecord[] chunks = [.. BundleMap.Of(bundle).Where(r => r.Header.Type == RecordType.Chunk)];
        MappedRecord[] dataChunks = [.. chunks.Where(c => ChunkHeader.Read(c.Payload, true, 0).StreamNumber == 0)];
        MappedRecord[] metaChunks = [.. chunks.Where(c => ChunkHeader.Read(c.Payload, true, 0).StreamNumber == 1)];
        (long Start, long End)[] places = Places(files);
        SalvageReport report = await SalvageLab.ScanAsync(BundleMap.Damage(bundle, dataChunks[1], metaChunks[1]));
        var target = new MemoryTree();

        SalvagedTreeResult result = await BundleSalvager.RestoreFilesAsync(report, "home", target);

        FileTreeEntry[] left = [.. files.Where((_, i) => places[i].End <= Cell || places[i].Start >= 2 * Cell)];
        Assert.False(result.IsListingComplete);
        Assert.True(result.IsPartial);
        Assert.Equal(left.Length, result.Entries);
        Assert.Equal(left, target.Entries.Values.Where(e => left.Contains(e)));
        FileTreeEntry[] partial = [.. left.Where(f => f.Extents.Any(e => e.DataOffset < 2 * Cell && e.DataEnd > Cell))];
        Assert.NotEmpty(partial);
        Assert.Equal(partial.Select(f => f.Path), result.PartialFiles);
        Assert.All(partial, f => Assert.Contains(result.Problems, p => p.Path == f.Path && p.What == FileGap.Data));
        foreach (FileTreeEntry file in left.Where(f => f.Type == FileType.Regular).Except(partial))
        {
            FileExtent extent = Assert.Single(file.Extents);
            Assert.Equal(data.AsSpan((int)extent.DataOffset, (int)extent.Length).ToArray(), target.Content[file.Path]);
        }

        // Directories whose entries are lost were made anew before what lies in them, closed to others.
        FileTreeEntry[] made = [.. target.Entries.Values.Except(left)];
        Assert.NotEmpty(made);
        Assert.All(made, d => Assert.Equal((FileType.Directory, 0x1C0), (d.Type, d.Mode)));
        Assert.All(made, d => Assert.Contains(result.Problems, p => p.Path == d.Path && p.What == "metadata"));
        Assert.All(target.Entries.Values, e => Assert.True(e.Path.IsRoot || target.Entries.ContainsKey(e.Path.Parent)));
    }

    [Fact]
    public async Task Files_Intact_AreAllRestored()
    {
        (byte[] bundle, FileTreeEntry[] files, byte[] _) = await FilesAsync();
        var target = new MemoryTree();

        SalvagedTreeResult result = await BundleSalvager.RestoreFilesAsync(await SalvageLab.ScanAsync(bundle), "home", target);

        Assert.False(result.IsPartial);
        Assert.Equal(files, target.Entries.Values);
    }

    [Fact]
    public async Task Files_NothingLeftOfTheEntries_IsAnError()
    {
        (byte[] bundle, FileTreeEntry[] _, byte[] _) = await FilesAsync();
        MappedRecord begin = BundleMap.Last(bundle, RecordType.StreamBegin);
        SalvageReport report = await SalvageLab.ScanAsync(bundle[..begin.Start]);

        WaybillException missing = await Assert.ThrowsAsync<WaybillException>(() => BundleSalvager.RestoreFilesAsync(report, "home", new MemoryTree()));

        Assert.Equal(WaybillErrorCode.StreamNotFound, missing.Code);
    }

    private static async Task<(byte[] Bundle, ResourceObject[] Resources)> ResourcesAsync()
    {
        ResourceObject[] resources = [.. Enumerable.Range(0, 40).Select(i => SalvageLab.Resource(i, 500 + (i * 611 % 17_000)))];
        return (await Lab.WriteAsync(w => w.AddResourcesAsync(resources)), resources);
    }

    private static async Task<(long Start, long End)[]> PlacesAsync(byte[] bundle)
    {
        await using BundleChain chain = await Lab.OpenChainAsync(bundle);
        await using BlockReader content = chain.OpenStream(StreamKind.Resources, chain.Manifest.Streams[0].Name);
        byte[] bytes = await Lab.ReadAllAsync(content);
        List<(long, long)> places = [];
        for (int at = 0; at < bytes.Length;)
        {
            EntryHeader header = EntryHeader.Read(bytes.AsSpan(at), BundleFormat.MaxResourceLength, at);
            int end = at + EntryHeader.Size + header.MetaLength + (int)header.BodyLength;
            places.Add((at, end));
            at = end;
        }

        return [.. places];
    }

    private static async Task<(List<SalvagedEntry<ResourceObject>> Found, bool IsComplete)> ListAsync(SalvageReport report)
    {
        SalvagedEntries<ResourceObject> listing = BundleSalvager.ReadResources(report, report.Streams[0]);
        List<SalvagedEntry<ResourceObject>> found = [];
        await foreach (SalvagedEntry<ResourceObject> entry in listing)
        {
            found.Add(entry);
        }

        return (found, listing.IsComplete);
    }

    /// <summary>A tree of directories with files, whose entries fill more than three cells.</summary>
    private static async Task<(byte[] Bundle, FileTreeEntry[] Files, byte[] Data)> FilesAsync()
    {
        List<FileTreeEntry> files = [new() { Path = FilePath.Root, Type = FileType.Directory, Mode = 0x1ED }];
        int dataOffset = 0;
        for (int d = 0; d < 30; d++)
        {
            FilePath directory = FilePath.Root.Append(System.Text.Encoding.ASCII.GetBytes($"directory-{d:D2}"));
            files.Add(new FileTreeEntry { Path = directory, Type = FileType.Directory, Mode = 0x1ED });
            for (int f = 0; f < 8; f++)
            {
                int length = 1000 + (f * 130);
                files.Add(new FileTreeEntry
                {
                    Path = directory.Append(System.Text.Encoding.ASCII.GetBytes($"file-{f}")),
                    Type = FileType.Regular,
                    Mode = 0x1A4,
                    Size = length,
                    Extents = [new FileExtent(0, dataOffset, length)],
                    Xattrs = [new FileXattr([.. "user.note"u8], [.. Lab.Noise(800, dataOffset)])],
                });
                dataOffset += (length + 511) / 512 * 512;
            }
        }

        byte[] data = Lab.Noise(dataOffset, 8);
        byte[] bundle = await Lab.WriteAsync(async writer =>
        {
            await using BundleStreamWriter content = await writer.OpenPushStreamAsync(StreamKind.FileData, "home", default);
            await content.WriteAsync(data);
            await content.CompleteAsync();
            await using BundleStreamWriter entries = await writer.OpenPushStreamAsync(StreamKind.FileMeta, "home", default);
            foreach (FileTreeEntry file in files)
            {
                await entries.WriteEntryAsync(FileEntryCodec.Encode(file), default, default);
            }

            await entries.CompleteAsync();
        });
        return (bundle, [.. files], data);
    }

    private static (long Start, long End)[] Places(FileTreeEntry[] files)
    {
        long at = 0;
        return [.. files.Select(f => (at, at += EntryHeader.Size + FileEntryCodec.Encode(f).Length))];
    }

    private sealed class MemoryTree : FileTreeTarget
    {
        private FilePath _current;

        public SortedDictionary<FilePath, FileTreeEntry> Entries { get; } = [];

        public Dictionary<FilePath, byte[]> Content { get; } = [];

        public override IReadOnlyList<FileRestoreProblem> Problems => [];

        public override ValueTask<bool> BeginAsync(FileTreeEntry entry, CancellationToken cancellationToken = default)
        {
            Entries.Add(entry.Path, entry);
            Content[entry.Path] = new byte[entry.Size];
            _current = entry.Path;
            return ValueTask.FromResult(entry.Type == FileType.Regular);
        }

        public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
        {
            content.Span.CopyTo(Content[_current].AsSpan((int)offset));
            return ValueTask.CompletedTask;
        }

        // Salvage keeps what is left of a file.
        public override ValueTask DiscardAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public override ValueTask CompleteAsync(CancellationToken cancellationToken = default) => ValueTask.CompletedTask;
    }
}
