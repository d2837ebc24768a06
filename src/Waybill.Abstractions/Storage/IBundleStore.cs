namespace Waybill.Storage;

/// <summary>Where bundles live: a directory, or objects in an object store.</summary>
/// <remarks>
/// A name is written once. Nothing is listed or readable before <see cref="StoreUpload.CommitAsync"/> returned, everything is after it.
/// Calls may run concurrently. Names have up to 200 bytes of lower-case letters, digits, <c>-</c>, <c>_</c> and <c>.</c>, do not begin with a dot and end in
/// <c>.waybill</c>; a store may hold other things under other names, and neither lists nor touches them.
/// </remarks>
public interface IBundleStore
{
    /// <summary>Gets a name for messages.</summary>
    string Name { get; }

    /// <summary>Lists what was committed.</summary>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The bundles, in the order of their names.</returns>
    IAsyncEnumerable<StoredBundle> ListAsync(CancellationToken cancellationToken = default);

    /// <summary>Opens a committed bundle.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The bundle; the caller disposes it.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.SourceReadFailed"/>.</exception>
    ValueTask<ByteSource> OpenReadAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Begins a bundle. What earlier uploads of that name left does not hinder it, and stays until it is discarded.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The upload; the caller disposes it.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.TargetExists"/>, <see cref="WaybillErrorCode.TargetWriteFailed"/>.</exception>
    ValueTask<StoreUpload> CreateAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>
    /// Opens what an interrupted upload stored, the longest if there were several. It can be read while the bundle is written anew, and stays until
    /// <see cref="DiscardUnfinishedAsync"/>: whoever goes on from it can be interrupted too.
    /// </summary>
    /// <param name="name">The name of the bundle.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>What was stored, up to the moment of the call; <see langword="null"/> if nothing was. The caller disposes it.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.SourceReadFailed"/>.</exception>
    ValueTask<ByteSource?> OpenUnfinishedAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Removes everything that interrupted uploads of a bundle left. Removing what is not there succeeds.</summary>
    /// <param name="name">The name of the bundle.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>A task that completes when it is gone.</returns>
    ValueTask DiscardUnfinishedAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Removes a committed bundle.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>Whether it was there.</returns>
    ValueTask<bool> DeleteAsync(string name, CancellationToken cancellationToken = default);
}
