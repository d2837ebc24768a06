namespace Waybill.Abstractions.Tests.Data;

public sealed class BlockReaderTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(4097, 1)]
    public async Task GetDataRanges_OfAReaderThatKnowsNoHoles_IsTheWholeContent(long length, int count)
    {
        await using OpaqueReader reader = new(length);
        List<ByteRange> ranges = [];
        await foreach (ByteRange range in reader.GetDataRangesAsync())
        {
            ranges.Add(range);
        }

        Assert.Equal(Enumerable.Repeat(new ByteRange(0, length), count), ranges);
    }

    private sealed class OpaqueReader(long length) : BlockReader
    {
        public override long Length => length;

        public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
        {
            int read = (int)Math.Min(destination.Length, length - offset);
            destination.Span[..read].Fill(1);
            return ValueTask.FromResult(read);
        }
    }
}
