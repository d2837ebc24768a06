namespace Waybill.Kubernetes;

/// <summary>
/// A mover that takes calls. Whoever has it disposes it, and with it all that was made for it. It is called now and then, so that it need not wait long for a coordinator
/// that is gone, and one that has nothing to ask for a while keeps it.
/// </summary>
internal sealed class RunningMover : IAsyncDisposable
{
    private readonly string _namespace;
    private readonly Func<Task> _remove;
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _beating;
    private readonly Lazy<Task> _end;

    /// <param name="client">The way to it.</param>
    /// <param name="objectNamespace">Its namespace.</param>
    /// <param name="pause">How long it is left alone.</param>
    /// <param name="time">The clock.</param>
    /// <param name="remove">Removes all that was made for it.</param>
    public RunningMover(BackupClient client, string objectNamespace, TimeSpan pause, TimeProvider time, Func<Task> remove)
    {
        Client = client;
        _namespace = objectNamespace;
        _remove = remove;
        _beating = BeatAsync(pause, time);
        _end = new Lazy<Task>(EndAsync);
    }

    public BackupClient Client { get; }

    public ValueTask DisposeAsync() => new(_end.Value);

    private async Task BeatAsync(TimeSpan pause, TimeProvider time)
    {
        using var timer = new PeriodicTimer(pause, time);
        while (await timer.WaitForNextTickAsync(_ended.Token).ConfigureAwait(false))
        {
            try
            {
                await foreach (SnapshotPoint _ in Client.ListPointsAsync(_namespace, null, _ended.Token).ConfigureAwait(false))
                {
                }
            }
            catch (WaybillException)
            {
                // Whoever needs something of it will be told.
            }
        }
    }

    private async Task EndAsync()
    {
        await _ended.CancelAsync().ConfigureAwait(false);
        await _beating.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ended.Dispose();
        Client.Dispose();
        await _remove().ConfigureAwait(false);
    }
}
