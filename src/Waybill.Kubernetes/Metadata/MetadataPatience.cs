using Grpc.Core;

namespace Waybill.Kubernetes;

/// <summary>How long one list goes on being asked for. Whatever gets it further gives it all its time again.</summary>
internal sealed class MetadataPatience(SnapshotMetadataClientOptions options, MetadataQuestion question)
{
    private long _begun = options.TimeProvider.GetTimestamp();
    private int _attempt;
    private bool _renew;
    private bool _renewed;
    private string _token = "";

    public void Progressed()
    {
        _begun = options.TimeProvider.GetTimestamp();
        _attempt = 0;
        _renewed = false;
    }

    /// <summary>Gets the token for the next call.</summary>
    public async ValueTask<string> GetTokenAsync(CancellationToken cancellationToken)
    {
        _token = await options.Token(_renew, cancellationToken).ConfigureAwait(false);
        _renew = false;
        return _token;
    }

    /// <summary>Waits until the call may be made again.</summary>
    /// <exception cref="ProviderException">There is no sense in that, or no time left.</exception>
    public async ValueTask WaitAsync(RpcException error, CancellationToken cancellationToken)
    {
        if (error.StatusCode == StatusCode.Unauthenticated && !_renewed)
        {
            _renewed = true;
            _renew = true;
            return;
        }

        TimeSpan pause = CallPause.Before(_attempt++);
        if (!MetadataErrors.MayPass(error) || options.TimeProvider.GetElapsedTime(_begun) + pause > options.RetryLimit)
        {
            throw MetadataErrors.Of(MetadataErrors.Without(_token, error), options.Name, question);
        }

        await Task.Delay(pause, options.TimeProvider, cancellationToken).ConfigureAwait(false);
    }
}
