using Grpc.Core;
using Waybill.Kubernetes.Wire;
using static Waybill.Kubernetes.Tests.RawMetadataServer;

namespace Waybill.Kubernetes.Tests.Metadata;

/// <summary>Streams that break, over a real wire: what has come is not asked for again, and nothing is lost or said twice.</summary>
public sealed class ResumeTests
{
    private const long Length = 1 << 20;
    private const BlockMetadataType Fixed = BlockMetadataType.FixedLength;
    private const BlockMetadataType Variable = BlockMetadataType.VariableLength;

    private static readonly (long Offset, long Size)[] s_ranges = [(0, 4096), (10_000, 1), (20_000, 30_000), (50_000, 10), (Length - 4096, 4096)];

    public static TheoryData<StatusCode> Passing =>
        [StatusCode.Unavailable, StatusCode.DeadlineExceeded, StatusCode.Aborted, StatusCode.ResourceExhausted, StatusCode.Cancelled];

    [Theory]
    [MemberData(nameof(Passing))]
    public async Task StreamThatEndsWithAnError_IsGoneOnWithBehindTheLastRange(StatusCode status)
    {
        await using RawMetadataServer server = await StartAsync(asked => new RawAnswer(From(asked.Start).Take(1).Select(range => Part(Length, Variable, range)))
        {
            Status = asked.Start > 50_000 ? 0 : (int)status,
        });
        using SnapshotMetadataClient client = server.Connect();

        List<ByteRange> ranges = await client.ListAllocatedAsync("shop", "monday", Length).ToListAsync();

        Assert.Equal(s_ranges.Select(range => new ByteRange(range.Offset, range.Size)), ranges);
        Assert.Equal([0, 4096, 10_001, 50_000, 50_010], server.Asked.Select(asked => asked.Start));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task ConnectionThatIsCut_IsMadeAgain_BehindTheLastRange(int count)
    {
        var taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        bool isFirst = true;
        await using RawMetadataServer server = await StartAsync(asked =>
        {
            bool cuts = isFirst;
            isFirst = false;
            return new RawAnswer(From(asked.Start).Take(cuts ? count : int.MaxValue).Select(range => Part(Length, Variable, range))) { CutWhen = cuts ? taken.Task : null };
        });
        using SnapshotMetadataClient client = server.Connect();
        List<ByteRange> ranges = [];

        SetWhen(taken, count == 0);
        await foreach (ByteRange range in client.ListChangedAsync("shop", new ChangeId("b"), "monday", Length))
        {
            ranges.Add(range);
            SetWhen(taken, ranges.Count == count);
        }

        Assert.Equal(s_ranges.Select(range => new ByteRange(range.Offset, range.Size)), ranges);
        Assert.Equal([0, count == 0 ? 0 : s_ranges[count - 1].Offset + s_ranges[count - 1].Size], server.Asked.Select(asked => asked.Start));
    }

    [Fact]
    public async Task RangesOfAMessage_ThatCameBeforeTheStreamBroke_AreNotLost()
    {
        await using RawMetadataServer server = await StartAsync(
            new RawAnswer(Part(Length, Variable, s_ranges[..3])) { Status = (int)StatusCode.Unavailable }, new RawAnswer(Part(Length, Variable, s_ranges[3..])));
        using SnapshotMetadataClient client = server.Connect();

        Assert.Equal(s_ranges.Select(range => new ByteRange(range.Offset, range.Size)), await client.ListAllocatedAsync("shop", "monday", Length).ToListAsync());
    }

    [Fact]
    public async Task StreamThatEndsWithoutSayingHow_IsNotComplete()
    {
        await using RawMetadataServer server = await StartAsync(
            new RawAnswer(Part(Length, Variable, s_ranges[..3])) { Status = RawAnswer.NoStatus }, new RawAnswer(Part(Length, Variable, s_ranges[3..])));
        using SnapshotMetadataClient client = server.Connect();

        Assert.Equal(s_ranges.Select(range => new ByteRange(range.Offset, range.Size)), await client.ListAllocatedAsync("shop", "monday", Length).ToListAsync());
    }

    [Fact]
    public async Task RangeThatBeginsBeforeWhereItIsGoneOn_IsNotSaidTwice()
    {
        await using RawMetadataServer server = await StartAsync(
            new RawAnswer(Part(Length, Variable, (0, 5000))) { Status = (int)StatusCode.Aborted }, new RawAnswer(Part(Length, Variable, (4096, 4096), (10_000, 1))));
        using SnapshotMetadataClient client = server.Connect();

        Assert.Equal([new(0, 5000), new(5000, 3192), new(10_000, 1)], await client.ListAllocatedAsync("shop", "monday", Length).ToListAsync());
    }

    [Fact]
    public async Task StreamThatBreaksBehindTheLastByte_IsComplete()
    {
        await using RawMetadataServer server = await StartAsync(new RawAnswer(Part(Length, Fixed, (0, 4096), (Length - 4096, 4096))) { Status = (int)StatusCode.DeadlineExceeded });
        using SnapshotMetadataClient client = server.Connect();

        Assert.Equal([new(0, 4096), new(Length - 4096, 4096)], await client.ListAllocatedAsync("shop", "monday", Length).ToListAsync());
        Assert.Single(server.Asked);
    }

    [Fact]
    public async Task StreamThatFailsBehindTheLastByte_Fails()
    {
        await using RawMetadataServer server = await StartAsync(new RawAnswer(Part(Length, Variable, (0, Length))) { Status = (int)StatusCode.Internal });
        using SnapshotMetadataClient client = server.Connect();

        await Assert.ThrowsAsync<ProviderException>(async () => await client.ListAllocatedAsync("shop", "monday", Length).ToListAsync());
    }

    public static TheoryData<string> Contradictions => ["type", "capacity", "block size", "place"];

    [Theory]
    [MemberData(nameof(Contradictions))]
    public async Task StreamThatGoesOnAsAnother_IsABreach(string contradiction)
    {
        RawAnswer second = contradiction switch
        {
            "type" => new RawAnswer(Part(Length, Variable, (8192, 4096))),
            "capacity" => new RawAnswer(Part(Length + 4096, Fixed, (8192, 4096))),
            "block size" => new RawAnswer(Part(Length, Fixed, (8192, 8192))),
            _ => new RawAnswer(Part(Length, Fixed, (0, 4096), (8192, 4096))),
        };
        await using RawMetadataServer server = await StartAsync(new RawAnswer(Part(Length, Fixed, (0, 4096))) { Status = (int)StatusCode.Unavailable }, second);
        using SnapshotMetadataClient client = server.Connect();

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(async () => await client.ListAllocatedAsync("shop", "monday", Length).ToListAsync());

        Assert.Equal((WaybillErrorCode.DeltaInvalid, 2), (error.Code, server.Asked.Count));
    }

    [Theory]
    [MemberData(nameof(Passing))]
    public async Task StreamThatGetsNoFurther_IsGivenUp_InTime(StatusCode status)
    {
        var time = new HastyTimeProvider();
        DateTimeOffset begun = time.GetUtcNow();
        await using RawMetadataServer server = await StartAsync(asked => new RawAnswer(asked.Start == 0 ? [Part(Length, Variable, (0, 4096))] : [Part(Length, Variable)])
        {
            Status = (int)status, Detail = "words of the server",
        });
        using SnapshotMetadataClient client = server.Connect(time: time, retryLimit: TimeSpan.FromMinutes(1));

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(async () => await client.ListAllocatedAsync("shop", "monday", Length).ToListAsync());

        Assert.Equal((WaybillErrorCode.ProviderBusy, true, status.ToString()), (error.Code, error.IsTransient, error.VendorCode));
        Assert.Contains("words of the server", error.Message, StringComparison.Ordinal);
        Assert.InRange(server.Asked.Count, 5, 100);
        Assert.InRange(time.GetUtcNow() - begun, TimeSpan.FromSeconds(40), TimeSpan.FromMinutes(1));
        Assert.All(server.Asked.Skip(1), asked => Assert.Equal(4096, asked.Start));
    }

    [Fact]
    public async Task StreamThatGetsFurtherEachTime_IsNeverGivenUp()
    {
        const int Count = 200;
        await using RawMetadataServer server = await StartAsync(asked => new RawAnswer(Part(Length, Fixed, (asked.Start, 4096)))
        {
            Status = asked.Start == (Count - 1) * 4096 ? 0 : (int)StatusCode.DeadlineExceeded,
        });
        using SnapshotMetadataClient client = server.Connect(retryLimit: TimeSpan.FromMilliseconds(150));

        List<ByteRange> ranges = await client.ListAllocatedAsync("shop", "monday", Length).ToListAsync();

        Assert.Equal(Enumerable.Range(0, Count).Select(i => new ByteRange(i * 4096, 4096)), ranges);
    }

    [Fact]
    public async Task ServerThatIsGone_IsAConnectionThatFails()
    {
        RawMetadataServer server = await StartAsync();
        using SnapshotMetadataClient client = server.Connect();
        await server.DisposeAsync();

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(async () => await client.ListAllocatedAsync("shop", "monday", Length).ToListAsync());

        Assert.Equal((WaybillErrorCode.ProviderFailed, true), (error.Code, error.IsTransient));
    }

    private static IEnumerable<(long Offset, long Size)> From(long start) => s_ranges.Where(range => range.Offset + range.Size > start);

    private static void SetWhen(TaskCompletionSource source, bool now)
    {
        if (now)
        {
            source.TrySetResult();
        }
    }
}
