using System.Globalization;
using System.Net.WebSockets;

namespace Waybill.Kubernetes;

/// <summary>Sends requests within a rate, repeats what may pass, and renews credentials that have run out.</summary>
internal sealed class ApiClient : IDisposable
{
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(20);

    private readonly ClusterOptions _options;
    private readonly KubeConfigLoader _identities;
    private readonly RequestPace _pace;
    private readonly SemaphoreSlim _renewing = new(1);
    private readonly List<KubeIdentity> _retired = [];
    private KubeIdentity _identity;

    public ApiClient(ClusterOptions options, KubeConfigLoader identities, KubeIdentity identity)
    {
        _options = options;
        _identities = identities;
        _identity = identity;
        _pace = new RequestPace(options.TimeProvider, options.RequestsPerSecond, options.Burst);
    }

    public string Server => _identity.Server;

    /// <summary>Sends a request and reads the whole answer.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.ClusterUnreachable"/>; every answer is returned, also those of failure.</exception>
    public Task<ApiAnswer> SendAsync(ApiRequest request, CancellationToken cancellationToken) =>
        SendAsync(request, static async (response, token) => new ApiAnswer((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(token).ConfigureAwait(false)), null, cancellationToken);

    /// <summary>Sends a request and lets the caller read the answer.</summary>
    /// <param name="request">The request.</param>
    /// <param name="read">Reads the answer, whatever its status.</param>
    /// <param name="restart">Undoes what reading did, before the request is sent again; null if there is nothing to undo.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    public async Task<T> SendAsync<T>(ApiRequest request, Func<HttpResponseMessage, CancellationToken, Task<T>> read, Action? restart, CancellationToken cancellationToken)
    {
        long begun = _options.TimeProvider.GetTimestamp();
        bool renewed = false;
        for (int attempt = 0; ; attempt++)
        {
            TimeSpan pause = Backoff(attempt);
            KubeIdentity identity = Volatile.Read(ref _identity);
            try
            {
                await _pace.TakeAsync(cancellationToken).ConfigureAwait(false);
                using HttpRequestMessage message = request.ToMessage(identity.Server);
                using HttpResponseMessage response = await BeginAsync(identity, message, cancellationToken).ConfigureAwait(false);
                int code = (int)response.StatusCode;
                if (code == 401 && !renewed)
                {
                    renewed = true;
                    await RenewAsync(identity, cancellationToken).ConfigureAwait(false);
                    continue;
                }

                bool busy = code is 429 or 502 or 503 or 504 || (code == 500 && request.IsRepeatable);
                pause = RetryAfter(response) ?? pause;
                if (!busy || !HasTime(begun, pause))
                {
                    return await read(response, cancellationToken).ConfigureAwait(false);
                }
            }
            catch (Exception error) when (error is HttpRequestException or IOException or TimeoutException)
            {
                // What was never sent can be sent again; what may have been done only if that does no harm.
                bool unsent = error is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError };
                bool hopeless = error is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError };
                if (hopeless || !(request.IsRepeatable || unsent) || !HasTime(begun, pause))
                {
                    throw ApiErrors.Unreachable(identity.Server, error);
                }
            }

            restart?.Invoke();
            await Task.Delay(pause, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Gets an object, or nothing if there is none.</summary>
    public async Task<ApiAnswer?> FindAsync(string path, CancellationToken cancellationToken)
    {
        ApiAnswer answer = await SendAsync(ApiRequest.Get(path), cancellationToken).ConfigureAwait(false);
        return answer.Code == 404 ? null : answer.OrThrow(path);
    }

    /// <summary>Runs a program in a container.</summary>
    /// <returns>The way to its input and outputs; the caller disposes it.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.ClusterUnreachable"/>, or what the cluster answers.</exception>
    public Task<WebSocket> OpenExecAsync(string objectNamespace, string pod, string container, IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        string path = $"/api/v1/namespaces/{objectNamespace}/pods/{pod}/exec";
        return OpenSocketAsync(
            path,
            container.Length > 0 ? $"{path}?container={Uri.EscapeDataString(container)}" : path,
            (identity, stop) => identity.ExecAsync(objectNamespace, pod, container, command, stop),
            cancellationToken);
    }

    /// <summary>Connects to a port of a pod.</summary>
    /// <returns>The connection; the caller disposes it.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.ClusterUnreachable"/>, or what the cluster answers.</exception>
    public Task<WebSocket> OpenPortForwardAsync(string objectNamespace, string pod, int port, CancellationToken cancellationToken)
    {
        string path = $"/api/v1/namespaces/{objectNamespace}/pods/{pod}/portforward";
        return OpenSocketAsync(
            path, string.Create(CultureInfo.InvariantCulture, $"{path}?ports={port}"), (identity, stop) => identity.PortForwardAsync(objectNamespace, pod, port, stop), cancellationToken);
    }

    public void Dispose()
    {
        _identity.Dispose();
        _retired.ForEach(identity => identity.Dispose());
        _renewing.Dispose();
    }

    private async Task<WebSocket> OpenSocketAsync(string path, string ordinary, Func<KubeIdentity, CancellationToken, Task<WebSocket>> open, CancellationToken cancellationToken)
    {
        for (bool again = false; ; again = true)
        {
            KubeIdentity identity = Volatile.Read(ref _identity);
            await _pace.TakeAsync(cancellationToken).ConfigureAwait(false);
            using var late = new CancellationTokenSource(_options.RequestTimeout, _options.TimeProvider);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
            try
            {
                return await open(identity, either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
            {
                throw ApiErrors.Unreachable(identity.Server, Late(error));
            }
            catch (WebSocketException error) when (error.WebSocketErrorCode != WebSocketError.NotAWebSocket)
            {
                throw ApiErrors.Unreachable(identity.Server, error);
            }
            catch (Exception error) when (error is WebSocketException or k8s.Autorest.HttpOperationException)
            {
                // How a connection is refused does not tell why. An ordinary request does, and renews credentials that have run out.
                ApiAnswer answer = await SendAsync(ApiRequest.Get(ordinary), cancellationToken).ConfigureAwait(false);
                if (answer.Code != 400 || again)
                {
                    throw ApiErrors.Of(answer.Status, path);
                }
            }
        }
    }

    private async Task<HttpResponseMessage> BeginAsync(KubeIdentity identity, HttpRequestMessage message, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(_options.RequestTimeout, _options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            return await identity.SendAsync(message, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw Late(error);
        }
    }

    private TimeoutException Late(OperationCanceledException error) =>
        new($"no answer within {_options.RequestTimeout.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture)} s", error);

    private async Task RenewAsync(KubeIdentity expired, CancellationToken cancellationToken)
    {
        await _renewing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (ReferenceEquals(expired, _identity))
            {
                KubeIdentity fresh = await _identities.LoadAsync(cancellationToken).ConfigureAwait(false);
                _retired.Add(expired); // other requests may still be on their way with it
                Volatile.Write(ref _identity, fresh);
            }
        }
        finally
        {
            _renewing.Release();
        }
    }

    private bool HasTime(long begun, TimeSpan pause) => _options.TimeProvider.GetElapsedTime(begun) + pause <= _options.RetryLimit;

    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        TimeSpan? given = response.Headers.RetryAfter?.Delta ?? response.Headers.RetryAfter?.Date - _options.TimeProvider.GetUtcNow();
        return given > TimeSpan.Zero ? given : null;
    }

    private static TimeSpan Backoff(int attempt)
    {
        TimeSpan full = s_firstPause * Math.Pow(2, Math.Min(attempt, 10));

        // Clients that were turned away together do not come back together.
        return (full < s_longestPause ? full : s_longestPause) * (0.5 + (Random.Shared.NextDouble() / 2));
    }
}
