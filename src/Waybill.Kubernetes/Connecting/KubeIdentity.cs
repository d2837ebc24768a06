using System.Net.WebSockets;

namespace Waybill.Kubernetes;

/// <summary>An open way to a server as somebody. Requests in flight keep it; it is disposed with the client that uses it.</summary>
internal sealed class KubeIdentity : IDisposable
{
    private readonly k8s.Kubernetes _client;
    private readonly string? _hostName;

    public KubeIdentity(k8s.KubernetesClientConfiguration configuration)
    {
        Context = configuration.CurrentContext ?? "";
        Namespace = configuration.Namespace ?? "";
        _hostName = configuration.TlsServerName;
        _client = new k8s.Kubernetes(configuration);
        Server = _client.BaseUri.ToString().TrimEnd('/');
    }

    public string Server { get; }

    public string Context { get; }

    public string Namespace { get; }

    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!string.IsNullOrEmpty(_hostName))
        {
            request.Headers.Host = _hostName;
        }

        if (_client.Credentials is { } credentials)
        {
            await credentials.ProcessHttpRequestAsync(request, cancellationToken).ConfigureAwait(false);
        }

        return await _client.HttpClient.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs a program in a container, by the protocol v4.channel.k8s.io.</summary>
    public Task<WebSocket> ExecAsync(string objectNamespace, string pod, string container, IEnumerable<string> command, CancellationToken cancellationToken) =>
        _client.WebSocketNamespacedPodExecAsync(
            pod, objectNamespace, command, container.Length > 0 ? container : null, stderr: true, stdin: true, stdout: true, tty: false,
            webSocketSubProtocol: k8s.WebSocketProtocol.V4BinaryWebsocketProtocol, customHeaders: null, cancellationToken: cancellationToken);

    /// <summary>Connects to a port of a pod, by the protocol v4.channel.k8s.io.</summary>
    public Task<WebSocket> PortForwardAsync(string objectNamespace, string pod, int port, CancellationToken cancellationToken) =>
        _client.WebSocketNamespacedPodPortForwardAsync(pod, objectNamespace, [port], k8s.WebSocketProtocol.V4BinaryWebsocketProtocol, customHeaders: null, cancellationToken: cancellationToken);

    public void Dispose() => _client.Dispose();
}
