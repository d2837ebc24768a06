using Waybill.Bundles.Keys;

namespace Waybill.Bundles;

/// <summary>Something that opens encrypted bundles: a private key, a shared key, a passphrase, or the right to use a key service.</summary>
/// <remarks>Safe for concurrent callers. Disposing it clears what it holds in memory.</remarks>
public abstract class BundleKey : IDisposable
{
    private protected BundleKey()
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Opens a wrapped key block if it is meant for this key.</summary>
    /// <returns>The key block, which the caller clears after use; <see langword="null"/> if it is of another type or does not open with this key.</returns>
    /// <exception cref="BundleFormatException"><see cref="WaybillErrorCode.LimitExceeded"/>: opening would cost more than the specification allows.</exception>
    internal abstract ValueTask<byte[]?> TryUnwrapAsync(WrappedKey wrapped, ReadOnlyMemory<byte> context, CancellationToken cancellationToken);

    /// <summary>Clears what the key holds.</summary>
    /// <param name="disposing">Whether it is called by <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}
