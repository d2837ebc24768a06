namespace Waybill.Samples.FileShare;

/// <summary>An open file that is opened again after the session logged in anew.</summary>
internal sealed class SmbFile(SmbSession session, string url, int flags, int flagsAgain) : IAsyncDisposable
{
    private nint _handle;
    private int _generation;

    public string Url => url;

    public ValueTask OpenAsync(CancellationToken cancellationToken) => DoAsync((_, _) => { }, cancellationToken);

    public ValueTask<T> ReadAsync<T>(Func<SmbContext, nint, T> call, CancellationToken cancellationToken) =>
        session.ReadAsync(context => call(context, Handle(context)), cancellationToken);

    public ValueTask<T> CallAsync<T>(Func<SmbContext, nint, T> call, CancellationToken cancellationToken) =>
        session.CallAsync(context => call(context, Handle(context)), cancellationToken);

    public async ValueTask DoAsync(Action<SmbContext, nint> call, CancellationToken cancellationToken) => await CallAsync(
        (context, handle) =>
        {
            call(context, handle);
            return true;
        },
        cancellationToken).ConfigureAwait(false);

    public async ValueTask DisposeAsync()
    {
        if (_handle != 0)
        {
            try
            {
                await session.CallAsync(
                    context =>
                    {
                        if (_generation == session.Generation)
                        {
                            context.Close(_handle);
                        }

                        return true;
                    },
                    CancellationToken.None).ConfigureAwait(false);
            }
            catch (ProviderException)
            {
                // The session cannot be renewed any more; the server closes what is left of it.
            }

            _handle = 0;
        }
    }

    private nint Handle(SmbContext context)
    {
        if (_handle == 0 || _generation != session.Generation)
        {
            // The old handle went with its login.
            _handle = context.Open(url, _generation == 0 ? flags : flagsAgain);
            _generation = session.Generation;
        }

        return _handle;
    }
}
