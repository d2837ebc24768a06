namespace Waybill.Providers;

/// <summary>Makes an application, or the file systems under it, consistent for the moment of a snapshot.</summary>
public interface IQuiescer
{
    /// <summary>Gets its name in the configuration, in bundles and in messages.</summary>
    string Name { get; }

    /// <summary>
    /// Makes consistent, and holds that as a lease. Before anything stops, an actor that does not depend on this process MUST stand ready
    /// to thaw when the deadline passes or this process ends.
    /// </summary>
    /// <param name="request">What to hold and for how long at most.</param>
    /// <param name="cancellationToken">Ends the call early; nothing is then held.</param>
    /// <returns>The lease; the caller thaws and disposes it.</returns>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.QuiesceFailed"/>; nothing is then held.</exception>
    ValueTask<QuiesceLease> QuiesceAsync(QuiesceRequest request, CancellationToken cancellationToken = default);

    /// <summary>Thaws what a process that is gone may have left. Thawing what is not held succeeds.</summary>
    /// <param name="leaseId">The id the request had.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>A task that completes when nothing of the lease is held.</returns>
    ValueTask ReleaseAsync(string leaseId, CancellationToken cancellationToken = default);
}
