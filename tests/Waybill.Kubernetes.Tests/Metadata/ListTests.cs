using System.Text;
using Google.Protobuf;
using Waybill.Kubernetes.Wire;
using static Waybill.Kubernetes.Tests.RawMetadataServer;

namespace Waybill.Kubernetes.Tests.Metadata;

/// <summary>What a SnapshotMetadata service that keeps its contract lists, over a real wire.</summary>
public sealed class ListTests
{
    private const long Mebibyte = 1 << 20;
    private const long Length = 16 * Mebibyte;
    private const BlockMetadataType Fixed = BlockMetadataType.FixedLength;
    private const BlockMetadataType Variable = BlockMetadataType.VariableLength;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Allocated_GivesWhatCame_JoinedWhereItTouches()
    {
        await using RawMetadataServer server = await StartAsync(new RawAnswer(
            Part(Length, Variable, (0, 1000), (1000, 24), (5000, 1)), Part(Length, Variable), Part(Length, Variable, (5001, 10), (Length - 1, 1))));
        using SnapshotMetadataClient client = server.Connect();

        List<ByteRange> ranges = await client.ListAllocatedAsync("shop", "monday", Length).ToListAsync();

        Assert.Equal([new(0, 1024), new(5000, 1), new(5001, 10), new(Length - 1, 1)], ranges);
        Assert.Equal([new MetadataAsked("shop", "monday", null, 0, 8192, Token)], server.Asked);
    }

    [Fact]
    public async Task Changed_PassesTheBaseOnAsItIs()
    {
        const string Base = "52 21 4f 8a-3b ff/123";
        await using RawMetadataServer server = await StartAsync(new RawAnswer(Part(Length, Fixed, (4096, 4096), (12288, 4096))));
        using SnapshotMetadataClient client = server.Connect();

        List<ByteRange> ranges = await client.ListChangedAsync("shop", new ChangeId(Base), "tuesday", Length).ToListAsync();

        Assert.Equal([new(4096, 4096), new(12288, 4096)], ranges);
        Assert.Equal([new MetadataAsked("shop", "tuesday", Base, 0, 8192, Token)], server.Asked);
    }

    [Fact]
    public async Task StreamWithoutMessages_AndOneWithoutRanges_AreComplete()
    {
        await using RawMetadataServer server = await StartAsync(new RawAnswer(), new RawAnswer(Part(Length, Variable)));
        using SnapshotMetadataClient client = server.Connect();

        Assert.Empty(await client.ListAllocatedAsync("shop", "monday", Length).ToListAsync());
        Assert.Empty(await client.ListAllocatedAsync("shop", "monday", Length).ToListAsync());
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(123, 0, 123)]
    [InlineData(2 * Mebibyte, 2 * Mebibyte, 2 * Mebibyte)]
    [InlineData((2 * Mebibyte) + 4097, 2 * Mebibyte, (2 * Mebibyte) + 4097)]
    [InlineData(3 * Mebibyte, 3 * Mebibyte, 5 * Mebibyte)]
    public async Task List_FromTheMiddle_IsAskedForWhereNoBlockIsCut_AndBeginsWhereItWasAskedTo(long start, long asked, long first)
    {
        await using RawMetadataServer server = await StartAsync(question => new RawAnswer(
            Part(Length, Variable, ((long, long)[])[.. ((long Offset, long Size)[])[(0, 3 * Mebibyte), (5 * Mebibyte, 4096)] is var all ? all.Where(one => one.Offset + one.Size > question.Start) : []])));
        using SnapshotMetadataClient client = server.Connect();

        List<ByteRange> ranges = await client.ListAllocatedAsync("shop", "monday", Length, start).ToListAsync();

        Assert.Equal(first, ranges[0].Offset);
        Assert.Equal(new ByteRange(5 * Mebibyte, 4096), ranges[^1]);
        Assert.Equal([asked], server.Asked.Select(question => question.Start));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(Length, Length)]
    [InlineData(Length, long.MaxValue)]
    public async Task List_BehindTheEnd_IsEmptyAndAsksNobody(long length, long start)
    {
        await using RawMetadataServer server = await StartAsync();
        using SnapshotMetadataClient client = server.Connect();

        Assert.Empty(await client.ListAllocatedAsync("shop", "monday", length, start).ToListAsync());
        Assert.Empty(server.Asked);
    }

    [Fact]
    public async Task LastBlock_ThatEndsBehindTheSnapshot_IsCut()
    {
        await using RawMetadataServer server = await StartAsync(new RawAnswer(Part(10_000, Fixed, (0, 4096), (8192, 4096))));
        using SnapshotMetadataClient client = server.Connect();

        Assert.Equal([new(0, 4096), new(8192, 1808)], await client.ListAllocatedAsync("shop", "monday", 10_000).ToListAsync());
    }

    [Fact]
    public async Task Volume_ThatGrewSinceTheSnapshot_IsNoContradiction()
    {
        await using RawMetadataServer server = await StartAsync(new RawAnswer(Part(2 * Length, Variable, (0, 4096)), Part(2 * Length, Variable, (8192, 1))));
        using SnapshotMetadataClient client = server.Connect();

        Assert.Equal([new(0, 4096), new(8192, 1)], await client.ListAllocatedAsync("shop", "monday", Length).ToListAsync());
    }

    [Fact]
    public async Task List_IsAskedForWhenItIsRead_AndEachTimeAnew()
    {
        await using RawMetadataServer server = await StartAsync(_ => new RawAnswer(Part(Length, Variable, (0, 4096))));
        using SnapshotMetadataClient client = server.Connect();

        IAsyncEnumerable<ByteRange> list = client.ListAllocatedAsync("shop", "monday", Length);
        Assert.Empty(server.Asked);
        Assert.Single(await list.ToListAsync());
        Assert.Single(await list.ToListAsync());

        Assert.Equal(2, server.Asked.Count);
    }

    [Fact]
    public async Task VolumeOfVerySmallBlocks_IsListedInFewRanges()
    {
        const int Messages = 100;
        const long Size = Messages * 8192L * 512;
        await using RawMetadataServer server = await StartAsync(new RawAnswer(
            Enumerable.Range(0, Messages).Select(IMessage (i) => Part(Size, Fixed, Enumerable.Range(i * 8192, 8192).Select(block => (block * 512L, 512L))))));
        using SnapshotMetadataClient client = server.Connect();

        List<ByteRange> ranges = await client.ListAllocatedAsync("shop", "monday", Size).ToListAsync();

        Assert.Equal(Messages, ranges.Count);
        Assert.Equal(Size, ranges.Sum(range => range.Length));
    }

    [Fact]
    public async Task List_ThatIsCancelled_NeverEndsCleanly()
    {
        await using RawMetadataServer server = await StartAsync(new RawAnswer(Part(Length, Variable, (0, 1), (10, 1)), Part(Length, Variable, (20, 1))));
        using SnapshotMetadataClient client = server.Connect();
        using var stop = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (ByteRange range in client.ListAllocatedAsync("shop", "monday", Length, cancellationToken: stop.Token))
            {
                if (range.Offset == 10)
                {
                    await stop.CancelAsync();
                }
            }
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await client.ListAllocatedAsync("shop", "monday", 0).ToListAsync(stop.Token));
    }

    [Fact]
    public async Task List_ThatIsCancelledAtItsLastRange_NeverEndsCleanly()
    {
        await using RawMetadataServer server = await StartAsync(new RawAnswer(Part(Length, Variable, (0, Length))));
        using SnapshotMetadataClient client = server.Connect();
        using var stop = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (ByteRange range in client.ListAllocatedAsync("shop", "monday", Length).WithCancellation(stop.Token))
            {
                await stop.CancelAsync();
            }
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ServerThatHangs_IsLeftWhenTheCallerIsCancelled(bool afterARange)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using RawMetadataServer server = await StartAsync(_ =>
        {
            asked.SetResult();
            return new RawAnswer(afterARange ? [Part(Length, Variable, (0, 1))] : []) { CutWhen = new TaskCompletionSource().Task, OnGone = () => gone.TrySetResult() };
        });
        using SnapshotMetadataClient client = server.Connect();
        using var stop = new CancellationTokenSource();

        Task<List<ByteRange>> reading = client.ListAllocatedAsync("shop", "monday", Length).ToListAsync(stop.Token).AsTask();
        await asked.Task.WaitAsync(s_patience);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        await gone.Task.WaitAsync(s_patience);
    }

    [Fact]
    public async Task ClientThatIsDisposed_EndsItsLists_AndNotCleanly()
    {
        await using RawMetadataServer server = await StartAsync(_ => new RawAnswer(Part(Length, Variable, (0, 1))) { CutWhen = new TaskCompletionSource().Task });
        SnapshotMetadataClient client = server.Connect();

        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await foreach (ByteRange range in client.ListAllocatedAsync("shop", "monday", Length))
            {
                client.Dispose();
            }
        }).WaitAsync(s_patience);
    }

    [Fact]
    public async Task CallerThatStopsReading_EndsTheCall()
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using RawMetadataServer server = await StartAsync(new RawAnswer(Part(Length, Variable, (0, 1))) { CutWhen = new TaskCompletionSource().Task, OnGone = () => gone.TrySetResult() });
        using SnapshotMetadataClient client = server.Connect();

        Assert.Equal(new ByteRange(0, 1), await client.ListAllocatedAsync("shop", "monday", Length).FirstAsync());

        await gone.Task.WaitAsync(s_patience);
    }

    [Fact]
    public void Connect_WithoutACertificateOfAnAuthority_IsRefused()
    {
        WaybillException error = Assert.Throws<WaybillException>(() =>
            SnapshotMetadataClient.Connect(new SnapshotMetadataClientOptions("127.0.0.1:1", "no certificate"u8.ToArray(), (_, _) => ValueTask.FromResult(""))));

        Assert.Equal(WaybillErrorCode.ConfigurationInvalid, error.Code);
    }

    [Fact]
    public async Task Server_OfAnotherAuthority_IsNotTrusted()
    {
        await using RawMetadataServer server = await StartAsync();
        using SnapshotMetadataClient client = SnapshotMetadataClient.Connect(new SnapshotMetadataClientOptions(
            server.Server.Address, Encoding.ASCII.GetBytes(BackupCertificates.Create().AuthorityPem), (_, _) => ValueTask.FromResult(Token)) { RetryLimit = TimeSpan.Zero });

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(async () => await client.ListAllocatedAsync("shop", "monday", Length).ToListAsync());

        Assert.Equal((WaybillErrorCode.ProviderFailed, true), (error.Code, error.IsTransient));
        Assert.Empty(server.Asked);
    }

    [Theory]
    [InlineData("", "monday", 1, 0)]
    [InlineData("shop", "", 1, 0)]
    [InlineData("shop", "monday", -1, 0)]
    [InlineData("shop", "monday", 1, -1)]
    public async Task QuestionThatMeansNothing_IsNotAsked(string home, string snapshot, long length, long start)
    {
        await using RawMetadataServer server = await StartAsync();
        using SnapshotMetadataClient client = server.Connect();

        Assert.ThrowsAny<ArgumentException>(() => { client.ListAllocatedAsync(home, snapshot, length, start); });
        Assert.ThrowsAny<ArgumentException>(() => { client.ListChangedAsync(home, new ChangeId("a"), snapshot, length, start); });
        Assert.ThrowsAny<ArgumentException>(() => { client.ListChangedAsync("shop", default, "monday", 1); });
    }
}
