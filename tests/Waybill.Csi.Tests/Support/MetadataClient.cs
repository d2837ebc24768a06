using Grpc.Core;
using Waybill.Csi.Wire;

namespace Waybill.Csi.Tests.Support;

/// <summary>What one metadata stream said, checked against every rule of the interface while it was read.</summary>
internal sealed record MetadataAnswer(BlockMetadataType Type, long Capacity, int Messages, IReadOnlyList<ByteRange> Ranges)
{
    /// <summary>Reads a stream to its end.</summary>
    public static Task<MetadataAnswer> ReadAsync(AsyncServerStreamingCall<GetMetadataAllocatedResponse> call, long start = 0, int max = 0) =>
        ReadAsync(call.ResponseStream, response => (response.BlockMetadataType, response.VolumeCapacityBytes, response.BlockMetadata), start, max);

    /// <inheritdoc cref="ReadAsync(AsyncServerStreamingCall{GetMetadataAllocatedResponse}, long, int)"/>
    public static Task<MetadataAnswer> ReadAsync(AsyncServerStreamingCall<GetMetadataDeltaResponse> call, long start = 0, int max = 0) =>
        ReadAsync(call.ResponseStream, response => (response.BlockMetadataType, response.VolumeCapacityBytes, response.BlockMetadata), start, max);

    public static async Task<Status> FailAsync<T>(StatusCode code, AsyncServerStreamingCall<T> call)
    {
        RpcException error = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await call.ResponseStream.MoveNext(CancellationToken.None))
            {
            }
        });
        Assert.True(error.StatusCode == code, $"{code} was expected, not {error.Status}.");
        return error.Status;
    }

    /// <summary>Gets what lies at or behind an offset, joined where it touches: the same for every way of cutting it.</summary>
    public static IReadOnlyList<ByteRange> From(IEnumerable<ByteRange> ranges, long start)
    {
        var result = new List<ByteRange>();
        foreach (ByteRange range in ranges.Where(range => range.End > start))
        {
            var part = ByteRange.FromBounds(Math.Max(range.Offset, start), range.End);
            if (result.Count > 0 && result[^1].End == part.Offset)
            {
                result[^1] = ByteRange.FromBounds(result[^1].Offset, part.End);
            }
            else
            {
                result.Add(part);
            }
        }

        return result;
    }

    private static async Task<MetadataAnswer> ReadAsync<T>(
        IAsyncStreamReader<T> stream, Func<T, (BlockMetadataType Type, long Capacity, IReadOnlyList<BlockMetadata> Ranges)> open, long start, int max)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var ranges = new List<ByteRange>();
        int messages = 0;
        (BlockMetadataType Type, long Capacity) constant = default;
        while (await stream.MoveNext(limit.Token))
        {
            (BlockMetadataType type, long capacity, IReadOnlyList<BlockMetadata> blocks) = open(stream.Current);
            constant = messages++ == 0 ? (type, capacity) : constant;
            Assert.Equal(constant, (type, capacity));
            Assert.True(max == 0 || blocks.Count <= max, $"{blocks.Count} ranges came in one message.");
            ranges.AddRange(blocks.Select(block => new ByteRange(block.ByteOffset, block.SizeBytes)));
        }

        long end = 0;
        foreach (ByteRange range in ranges)
        {
            Assert.True(range.Length > 0 && range.Offset >= end && range.End <= constant.Capacity && range.End > start, $"{range} cannot follow {end} from {start} on.");
            end = range.End;
        }

        Assert.True(messages > 0, "No message came, so nobody knows how large the volume is.");
        Assert.True(constant.Type != BlockMetadataType.FixedLength || ranges.Select(range => range.Length).Distinct().Count() <= 1, "The lengths differ.");
        return new MetadataAnswer(constant.Type, constant.Capacity, messages, ranges);
    }
}
