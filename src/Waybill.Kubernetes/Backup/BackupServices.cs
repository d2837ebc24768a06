using System.Text.Json;

namespace Waybill.Kubernetes;

/// <summary>Finds the backup API of a driver by the cluster's BackupService of its name, and keeps a client of each.</summary>
internal sealed class BackupServices(ClusterObjects objects, ServiceAccountTokens tokens, TimeProvider time, TimeSpan retryLimit) : IDisposable
{
    /// <summary>After this time it is looked whether the service has moved, or has another certificate.</summary>
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _gate = new(1);
    private readonly Dictionary<string, Entry> _clients = new(StringComparer.Ordinal);
    private readonly List<BackupClient> _retired = [];

    /// <summary>Gets the client of a driver.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.ProviderUnsupported"/> if the driver has no backup API.</exception>
    public async Task<BackupClient> GetAsync(string driver, CancellationToken cancellationToken) =>
        await TryGetAsync(driver, cancellationToken).ConfigureAwait(false)
        ?? throw new ProviderException(WaybillErrorCode.ProviderUnsupported, driver, $"The driver '{driver}' has no backup API in this cluster")
        {
            ObjectName = driver,
            Hint = $"A driver that serves it is found by an object of kind BackupService (backup.waybill/v1) named '{driver}'; its deployment makes one.",
        };

    /// <summary>Gets the client of a driver; null if it has no backup API.</summary>
    public async Task<BackupClient?> TryGetAsync(string driver, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            Entry? known = _clients.GetValueOrDefault(driver);
            if (known is not null && time.GetElapsedTime(known.LookedAt) < s_lookAgain)
            {
                return known.Client;
            }

            JsonElement? found = ClusterObjectId.IsName(driver) ? await objects.FindAsync(ClusterPaths.BackupService(driver), cancellationToken).ConfigureAwait(false) : null;
            if (found is not { } service)
            {
                _clients.Remove(driver);
                if (known is not null)
                {
                    _retired.Add(known.Client);
                }

                return null;
            }

            string spec = service.Member("spec").GetRawText();
            if (known is null || known.Spec != spec)
            {
                BackupClient client = Connect(driver, service.Member("spec"));
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
        foreach (BackupClient client in _clients.Values.Select(entry => entry.Client).Concat(_retired))
        {
            client.Dispose();
        }

        _gate.Dispose();
    }

    private BackupClient Connect(string driver, JsonElement spec)
    {
        string audience = spec.Text("audience");
        byte[] authorities = new byte[spec.Text("caCert").Length];
        if (audience.Length == 0 || spec.Text("address").Length == 0 || !Convert.TryFromBase64String(spec.Text("caCert"), authorities, out int length))
        {
            throw new WaybillException(WaybillErrorCode.ConfigurationInvalid, $"The BackupService '{driver}' does not say where the backup API is, for which audience, and with which certificate")
            {
                ObjectName = driver,
            };
        }

        return BackupClient.Connect(new BackupClientOptions(spec.Text("address"), authorities.AsMemory(0, length), (renew, stop) => tokens.GetAsync(audience, renew, stop))
        {
            Name = driver, TimeProvider = time, RetryLimit = retryLimit,
        });
    }

    private sealed record Entry(BackupClient Client, string Spec, long LookedAt);
}
