namespace Waybill.Kubernetes;

/// <summary>Finds the way to the data behind claims of a driver: the driver's own backup API, else movers if they are wanted.</summary>
internal sealed class ClaimDataSources(BackupServices services, Movers? movers, SnapshotMetadataServices metadata, ClusterObjects objects, ClaimReader claims, SnapshotVolumes? volumes, string provider)
{
    /// <summary>Gets the way to a driver's data.</summary>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.ProviderUnsupported"/> if there is none.</exception>
    public async Task<IClaimData> GetAsync(string driver, CancellationToken cancellationToken) =>
        await TryGetAsync(driver, cancellationToken).ConfigureAwait(false)
        ?? throw new ProviderException(WaybillErrorCode.ProviderUnsupported, driver, $"The driver '{driver}' has no backup API in this cluster, and no data movers are wanted")
        {
            ObjectName = driver,
            Hint = $"A driver that serves it is found by an object of kind BackupService (backup.waybill/v1) named '{driver}'; its deployment makes one. For all others, name the image of the data mover.",
        };

    /// <summary>Gets the way to a driver's data; null if there is none.</summary>
    public async Task<IClaimData?> TryGetAsync(string driver, CancellationToken cancellationToken) =>
        await services.TryGetAsync(driver, cancellationToken).ConfigureAwait(false) is { } client ? new ServedData(client, provider)
        : movers is not null ? new MovedData(movers, await metadata.TryGetAsync(driver, cancellationToken).ConfigureAwait(false), objects, claims, volumes!, driver, provider)
        : null;
}
