using System.Runtime.ExceptionServices;
using System.Threading.Channels;

namespace Waybill.Bundles.Writing;

/// <summary>Runs jobs on several workers and emits their results in the order of submission, with a bound on the jobs in flight.</summary>
internal sealed class CellPipeline : IAsyncDisposable
{
    private readonly SemaphoreSlim _slots;
    private readonly Channel<PipelineJob> _work = Channel.CreateUnbounded<PipelineJob>();
    private readonly Channel<PipelineJob> _order = Channel.CreateUnbounded<PipelineJob>(new UnboundedChannelOptions { SingleReader = true });
    private readonly SemaphoreSlim _submitting = new(1, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task[] _workers;
    private readonly Task _emitter;
    private Exception? _failure;

    public CellPipeline(int workers, Func<CellWorker> createWorker)
    {
        // Enough that workers never wait for the output of the one before, few enough that memory stays small.
        _slots = new SemaphoreSlim((2 * workers) + 2);
        _workers = new Task[workers];
        for (int i = 0; i < workers; i++)
        {
            _workers[i] = Task.Run(() => WorkAsync(createWorker));
        }

        _emitter = Task.Run(EmitAsync);
    }

    /// <summary>Hands over a job; waits while too many are in flight.</summary>
    /// <exception cref="Exception">Whatever an earlier job failed with.</exception>
    public async ValueTask SubmitAsync(PipelineJob job, CancellationToken cancellationToken)
    {
        ThrowIfFailed();
        try
        {
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
            await _slots.WaitAsync(linked.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            ThrowIfFailed();
            throw;
        }

        // Both queues must agree on the order only as far as every ordered job is also worked on, but a job must be in both or in none.
        await _submitting.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (!_order.Writer.TryWrite(job))
            {
                ThrowIfFailed();
                throw new InvalidOperationException("The writer is complete.");
            }

            if (job.NeedsWorker)
            {
                _work.Writer.TryWrite(job);
            }
        }
        finally
        {
            _submitting.Release();
        }
    }

    /// <summary>Waits until every job was emitted.</summary>
    public async Task FinishAsync()
    {
        _order.Writer.TryComplete();
        _work.Writer.TryComplete();
        await _emitter.ConfigureAwait(false);
        ThrowIfFailed();
        await Task.WhenAll(_workers).ConfigureAwait(false);
    }

    /// <summary>Gives up what was not emitted, and waits until no worker touches a source any more: they are the callers' and may be disposed next.</summary>
    public async ValueTask StopAsync(Exception cause)
    {
        Fail(cause);
        await Task.WhenAll(_workers).ConfigureAwait(false);
    }

    /// <summary>Stops at once; what was submitted and not emitted is given up.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(new ObjectDisposedException(nameof(BundleWriter))).ConfigureAwait(false);
        await _emitter.ConfigureAwait(false);
        _stop.Dispose();
        _slots.Dispose();
        _submitting.Dispose();
    }

    private async Task WorkAsync(Func<CellWorker> createWorker)
    {
        CellWorker? worker = null;
        try
        {
            await foreach (PipelineJob job in _work.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
            {
                await job.RunAsync(() => worker ??= createWorker(), _stop.Token).ConfigureAwait(false);
            }
        }
        finally
        {
            worker?.Dispose();
        }
    }

    private async Task EmitAsync()
    {
        await foreach (PipelineJob job in _order.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            try
            {
                if (job.NeedsWorker)
                {
                    await job.Processed.ConfigureAwait(false);
                }

                if (_failure is { } failure)
                {
                    job.Abandon(failure);
                }
                else
                {
                    await job.EmitAsync(_stop.Token).ConfigureAwait(false);
                }
            }
#pragma warning disable CA1031 // Kept and thrown to every caller from now on.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Fail(e);
                job.Abandon(_failure!);
            }
            finally
            {
                _slots.Release();
            }
        }
    }

    private void Fail(Exception cause)
    {
        if (Interlocked.CompareExchange(ref _failure, cause, null) is null)
        {
            _stop.Cancel();
        }

        _order.Writer.TryComplete();
        _work.Writer.TryComplete();
    }

    private void ThrowIfFailed()
    {
        if (_failure is { } failure)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }
}
