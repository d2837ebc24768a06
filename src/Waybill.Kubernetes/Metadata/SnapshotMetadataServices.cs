using System.Text.Json;

namespace Waybill.Kubernetes;

/// <summary>Finds the SnapshotMetadata service of a driver by the cluster's SnapshotMetadataService of its name, and keeps a client of each.</summary>
internal sealed class SnapshotMetadataServices : IDisposable
{
    // What is used of the kind is the same in both.
    private static readonly string[] s_versions = ["v1beta1", "v1alpha1"];

    private readonly ClusterObjects _objects;
    private readonly ServiceAccountTokens _tokens;
    private readonly TimeProvider _time;
    private readonly TimeSpan _retryLimit;
    private readonly DriverClients<SnapshotMetadataClient> _clients;

    public SnapshotMetadataServices(ClusterObjects objects, ServiceAccountTokens tokens, TimeProvider time, TimeSpan retryLimit)
    {
        _objects = objects;
        _tokens = tokens;
        _time = time;
        _retryLimit = retryLimit;
        _clients = new DriverClients<SnapshotMetadataClient>(time, FindAsync, Connect);
    }

    /// <summary>Gets the client of a driver; null if it has no such service. It stays this object's to dispose.</summary>
    /// <exception cref="WaybillException">
    /// <see cref="WaybillErrorCode.ConfigurationInvalid"/> if the cluster does not say where it is; <see cref="WaybillErrorCode.ClusterRefused"/> if that may not be read, which
    /// is not the same as that there is none.
    /// </exception>
    public Task<SnapshotMetadataClient?> TryGetAsync(string driver, CancellationToken cancellationToken) => _clients.TryGetAsync(driver, cancellationToken);

    public void Dispose() => _clients.Dispose();

    private async Task<JsonElement?> FindAsync(string driver, CancellationToken cancellationToken)
    {
        foreach (string version in s_versions)
        {
            if (await _objects.FindAsync(ClusterPaths.SnapshotMetadataService(version, driver), cancellationToken).ConfigureAwait(false) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    private SnapshotMetadataClient Connect(string driver, JsonElement spec)
    {
        ServicePlace place = ServicePlace.Read("SnapshotMetadataService", "SnapshotMetadata service", driver, spec);
        return SnapshotMetadataClient.Connect(new SnapshotMetadataClientOptions(place.Address, place.Authorities, (renew, stop) => _tokens.GetAsync(place.Audience, renew, stop))
        {
            Name = driver, TimeProvider = _time, RetryLimit = _retryLimit,
        });
    }
}
