using System.Text.Json;

namespace Waybill.Kubernetes;

/// <summary>Finds the backup API of a driver by the cluster's BackupService of its name, and keeps a client of each.</summary>
internal sealed class BackupServices : IDisposable
{
    private readonly ServiceAccountTokens _tokens;
    private readonly TimeProvider _time;
    private readonly TimeSpan _retryLimit;
    private readonly DriverClients<BackupClient> _clients;

    public BackupServices(ClusterObjects objects, ServiceAccountTokens tokens, TimeProvider time, TimeSpan retryLimit)
    {
        _tokens = tokens;
        _time = time;
        _retryLimit = retryLimit;
        _clients = new DriverClients<BackupClient>(time, (driver, stop) => objects.FindAsync(ClusterPaths.BackupService(driver), stop), Connect);
    }

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
    public Task<BackupClient?> TryGetAsync(string driver, CancellationToken cancellationToken) => _clients.TryGetAsync(driver, cancellationToken);

    public void Dispose() => _clients.Dispose();

    private BackupClient Connect(string driver, JsonElement spec)
    {
        ServicePlace place = ServicePlace.Read("BackupService", "backup API", driver, spec);
        return BackupClient.Connect(new BackupClientOptions(place.Address, place.Authorities, (renew, stop) => _tokens.GetAsync(place.Audience, renew, stop))
        {
            Name = driver, TimeProvider = _time, RetryLimit = _retryLimit,
        });
    }
}
