using Waybill.Bundles.Format;
using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Reading;

/// <summary>What a reader fetches: little, once, and nothing that it was not asked for.</summary>
public sealed class FourReadsTests(DeepVolume volume) : IClassFixture<DeepVolume>
{
    [Fact, Spec("M-24"), Spec("M-27")]
    public async Task Index_OfADeepVolume_HasTwoLevels()
    {
        Assert.Equal(2, volume.Stream.IndexLevel);
        Assert.InRange(volume.Stream.LeafCount, 2 * 65_536, 3 * 65_536);
        VerificationReport report = await Lab.VerifyAsync(volume.Incremental, volume.Full);
        Assert.Null(report.Problem);
        Assert.True(report.IsValid);
    }

    [Fact, Spec("M-25"), Spec("M-28")]
    public async Task AnyRangeOfACell_TakesAtMostFourReadsOfABundle()
    {
        var random = new Random(5);
        int most = 0;
        for (int i = 0; i < 150; i++)
        {
            // A third of them in the cells that were written to.
            long cell = i % 3 == 0 ? 3 + (10 * random.Next(0, 115)) : random.Next(0, 1154);
            long offset = (cell * DeepVolume.Cell) + random.Next(DeepVolume.Cell - 100);
            int length = random.Next(1, 5_000);
            length = (int)Math.Min(length, Math.Min(((cell + 1) * DeepVolume.Cell) - offset, volume.Content.Length - offset));
            (MemoryByteSource child, MemoryByteSource parent) = await ReadColdAsync(new ByteRange(offset, length));

            Assert.InRange(child.Reads.Count, 1, 4);
            Assert.InRange(parent.Reads.Count, 1, 4);
            most = Math.Max(most, child.Reads.Count);
            AssertNothingElse(child, offset, length);
        }

        // If this never happened, the volume would be too small to show anything.
        Assert.Equal(4, most);
    }

    [Fact]
    public async Task Open_IsOneRead()
    {
        var source = new MemoryByteSource(volume.Incremental);
        await using BundleReader reader = await BundleReader.OpenAsync(source, TrustPolicy.AcceptUnsigned);

        ByteRange read = Assert.Single(source.Reads);
        Assert.Equal(volume.Incremental.Length, read.End);
        Assert.InRange(read.Length, 1, 128 * 1024);
    }

    [Fact]
    public async Task SecondRead_NearTheFirst_FetchesOnlyItsChunk()
    {
        var child = new MemoryByteSource(volume.Incremental);
        await using BundleChain chain = await BundleChain.OpenAsync(await BundleReader.OpenAsync(child, TrustPolicy.AcceptUnsigned), new MemoryLocator(volume.Full));
        await using BlockReader content = chain.OpenStream(StreamKind.BlockVolume, Lab.Volume);
        await content.ReadAsync((13 * DeepVolume.Cell) + 5_000, new byte[100]);
        child.Reads.Clear();
        await content.ReadAsync((13 * DeepVolume.Cell) + 5_300, new byte[100]);
        Assert.Empty(child.Reads);
        await content.ReadAsync((13 * DeepVolume.Cell) + DeepVolume.Cell, new byte[100]);

        Assert.All(child.Reads, read => Assert.Equal(RecordType.Tile, volume.RecordOf(read).Type));
    }

    [Fact]
    public async Task WholeVolume_FetchesEveryRecordAtMostOnce()
    {
        var child = new MemoryByteSource(volume.Incremental);
        await using BundleChain chain = await BundleChain.OpenAsync(await BundleReader.OpenAsync(child, TrustPolicy.AcceptUnsigned), new MemoryLocator(volume.Full));
        await using BlockReader content = chain.OpenStream(StreamKind.BlockVolume, Lab.Volume);
        Lab.AssertSame(volume.Content, await Lab.ReadAllAsync(content), "the whole volume");

        Assert.Equal(child.Reads.Count, child.Reads.Distinct().Count());
    }

    [Fact, Spec("M-15")]
    public async Task ManyReadersAtOnce_AllSeeTheVolume()
    {
        var child = new YieldingByteSource(volume.Incremental);
        await using BundleChain chain = await BundleChain.OpenAsync(await BundleReader.OpenAsync(child, TrustPolicy.AcceptUnsigned), new MemoryLocator(volume.Full));
        await using BlockReader content = chain.OpenStream(StreamKind.BlockVolume, Lab.Volume);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(seed => Task.Run(() => ReadAtRandomAsync(content, seed))));
    }

    [Fact, Spec("L-01")]
    public async Task ManifestLargerThanTheTail_CostsOneMoreRead()
    {
        byte[] bundle = await Lab.FullAsync(volume.Content.AsSpan(0, 1_000_000).ToArray());
        foreach (int tail in (int[])[Trailer.Size, Trailer.Size + 1, 700, 4096])
        {
            var source = new MemoryByteSource(bundle);
            await using BundleReader reader = await BundleReader.OpenAsync(source, TrustPolicy.AcceptUnsigned, new BundleReaderOptions { TailBytes = tail });

            Assert.InRange(source.Reads.Count, 1, 2);
            Assert.Equal(1_000_000, reader.Manifest.Streams[0].VirtualLength);
        }
    }

    [Theory, Spec("M-27")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task IndexThatDoesNotFitIntoTheTail_CostsOneMoreReadToOpen_AndNoneLater(bool largeManifest)
    {
        // Either the first read is too short for the nodes, or the manifest takes their place in it.
        byte[] bundle = largeManifest ? await WithManifestThatFillsTheTailAsync() : volume.Incremental;
        Trailer trailer = Trailer.Read(bundle.AsSpan(bundle.Length - Trailer.Size), bundle.Length - Trailer.Size);
        var options = new BundleReaderOptions();
        options.TailBytes = largeManifest ? options.TailBytes : (int)(bundle.Length - trailer.LayoutOffset);
        Assert.InRange(bundle.Length - options.TailBytes, trailer.TailOffset + 1, trailer.LayoutOffset);

        int most = 0;
        for (int cell = 3; cell < 1154; cell += 100)
        {
            var source = new MemoryByteSource(bundle);
            await using BundleChain chain = await BundleChain.OpenAsync(await BundleReader.OpenAsync(source, TrustPolicy.AcceptUnsigned, options), new MemoryLocator(volume.Full));
            Assert.Equal(2, source.Reads.Count);
            Assert.Equal(bundle.Length - trailer.TailOffset, source.Reads.Sum(r => r.Length));
            await using BlockReader content = chain.OpenStream(StreamKind.BlockVolume, Lab.Volume);
            var bytes = new byte[100];
            await content.ReadAsync((cell * DeepVolume.Cell) + 5_000, bytes);
            Lab.AssertSame(volume.Content.AsSpan((cell * DeepVolume.Cell) + 5_000, 100).ToArray(), bytes, $"cell {cell}");
            most = Math.Max(most, source.Reads.Count - 2);
        }

        // A node of level 1, a tile, a chunk.
        Assert.Equal(3, most);
    }

    [Theory, Spec("L-01")]
    [InlineData(64, 64)]
    [InlineData(64, -1_000)]
    [InlineData(-5_000_000, -1_000)]
    public async Task TrailerThatPointsFarBack_IsNotFollowedWithLargeReads(long tailOffset, long layoutOffset)
    {
        const long Length = 1L << 40;
        long At(long offset) => offset < 0 ? Length + offset : offset;
        var bytes = new byte[Trailer.Size];
        new Trailer(BundleId.New(), default, Length, 5, At(layoutOffset) + RecordHeader.Size, 100, At(tailOffset), 0, new Digest(new byte[32]), At(layoutOffset), 0).Write(bytes);
        var source = new VastByteSource(Length, bytes);

        await Assert.ThrowsAsync<BundleFormatException>(() => BundleReader.OpenAsync(source, TrustPolicy.AcceptUnsigned));

        Assert.InRange(source.LargestRead, Trailer.Size, 128 * 1024);
    }

    private async Task<byte[]> WithManifestThatFillsTheTailAsync()
    {
        byte[] probe = await WithTagsAsync(1);
        Trailer trailer = Trailer.Read(probe.AsSpan(probe.Length - Trailer.Size), probe.Length - Trailer.Size);
        return await WithTagsAsync(new BundleReaderOptions().TailBytes - (int)(probe.Length - trailer.LayoutOffset) - 100);
    }

    private async Task<byte[]> WithTagsAsync(int filler)
    {
        IEnumerable<Tag> tags = Enumerable.Range(0, 2).Select(i => Tag.User($"note-{i}", new string('x', 60_000))).Append(Tag.User("filler", new string('x', filler)));
        var description = new BundleDescription(Lab.Application) { Tags = [.. tags] };
        await using BundleChain parent = await Lab.OpenChainAsync(volume.Full);
        return await Lab.WriteAsync(w => w.AddVolumeAsync(new VolumeRequest(Lab.Volume, new MemoryBlockReader(volume.Content))), null, parent, description);
    }

    private async Task<(MemoryByteSource Child, MemoryByteSource Parent)> ReadColdAsync(ByteRange range)
    {
        var child = new MemoryByteSource(volume.Incremental);
        var parent = new MemoryByteSource(volume.Full);
        await using BundleChain chain = await BundleChain.OpenAsync(await BundleReader.OpenAsync(child, TrustPolicy.AcceptUnsigned), new SingleLocator(parent));
        await using BlockReader content = chain.OpenStream(StreamKind.BlockVolume, Lab.Volume);
        var bytes = new byte[range.Length];
        Assert.Equal(bytes.Length, await content.ReadAsync(range.Offset, bytes));
        Lab.AssertSame(volume.Content.AsSpan((int)range.Offset, bytes.Length).ToArray(), bytes, range.ToString());
        return (child, parent);
    }

    private void AssertNothingElse(MemoryByteSource source, long offset, int length)
    {
        // The first read is the end of the bundle; each other one is one record, and the only chunk is that of the cell.
        foreach (ByteRange read in source.Reads.Skip(1))
        {
            RecordHeader header = volume.RecordOf(read);
            Assert.Contains(header.Type, (RecordType[])[RecordType.Chunk, RecordType.Tile, RecordType.IndexNode]);
            if (header.Type == RecordType.Chunk)
            {
                Leaf leaf = volume.ChunkAt(read).Leaf;
                Assert.False(new ByteRange(leaf.Offset, leaf.Length).Intersect(new ByteRange(offset, length)).IsEmpty);
            }
        }

        Assert.Equal(source.Reads.Count, source.Reads.Distinct().Count());
    }

    private async Task ReadAtRandomAsync(BlockReader content, int seed)
    {
        var random = new Random(seed);
        var buffer = new byte[40_000];
        for (int i = 0; i < 150; i++)
        {
            // Close together now and then, so that the readers meet in the caches.
            int offset = i % 2 == 0 ? random.Next(volume.Content.Length) : (13 * DeepVolume.Cell) + random.Next(300_000);
            int length = Math.Min(random.Next(1, buffer.Length), volume.Content.Length - offset);
            Assert.Equal(length, await content.ReadAsync(offset, buffer.AsMemory(0, length)));
            Lab.AssertSame(volume.Content.AsSpan(offset, length).ToArray(), buffer[..length], $"{length} bytes at {offset}");
        }
    }

    private sealed class SingleLocator(ByteSource source) : BundleLocator
    {
        public override async IAsyncEnumerable<ByteSource> FindAsync(ParentLink link, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.CompletedTask;
            yield return source;
        }
    }

    /// <summary>Very many zeros and a trailer.</summary>
    private sealed class VastByteSource(long length, byte[] trailer) : ByteSource
    {
        public int LargestRead { get; private set; }

        public override string Name => "vast.waybill";

        public override long Length => length;

        public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
        {
            LargestRead = Math.Max(LargestRead, destination.Length);
            destination.Span.Clear();
            if (offset + destination.Length == length)
            {
                trailer.AsSpan().CopyTo(destination.Span[^trailer.Length..]);
            }

            return ValueTask.FromResult(destination.Length);
        }
    }

    /// <summary>A source that answers later, on another thread.</summary>
    private sealed class YieldingByteSource(byte[] bundle) : ByteSource
    {
        public override string Name => "yielding.waybill";

        public override long Length => bundle.Length;

        public override async ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            int length = (int)Math.Min(destination.Length, bundle.Length - offset);
            bundle.AsMemory((int)offset, length).CopyTo(destination);
            return length;
        }
    }
}
