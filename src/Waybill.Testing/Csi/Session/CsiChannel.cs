using System.Net.Http.Headers;
using System.Net.Sockets;
using Grpc.Net.Client;

namespace Waybill.Testing;

/// <summary>A connection to the unix socket of a driver.</summary>
internal static class CsiChannel
{
    /// <summary>The name under which a call is given a deadline that only the driver keeps, so that it is seen what the driver makes of it.</summary>
    public const string DeadlineOfDriver = "x-waybill-deadline";

    private const string GrpcTimeout = "grpc-timeout";
    private const int MaxMessageBytes = 64 << 20;

    /// <summary>Prepares a connection; it is made at the first call, and again after the driver was restarted.</summary>
    /// <param name="endpoint">The socket.</param>
    /// <param name="authority">What the driver is told it is called; Go clients say <c>localhost</c>.</param>
    public static GrpcChannel Open(string endpoint, string authority = "localhost")
    {
        string path = PathOf(endpoint);
        var sockets = new SocketsHttpHandler
        {
            UseProxy = false,
            EnableMultipleHttp2Connections = true,
            ConnectCallback = async (_, token) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), token).ConfigureAwait(false);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
        return GrpcChannel.ForAddress(
            $"http://{authority}",
            new GrpcChannelOptions { HttpHandler = new DeadlineHandler(sockets), DisposeHttpClient = true, MaxReceiveMessageSize = MaxMessageBytes });
    }

    /// <summary>Gets the path of a socket from <c>unix:///path</c>, <c>unix:path</c> or the path itself.</summary>
    /// <exception cref="ArgumentException">It is none of these.</exception>
    public static string PathOf(string endpoint)
    {
        ArgumentException.ThrowIfNullOrEmpty(endpoint);
        string path = endpoint.StartsWith("unix://", StringComparison.Ordinal) ? endpoint["unix://".Length..]
            : endpoint.StartsWith("unix:", StringComparison.Ordinal) ? endpoint["unix:".Length..]
            : endpoint;
        return path.Length > 0 && !path.Contains("://", StringComparison.Ordinal)
            ? path
            : throw new ArgumentException($"'{endpoint}' is no unix socket, such as unix:///run/csi/csi.sock.", nameof(endpoint));
    }

    private sealed class DeadlineHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            HttpRequestHeaders headers = request.Headers;
            if (headers.TryGetValues(DeadlineOfDriver, out IEnumerable<string>? values))
            {
                string deadline = values.First();
                headers.Remove(DeadlineOfDriver);
                headers.Remove(GrpcTimeout);
                headers.TryAddWithoutValidation(GrpcTimeout, deadline);
            }

            return base.SendAsync(request, cancellationToken);
        }
    }
}
