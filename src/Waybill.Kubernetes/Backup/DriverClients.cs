using System.Text.Json;

namespace Waybill.Kubernetes;

/// <summary>Clients of a service that drivers have, each kept as long as the object of the cluster that tells of it says the same.</summary>
/// <param name="time">The clock.</param>
/// <param name="find">Finds the object of a driver; null if there is none.</param>
/// <param name="connect">Makes a client by the spec of the object.</param>
internal sealed class DriverClients<TClient>(
    TimeProvider time, Func<string, CancellationToken, Task<JsonElement?>> find, Func<string, JsonElement, TClient> connect) : IDisposable
    where TClient : class, IDisposable
{
    /// <summary>After this time it is looked whether the service has moved, or has another certificate.</summary>
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _gate = new(1);
    private readonly Dictionary<string, Entry> _clients = new(StringComparer.Ordinal);
    private readonly List<TClient> _retired = [];

    /// <summary>Gets the client of a driver; null if it has no such service.</summary>
    public async Task<TClient?> TryGetAsync(string driver, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            Entry? known = _clients.GetValueOrDefault(driver);
            if (known is not null && time.GetElapsedTime(known.LookedAt) < s_lookAgain)
            {
                return known.Client;
            }

            JsonElement? found = ClusterObjectId.IsName(driver) ? await find(driver, cancellationToken).ConfigureAwait(false) : null;
            if (found is not { } service)
            {
                _clients.Remove(driver);
                if (known is not null)
                {
                    _retired.Add(known.Client);
                }

                return null;
            }

            JsonElement said = service.Member("spec");
            string spec = said.ValueKind == JsonValueKind.Undefined ? "" : said.GetRawText();
            if (known is null || known.Spec != spec)
            {
                TClient client = connect(driver, said);
                if (known is not null)
                {
                    // Calls that run may still need it.
                    _retired.Add(known.Client);
                }

                known = new Entry(client, spec, 0);
            }

            _clients[driver] = known with { LookedAt = time.GetTimestamp() };
            return known.Client;
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose()
    {
        foreach (TClient client in _clients.Values.Select(entry => entry.Client).Concat(_retired))
        {
            client.Dispose();
        }

        _gate.Dispose();
    }

    private sealed record Entry(TClient Client, string Spec, long LookedAt);
}
