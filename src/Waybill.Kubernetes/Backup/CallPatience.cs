using Grpc.Core;

namespace Waybill.Kubernetes;

/// <summary>How long one piece of work goes on trying. Whatever gets it further gives it all its time again.</summary>
internal sealed class CallPatience(BackupClientOptions options, string what)
{
    private long _begun = options.TimeProvider.GetTimestamp();
    private int _attempt;
    private bool _renew;
    private bool _renewed;

    public void Progressed()
    {
        _begun = options.TimeProvider.GetTimestamp();
        _attempt = 0;
        _renewed = false;
    }

    /// <summary>Gets what the next call is made with.</summary>
    public async ValueTask<CallOptions> NextAsync(CancellationToken stop, CancellationToken cancellationToken)
    {
        string token = await options.Token(_renew, cancellationToken).ConfigureAwait(false);
        _renew = false;
        return new CallOptions(new Metadata { { "authorization", $"Bearer {token}" } }, cancellationToken: stop);
    }

    /// <summary>Waits until the call may be made again.</summary>
    /// <exception cref="ProviderException">There is no sense in that, or no time left.</exception>
    public async ValueTask WaitAsync(RpcException error, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (error.StatusCode == StatusCode.Unauthenticated && !_renewed)
        {
            _renewed = true;
            _renew = true;
            return;
        }

        TimeSpan pause = CallPause.Before(_attempt++);
        if (!BackupErrors.MayPass(error) || options.TimeProvider.GetElapsedTime(_begun) + pause > options.RetryLimit)
        {
            throw BackupErrors.Of(error, options.Name, what);
        }

        await Task.Delay(pause, options.TimeProvider, cancellationToken).ConfigureAwait(false);
    }
}
