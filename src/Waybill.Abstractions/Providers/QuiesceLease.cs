namespace Waybill.Providers;

/// <summary>An application that is held still.</summary>
public abstract class QuiesceLease : IAsyncDisposable
{
    /// <summary>Gets how consistent a snapshot is that was taken while the lease held.</summary>
    public abstract ConsistencyLevel Level { get; }

    /// <summary>Gets from when on everything was held.</summary>
    public abstract Timestamp HeldSince { get; }

    /// <summary>Lets the application go on. Calling it again returns the same outcome.</summary>
    /// <param name="cancellationToken">Is not observed once thawing began.</param>
    /// <returns>What really happened.</returns>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.ThawFailed"/>: something may still be held, until the deadline.</exception>
    public abstract ValueTask<QuiesceOutcome> ThawAsync(CancellationToken cancellationToken = default);

    /// <summary>Thaws if nobody did. Never throws.</summary>
    /// <returns>A task that completes when nothing is held, or when no more can be done before the deadline.</returns>
    public abstract ValueTask DisposeAsync();
}
