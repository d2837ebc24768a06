using System.Runtime.CompilerServices;
using Waybill.Bundles.Format;
using Waybill.Bundles.Tests.Salvaging;
using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Writing;

/// <summary>Several streams written at once: their records mix, their content and roots do not.</summary>
public sealed class InterleavingTests
{
    private static readonly byte[] s_one = Lab.MixedVolume(1_500_000, 1);
    private static readonly byte[] s_two = Lab.MixedVolume(1_300_000, 2);

    [Theory, Spec("M-05"), Spec("D-11")]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Volumes_WrittenAtOnce_HaveTheRootsOfVolumesWrittenOneAfterTheOther(int workers)
    {
        byte[] sequential = await WriteAsync(workers, async writer =>
        {
            await writer.AddVolumeAsync(new VolumeRequest("one", new MemoryBlockReader(s_one)));
            await writer.AddVolumeAsync(new VolumeRequest("two", new MemoryBlockReader(s_two)));
        });
        byte[] interleaved = await WriteAsync(workers, async writer =>
        {
            using var first = new SemaphoreSlim(1);
            using var second = new SemaphoreSlim(0);
            await Task.WhenAll(
                writer.AddVolumeAsync(new VolumeRequest("one", new AlternatingReader(s_one, first, second))),
                writer.AddVolumeAsync(new VolumeRequest("two", new AlternatingReader(s_two, second, first))));
        });

        AssertMixed(interleaved);
        Assert.Equal(await RootsAsync(sequential), await RootsAsync(interleaved));
        await AssertContentAsync(interleaved);
    }

    [Fact, Spec("M-05"), Spec("M-17")]
    public async Task StreamsHandedOverInTurn_HaveTheRootsOfStreamsHandedOverOneAfterTheOther()
    {
        byte[] sequential = await WriteAsync(2, async writer =>
        {
            await PushAsync(writer, "one", s_one);
            await PushAsync(writer, "two", s_two);
        });
        byte[] interleaved = await WriteAsync(2, async writer =>
        {
            await using BundleStreamWriter one = await writer.OpenStreamAsync(StreamKind.BlockVolume, "one");
            await using BundleStreamWriter two = await writer.OpenStreamAsync(StreamKind.BlockVolume, "two");
            for (int start = 0; start < s_one.Length; start += 70_000)
            {
                await one.WriteAsync(Piece(s_one, start));
                await two.WriteAsync(Piece(s_two, start));
            }

            await two.CompleteAsync();
            await one.CompleteAsync();
        });

        AssertMixed(interleaved);
        Assert.Equal(await RootsAsync(sequential), await RootsAsync(interleaved));
        await AssertContentAsync(interleaved);
    }

    private static ReadOnlyMemory<byte> Piece(byte[] content, int start) => content.AsMemory(Math.Min(start, content.Length), Math.Clamp(content.Length - start, 0, 70_000));

    private static async Task PushAsync(BundleWriter writer, string name, byte[] content)
    {
        await using BundleStreamWriter stream = await writer.OpenStreamAsync(StreamKind.BlockVolume, name);
        await stream.WriteAsync(content);
        await stream.CompleteAsync();
    }

    private static Task<byte[]> WriteAsync(int workers, Func<BundleWriter, Task> fill)
    {
        BundleWriterOptions options = Lab.SmallCells();
        options.Workers = workers;
        return Lab.WriteAsync(fill, options);
    }

    // If the streams came one after the other here too, nothing would be shown.
    private static void AssertMixed(byte[] bundle)
    {
        int[] order = [.. BundleMap.Of(bundle).Where(r => r.Header.Type == RecordType.Chunk).Select(r => ChunkHeader.Read(r.Payload, false, r.Header.Offset).StreamNumber)];
        int changes = order.Zip(order.Skip(1)).Count(pair => pair.First != pair.Second);
        Assert.True(changes > 30, $"the streams took turns {changes} times only");
    }

    private static async Task<Dictionary<string, (Digest Root, long LeafCount)>> RootsAsync(byte[] bundle)
    {
        await using BundleReader reader = await BundleReader.OpenAsync(new MemoryByteSource(bundle), TrustPolicy.AcceptUnsigned);
        return reader.Manifest.Streams.ToDictionary(s => s.Name, s => (s.Root, s.LeafCount));
    }

    private static async Task AssertContentAsync(byte[] bundle)
    {
        VerificationReport report = await Lab.VerifyAsync(bundle);
        Assert.Null(report.Problem);
        Assert.True(report.IsValid);
        await using BundleChain chain = await Lab.OpenChainAsync(bundle);
        foreach ((string name, byte[] content) in new[] { ("one", s_one), ("two", s_two) })
        {
            await using BlockReader stream = chain.OpenStream(StreamKind.BlockVolume, name);
            Lab.AssertSame(content, await Lab.ReadAllAsync(stream), name);
        }
    }

    /// <summary>Names one cell of data at a time, and the next one only when the other reader has named one.</summary>
    private sealed class AlternatingReader(byte[] content, SemaphoreSlim mine, SemaphoreSlim others) : BlockReader
    {
        private const int Cell = 65_536;

        private readonly MemoryBlockReader _content = new(content);

        public override long Length => content.Length;

        public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default) =>
            _content.ReadAsync(offset, destination, cancellationToken);

        public override async IAsyncEnumerable<ByteRange> GetDataRangesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            for (int start = 0; start < content.Length; start += Cell)
            {
                await mine.WaitAsync(cancellationToken);
                yield return new ByteRange(start, Math.Min(Cell, content.Length - start));

                // Whoever asks for the next one has handed the cell over.
                others.Release();
            }

            others.Release(content.Length);
        }
    }
}
