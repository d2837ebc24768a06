namespace Waybill.Kubernetes;

/// <summary>Where a SnapshotMetadata service is, and as whom it is called.</summary>
/// <param name="Address">The host and port, such as <c>csi-snapshot-metadata.storage.svc:6443</c>.</param>
/// <param name="Authorities">The certificates, PEM, of which one must stand behind the server's.</param>
/// <param name="Token">
/// Gives the token, for the audience of the service, that a list is asked for with. It travels inside of the request, is looked at once when a stream begins, and is in no
/// message of ours.
/// </param>
public sealed record SnapshotMetadataClientOptions(string Address, ReadOnlyMemory<byte> Authorities, BackupTokenSupplier Token)
{
    /// <summary>Gets the name in messages, such as that of the driver.</summary>
    /// <value>The default is <c>snapshot-metadata</c>.</value>
    public string Name { get; init; } = "snapshot-metadata";

    /// <summary>Gets how long a list is asked for again without getting any further, while the server is busy or away.</summary>
    /// <value>The default is 2 minutes.</value>
    public TimeSpan RetryLimit { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Gets the clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
