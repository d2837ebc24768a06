namespace Waybill.Bundles.Writing;

/// <summary>A step of writing: work any worker may do, then output that happens in the order of submission.</summary>
internal abstract class PipelineJob
{
    private readonly TaskCompletionSource _processed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Gets whether there is work for a worker.</summary>
    public virtual bool NeedsWorker => false;

    public Task Processed => _processed.Task;

    /// <summary>Does the work. Whatever goes wrong, also with making the worker, ends <see cref="Processed"/> and nothing else.</summary>
    public async Task RunAsync(Func<CellWorker> worker, CancellationToken cancellationToken)
    {
        try
        {
            await ProcessAsync(worker(), cancellationToken).ConfigureAwait(false);
            _processed.SetResult();
        }
        catch (OperationCanceledException e)
        {
            _processed.SetException(e);
        }
#pragma warning disable CA1031 // The exception is not swallowed: it reaches the task that waits for this job.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _processed.SetException(e);
        }
    }

    public abstract ValueTask EmitAsync(CancellationToken cancellationToken);

    /// <summary>Gives back what the job holds if it will never be emitted.</summary>
    public virtual void Abandon(Exception cause)
    {
    }

    protected virtual ValueTask ProcessAsync(CellWorker worker, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}
