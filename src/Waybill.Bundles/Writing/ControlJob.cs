namespace Waybill.Bundles.Writing;

/// <summary>Something that must happen between cells in their order, such as beginning or ending a stream.</summary>
internal sealed class ControlJob(Func<CancellationToken, ValueTask> emit) : PipelineJob
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Gets a task that ends when the job was emitted, or with the failure that prevented it.</summary>
    public Task Done => _done.Task;

    public override async ValueTask EmitAsync(CancellationToken cancellationToken)
    {
        await emit(cancellationToken).ConfigureAwait(false);
        _done.SetResult();
    }

    public override void Abandon(Exception cause)
    {
        _done.TrySetException(cause);

        // Whoever submitted the job may have gone; an exception nobody asks for must not end the process.
        _ = _done.Task.Exception;
    }
}
