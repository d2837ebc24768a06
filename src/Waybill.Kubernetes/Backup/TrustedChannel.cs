using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Grpc.Net.Client;

namespace Waybill.Kubernetes;

/// <summary>A way to a server whose certificate must come from given authorities, and from no others that the machine may trust.</summary>
internal sealed class TrustedChannel : IDisposable
{
    private readonly X509Certificate2Collection _authorities;

    private TrustedChannel(string address, X509Certificate2Collection authorities, int maxMessageBytes, Func<CancellationToken, ValueTask<Stream>>? connect)
    {
        _authorities = authorities;
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        Channel = GrpcChannel.ForAddress($"https://{address}", new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler
            {
                SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy },
                EnableMultipleHttp2Connections = true,
                KeepAlivePingDelay = TimeSpan.FromSeconds(30),
                KeepAlivePingTimeout = TimeSpan.FromSeconds(20),
                UseProxy = connect is null,
                ConnectCallback = connect is null ? null : (_, cancellationToken) => connect(cancellationToken),
            },
            DisposeHttpClient = true,
            MaxReceiveMessageSize = maxMessageBytes,
            MaxSendMessageSize = maxMessageBytes,
            MaxRetryAttempts = 0,
        });
    }

    public GrpcChannel Channel { get; }

    /// <summary>Makes one. Nothing is sent yet.</summary>
    /// <param name="service">What is called, for messages.</param>
    /// <param name="name">The name of the one that serves it.</param>
    /// <param name="address">Its host and port.</param>
    /// <param name="authorities">The certificates, PEM.</param>
    /// <param name="maxMessageBytes">How large a message may be.</param>
    /// <param name="connect">How it is reached where that is another way than by its address; null for that.</param>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.ConfigurationInvalid"/> if the address or the certificates cannot be used.</exception>
    public static TrustedChannel Open(
        string service, string name, string address, ReadOnlyMemory<byte> authorities, int maxMessageBytes, Func<CancellationToken, ValueTask<Stream>>? connect = null)
    {
        var parsed = new X509Certificate2Collection();
        try
        {
            parsed.ImportFromPem(Encoding.UTF8.GetString(authorities.Span));
            return parsed.Count > 0 ? new TrustedChannel(address, parsed, maxMessageBytes, connect) : throw new FormatException("there is no certificate of an authority");
        }
        catch (Exception e) when (e is CryptographicException or FormatException or ArgumentException)
        {
            throw new WaybillException(WaybillErrorCode.ConfigurationInvalid, $"The {service} at '{address}' cannot be called: {e.Message}", e) { ObjectName = name };
        }
    }

    public void Dispose()
    {
        Channel.Dispose();
        foreach (X509Certificate2 authority in _authorities)
        {
            authority.Dispose();
        }
    }
}
