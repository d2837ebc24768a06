using Waybill.Bundles.Writing;

namespace Waybill.Bundles.Tests.Writing;

/// <summary>The order of jobs, their bound, and their failures.</summary>
public sealed class CellPipelineTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Jobs_FinishingInAnyOrder_AreEmittedInTheOrderOfSubmission(int workers)
    {
        List<int> emitted = [];
        var random = new Random(workers);
        await using CellPipeline pipeline = Create(workers);
        for (int i = 0; i < 300; i++)
        {
            int number = i;
            int yields = random.Next(5);
            await pipeline.SubmitAsync(new Job(i % 3 != 0, () => emitted.Add(number), yields), default);
        }

        await pipeline.FinishAsync();

        Assert.Equal(Enumerable.Range(0, 300), emitted);
    }

    [Fact, Spec("L-01")]
    public async Task Submit_WhileOutputIsSlow_WaitsForRoom()
    {
        var gate = new TaskCompletionSource();
        await using CellPipeline pipeline = Create(2);
        await pipeline.SubmitAsync(new Job(false, () => { }, 0, gate.Task), default);
        int accepted = 1;
        Task? waiting = null;
        while (waiting is null)
        {
            Task submit = pipeline.SubmitAsync(new Job(true, () => { }, 0), default).AsTask();
            if (submit.IsCompleted)
            {
                accepted++;
            }
            else
            {
                waiting = submit;
            }
        }

        // Two per worker and two more.
        Assert.Equal(6, accepted);
        gate.SetResult();
        await waiting;
        await pipeline.FinishAsync();
    }

    [Fact]
    public async Task Job_ThatFails_FailsEveryLaterCallWithItsReason()
    {
        await using CellPipeline pipeline = Create(2);
        List<Job> later = [];
        await pipeline.SubmitAsync(new Job(true, () => throw new InvalidDataException("first"), 0), default);
        var e = await Assert.ThrowsAsync<InvalidDataException>(async () =>
        {
            while (true)
            {
                later.Add(new Job(true, () => { }, 0));
                await pipeline.SubmitAsync(later[^1], default);
            }
        });

        Assert.Equal("first", e.Message);
        await Assert.ThrowsAsync<InvalidDataException>(pipeline.FinishAsync);
        await pipeline.DisposeAsync();
        Assert.All(later.SkipLast(1), job => Assert.True(job.WasAbandoned));
    }

    [Fact]
    public async Task Worker_ThatCannotBeMade_IsAFailureAndNotAHang()
    {
        await using var pipeline = new CellPipeline(2, () => throw new InsufficientMemoryException("no room for a worker"));
        await pipeline.SubmitAsync(new Job(true, () => { }, 0), default);

        await Assert.ThrowsAsync<InsufficientMemoryException>(pipeline.FinishAsync);
    }

    [Fact]
    public async Task Dispose_WithJobsInFlight_GivesThemUpAndWaitsForTheirWorkers()
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var stuck = new Job(true, () => { }, 0, working: async token =>
        {
            started.SetResult();
            await Task.Delay(Timeout.Infinite, token);
        });
        CellPipeline pipeline = Create(2);
        await pipeline.SubmitAsync(stuck, default);
        await started.Task;
        await pipeline.DisposeAsync();

        Assert.True(stuck.WasAbandoned);
        Assert.True(stuck.Processed.IsCompleted);
    }

    private static CellPipeline Create(int workers)
    {
        var buffers = new BufferPool(CellEncoder.ChunkBufferSize(BundleCodec.None, 65_536));
        return new CellPipeline(workers, () => new CellWorker(new CellEncoder(BundleCodec.None, 1, false, 65_536, buffers), 65_536));
    }

    private sealed class Job(bool needsWorker, Action emit, int yields, Task? gate = null, Func<CancellationToken, Task>? working = null) : PipelineJob
    {
        public override bool NeedsWorker => needsWorker;

        public bool WasAbandoned { get; private set; }

        public override async ValueTask EmitAsync(CancellationToken cancellationToken)
        {
            await (gate ?? Task.CompletedTask);
            emit();
        }

        public override void Abandon(Exception cause) => WasAbandoned = true;

        protected override async ValueTask ProcessAsync(CellWorker worker, CancellationToken cancellationToken)
        {
            await (working?.Invoke(cancellationToken) ?? Task.CompletedTask);
            for (int i = 0; i < yields; i++)
            {
                await Task.Yield();
            }
        }
    }
}
