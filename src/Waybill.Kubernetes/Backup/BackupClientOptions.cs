namespace Waybill.Kubernetes;

/// <summary>Gives the token that calls are made with.</summary>
/// <param name="renew">Whether the one that was given last was refused, so that another is needed.</param>
/// <param name="cancellationToken">Ends the call early.</param>
/// <returns>The token; it is never logged.</returns>
public delegate ValueTask<string> BackupTokenSupplier(bool renew, CancellationToken cancellationToken);

/// <summary>Where a backup API is, and as whom it is called.</summary>
/// <param name="Address">The host and port, such as <c>backup.storage.svc:9443</c>.</param>
/// <param name="Authorities">The certificates, PEM, of which one must stand behind the server's.</param>
/// <param name="Token">Gives the token that calls are made with.</param>
public sealed record BackupClientOptions(string Address, ReadOnlyMemory<byte> Authorities, BackupTokenSupplier Token)
{
    /// <summary>Gets the name in messages, such as that of the driver.</summary>
    /// <value>The default is <c>backup</c>.</value>
    public string Name { get; init; } = "backup";

    /// <summary>Gets how long a call is repeated without getting any further, while the server is busy or away.</summary>
    /// <value>The default is 2 minutes.</value>
    public TimeSpan RetryLimit { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Gets how the server is reached where that is another way than by its address; null for that.</summary>
    internal Func<CancellationToken, ValueTask<Stream>>? Connect { get; init; }

    /// <summary>Gets the clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
