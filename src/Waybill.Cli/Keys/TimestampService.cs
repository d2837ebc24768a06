using Waybill.Bundles;

namespace Waybill.Cli.Keys;

/// <summary>A time stamp authority that was named on the command line. Disposing it ends its connections.</summary>
internal sealed class TimestampService : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly HttpClient _client;

    public TimestampService(Uri address)
    {
        // An answer from elsewhere would count as well, as it is signed; but a request that went elsewhere is a surprise.
        _client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = s_limit };
        Authority = new HttpTimestampAuthority(_client, address);
    }

    public TimestampAuthority Authority { get; }

    public void Dispose() => _client.Dispose();
}
