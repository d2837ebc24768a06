using System.IO.Pipelines;
using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Writing;

/// <summary>What the writer does with streams and pipes: slow ones, full ones, ones whose reader leaves.</summary>
public sealed class BundleOutputTests
{
    private static readonly byte[] s_volume = Lab.MixedVolume(150_000);

    [Theory, Spec("F-01")]
    [InlineData(1)]
    [InlineData(4096)]
    public async Task Pipe_ReadSlowly_CarriesTheSameBytes(int pieceLength)
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 64, resumeWriterThreshold: 32, useSynchronizationContext: false));
        Task<byte[]> reading = ReadAsync(pipe.Reader, pieceLength);
        await using (BundleWriter writer = await BundleWriter.CreateAsync(pipe.Writer, Description(), null, Reproducible()))
        {
            await writer.AddVolumeAsync(new VolumeRequest(Lab.Volume, new MemoryBlockReader(s_volume)));
            await writer.CompleteAsync();
        }

        byte[] expected = await Lab.WriteAsync(w => w.AddVolumeAsync(new VolumeRequest(Lab.Volume, new MemoryBlockReader(s_volume))), Reproducible(), description: Description());
        Lab.AssertSame(expected, await reading, "what came out of the pipe");
    }

    [Fact]
    public async Task Pipe_NotCompleted_EndsWithAnException()
    {
        var pipe = new Pipe();
        Task<byte[]> reading = ReadAsync(pipe.Reader, 4096);
        await using (await BundleWriter.CreateAsync(pipe.Writer, Description()))
        {
        }

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    [Fact]
    public async Task Pipe_ReaderLeaves_IsAFailureOfTheTarget()
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 64, resumeWriterThreshold: 32));
        await using BundleWriter writer = await CreateWithReaderAsync(pipe);
        await pipe.Reader.CompleteAsync();

        WaybillException e = await Assert.ThrowsAsync<WaybillException>(() => AddAndCompleteAsync(writer));
        Assert.Equal(WaybillErrorCode.TargetWriteFailed, e.Code);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(2_000_000)]
    public async Task Pipe_NobodyReads_CancellationGetsOut(int length)
    {
        // The output neither fails nor goes on: whatever the writer waits for has to end by the token alone.
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 64, resumeWriterThreshold: 32));
        await using BundleWriter writer = await CreateWithReaderAsync(pipe);
        using var cancellation = new CancellationTokenSource();
        Task<StreamInfo> adding = writer.AddVolumeAsync(new VolumeRequest(Lab.Volume, new MemoryBlockReader(Lab.Noise(length, 1))), cancellationToken: cancellation.Token);
        Assert.False(adding.IsCompleted);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => adding);
    }

    [Theory]
    [InlineData(28, WaybillErrorCode.NoSpace)]
    [InlineData(122, WaybillErrorCode.NoSpace)]
    [InlineData(unchecked((int)0x80070070), WaybillErrorCode.NoSpace)]
    [InlineData(5, WaybillErrorCode.TargetWriteFailed)]
    public async Task Stream_FailsWhileDataIsWritten_IsReportedForWhatItIs(int hresult, WaybillErrorCode expected)
    {
        // The fifth write is past the head of the bundle, the eighth is data.
        foreach (int at in (int[])[1, 5, 8])
        {
            var sink = new FaultySink(FaultPlan.Throw(at, () => new IOException("the disk says no", hresult)));
            WaybillException e = await Assert.ThrowsAsync<WaybillException>(async () =>
            {
                await using BundleWriter writer = await BundleWriter.CreateAsync(sink, Description(), null, Lab.SmallCells());
                await AddAndCompleteAsync(writer);
            });
            Assert.Equal(expected, e.Code);
            Assert.IsType<IOException>(e.InnerException);
            Assert.True(sink.IsDisposed);
        }
    }

    [Fact]
    public async Task Dispose_OutputThatThrowsWhenDisposed_DoesNotThrow()
    {
        var sink = new ThrowingDisposeSink();
        BundleWriter writer = await BundleWriter.CreateAsync(sink, Description());
        await writer.DisposeAsync();

        Assert.True(sink.WasDisposed);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task LeaveOpen_IsKept(bool leaveOpen)
    {
        foreach (bool complete in (bool[])[true, false])
        {
            var sink = new FaultySink(FaultPlan.None);
            BundleWriterOptions options = Lab.SmallCells();
            options.LeaveOpen = leaveOpen;
            await using (BundleWriter writer = await BundleWriter.CreateAsync(sink, Description(), null, options))
            {
                if (complete)
                {
                    await AddAndCompleteAsync(writer);
                }
            }

            Assert.Equal(!leaveOpen, sink.IsDisposed);
        }
    }

    private static BundleDescription Description() =>
        new(Lab.Application) { Lineage = new Lineage(LineageId.Parse("22222222222222222222222222222222"), 0) };

    private static BundleWriterOptions Reproducible() => new()
    {
        Reproducible = true,
        Codec = BundleCodec.None,
        BundleId = BundleId.Parse("33333333333333333333333333333333"),
        Created = new Timestamp(1_700_000_000, 5),
        CellSize = 65_536,
    };

    private static async Task AddAndCompleteAsync(BundleWriter writer)
    {
        await writer.AddVolumeAsync(new VolumeRequest(Lab.Volume, new MemoryBlockReader(s_volume)));
        await writer.CompleteAsync();
    }

    /// <summary>Begins a bundle, taking from the pipe what it begins with and no more.</summary>
    private static async Task<BundleWriter> CreateWithReaderAsync(Pipe pipe)
    {
        Task<BundleWriter> creating = BundleWriter.CreateAsync(pipe.Writer, Description(), null, Lab.SmallCells());
        while (!creating.IsCompleted)
        {
            Task<ReadResult> reading = pipe.Reader.ReadAsync().AsTask();
            await Task.WhenAny(creating, reading);
            pipe.Reader.CancelPendingRead();
            pipe.Reader.AdvanceTo((await reading).Buffer.End);
        }

        return await creating;
    }

    private static async Task<byte[]> ReadAsync(PipeReader reader, int pieceLength)
    {
        var bytes = new MemoryStream();
        while (true)
        {
            ReadResult result = await reader.ReadAsync();
            System.Buffers.ReadOnlySequence<byte> piece = result.Buffer.Slice(0, Math.Min(pieceLength, result.Buffer.Length));
            foreach (ReadOnlyMemory<byte> memory in piece)
            {
                bytes.Write(memory.Span);
            }

            reader.AdvanceTo(piece.End);
            if (result.IsCompleted && piece.Length == result.Buffer.Length)
            {
                return bytes.ToArray();
            }
        }
    }

    private sealed class ThrowingDisposeSink : MemoryStream
    {
        public bool WasDisposed { get; private set; }

        public override async ValueTask DisposeAsync()
        {
            WasDisposed = true;
            await base.DisposeAsync();
            throw new InvalidOperationException("not even an I/O error");
        }
    }
}
