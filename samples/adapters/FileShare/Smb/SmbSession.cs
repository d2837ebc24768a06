namespace Waybill.Samples.FileShare;

/// <summary>A login to a share that is renewed when its grant runs out. Allows concurrent calls, and makes them one after the other.</summary>
internal sealed class SmbSession(SmbVolume volume, ShareGuard guard, FileShareOptions options) : IAsyncDisposable
{
    private SmbContext? _context;
    private DateTimeOffset _expires;
    private bool _disposed;

    /// <summary>Gets the number of the login: handles of an earlier one are no longer good.</summary>
    public int Generation { get; private set; }

    public string Url(FilePath path) => SmbUrl.Of(volume, path);

    /// <summary>Makes a call that may be made twice: a connection that was lost is made again once, for a tree that is walked has no second run for one file.</summary>
    public async ValueTask<T> ReadAsync<T>(Func<SmbContext, T> call, CancellationToken cancellationToken)
    {
        try
        {
            return await CallAsync(call, cancellationToken).ConfigureAwait(false);
        }
        catch (ProviderException e) when (e.IsTransient)
        {
            _expires = DateTimeOffset.MinValue;
            return await CallAsync(call, cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask<T> CallAsync<T>(Func<SmbContext, T> call, CancellationToken cancellationToken)
    {
        await SmbLibrary.Gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_context is null || options.TimeProvider.GetUtcNow() >= _expires)
            {
                await LogInAsync(cancellationToken).ConfigureAwait(false);
            }

            // The library blocks; a call that hangs ends by its own limit, as nothing can be taken back from it.
            SmbContext context = _context!;
            return await Task.Run(() => call(context), CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            SmbLibrary.Gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await SmbLibrary.Gate.WaitAsync().ConfigureAwait(false);
        try
        {
            _disposed = true;
            _context?.Dispose();
            _context = null;
        }
        finally
        {
            SmbLibrary.Gate.Release();
        }
    }

    private async ValueTask LogInAsync(CancellationToken cancellationToken)
    {
        ShareGrant grant = await guard.EnterAsync(cancellationToken).ConfigureAwait(false);
        _context?.Dispose();
        _context = null;
        try
        {
            _context = new SmbContext(grant, volume.Domain, options.RequestLimit);
        }
        catch (DllNotFoundException e)
        {
            throw new ProviderException(WaybillErrorCode.PlatformUnsupported, options.Name, "Samba's client library is missing", e)
            {
                Hint = "Install libsmbclient (on Debian it comes with the package smbclient).",
            };
        }

        _expires = grant.Expires;
        Generation++;
    }
}
