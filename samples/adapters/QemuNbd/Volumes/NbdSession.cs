namespace Waybill.Samples.QemuNbd;

/// <summary>A connection to one export that is made anew when a cancelled call closed it, together with what must end with it.</summary>
internal sealed class NbdSession(string socket, string exportName, string[] contexts, Func<ValueTask> releaseAsync) : IAsyncDisposable
{
    private readonly SemaphoreSlim _connecting = new(1, 1);
    private NbdClient? _client;
    private bool _disposed;

    /// <summary>Gets the connection that is open, or opens one.</summary>
    public async ValueTask<NbdClient> GetClientAsync(CancellationToken cancellationToken)
    {
        await _connecting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_client is { IsClosed: false })
            {
                return _client;
            }

            NbdClient fresh = await NbdClient.ConnectAsync(socket, exportName, contexts, cancellationToken).ConfigureAwait(false);
            NbdClient? old = _client;
            _client = fresh;
            if (old is not null)
            {
                await old.DisposeAsync().ConfigureAwait(false);
            }

            return fresh;
        }
        finally
        {
            _connecting.Release();
        }
    }

    /// <summary>Runs a call that may be repeated. It is, if the connection was closed as somebody else's call on it was cancelled.</summary>
    public async ValueTask RunAsync(Func<NbdClient, ValueTask> call, CancellationToken cancellationToken)
    {
        while (true)
        {
            NbdClient client = await GetClientAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                await call(client).ConfigureAwait(false);
                return;
            }
            catch (ProviderException e) when (e.VendorCode == NbdFailure.CancelledConnection)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _connecting.WaitAsync().ConfigureAwait(false);
        bool first = !_disposed;
        _disposed = true;
        _connecting.Release();
        if (first)
        {
            if (_client is not null)
            {
                await _client.DisposeAsync().ConfigureAwait(false);
            }

            await releaseAsync().ConfigureAwait(false);
        }
    }
}
