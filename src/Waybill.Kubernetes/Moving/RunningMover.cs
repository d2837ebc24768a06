namespace Waybill.Kubernetes;

/// <summary>A mover that takes calls. Whoever has it disposes it, and with it all that was made for it.</summary>
internal sealed class RunningMover(BackupClient client, Func<Task> remove) : IAsyncDisposable
{
    private int _disposed;

    public BackupClient Client => client;

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            client.Dispose();
            await remove().ConfigureAwait(false);
        }
    }
}
