namespace Waybill.Bundles;

/// <summary>A service that keeps keys and wraps small secrets with them without giving the keys away: a KMS, an HSM, a vault.</summary>
/// <remarks>
/// Implement it for the service at hand. Wrapping must be authenticated: what was changed, or wrapped with another key, must not unwrap. Implementations are safe for concurrent
/// callers, keep no reference to the memory they are given, and clear their own copies of secrets. Whatever else than a <see cref="WaybillException"/> or a cancellation
/// they throw reaches callers as <see cref="WaybillErrorCode.KeyServiceFailed"/>.
/// </remarks>
public abstract class KeyService
{
    /// <summary>Wraps a secret.</summary>
    /// <param name="keyName">The name of the key; 1 to 2 048 bytes in UTF-8 without control characters.</param>
    /// <param name="plaintext">The secret; below 256 bytes. It is valid until the call completes.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>What <see cref="UnwrapAsync"/> takes; together with the name at most 16 382 bytes.</returns>
    /// <exception cref="WaybillException">
    /// <see cref="WaybillErrorCode.KeyServiceFailed"/>: there is no such key, it may not be used, or the service did not answer.
    /// <see cref="WaybillException.IsTransient"/> says whether trying again may help.
    /// </exception>
    public abstract ValueTask<byte[]> WrapAsync(string keyName, ReadOnlyMemory<byte> plaintext, CancellationToken cancellationToken = default);

    /// <summary>Unwraps a secret.</summary>
    /// <param name="keyName">The name of the key as it stands in a bundle: it was written by others and may name anything.</param>
    /// <param name="wrapped">What stands in the bundle.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The secret in a new array, which the caller clears; <see langword="null"/> if the service knows no such key or says that this was not wrapped with it.</returns>
    /// <exception cref="WaybillException">
    /// <see cref="WaybillErrorCode.KeyServiceFailed"/>: the key may not be used, or the service did not answer.
    /// <see cref="WaybillException.IsTransient"/> says whether trying again may help.
    /// </exception>
    public abstract ValueTask<byte[]?> UnwrapAsync(string keyName, ReadOnlyMemory<byte> wrapped, CancellationToken cancellationToken = default);
}
