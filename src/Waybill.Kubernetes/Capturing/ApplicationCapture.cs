namespace Waybill.Kubernetes;

/// <summary>Reads applications from a cluster. One object serves any number of calls, also at once.</summary>
/// <param name="connection">The cluster; it stays the caller's.</param>
public sealed class ApplicationCapture(ClusterConnection connection)
{
    /// <summary>Gets the storage that protects the data behind claims; it stays the caller's. Without it objects alone are captured, and no gap tells of the data.</summary>
    public ClusterVolumeProvider? Storage { get; init; }

    /// <summary>Reads an application: what the selector names, what belongs to that and what it needs.</summary>
    /// <param name="selector">What the application is.</param>
    /// <param name="progress">Receives how far it is.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The application; the caller disposes it. What could not be read is among its gaps.</returns>
    /// <exception cref="WaybillException">
    /// <see cref="WaybillErrorCode.ApplicationNotFound"/>, <see cref="WaybillErrorCode.KindNotServed"/>, <see cref="WaybillErrorCode.ClusterUnreachable"/>,
    /// <see cref="WaybillErrorCode.ClusterRefused"/>, <see cref="WaybillErrorCode.ClusterFailed"/>, <see cref="WaybillErrorCode.ResourceInvalid"/>,
    /// <see cref="WaybillErrorCode.NoSpace"/>.
    /// </exception>
    public async Task<CapturedApplication> CaptureAsync(
        ApplicationSelector selector, IProgress<CaptureProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(selector);
        Timestamp begun = Timestamp.From(connection.Options.TimeProvider.GetUtcNow());
        var spool = new ResourceSpool();
        try
        {
            ApiCatalog catalog = await new DiscoveryReader(connection.Client).ReadAsync(cancellationToken).ConfigureAwait(false);
            CaptureScope scope = await new ScopeResolver(connection, catalog).ResolveAsync(selector, cancellationToken).ConfigureAwait(false);
            return await new CaptureRun(connection, catalog, scope, spool, progress) { Storage = Storage }.RunAsync(begun, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            spool.Dispose();
            throw;
        }
    }
}
