using Waybill.Bundles.Keys;

namespace Waybill.Bundles;

/// <summary>Secret bytes that open bundles made with the same bytes; specification section 15.3, type 3.</summary>
public sealed class PresharedBundleKey : BundleKey
{
    private readonly SecretBytes _key;

    /// <summary>Makes a key.</summary>
    /// <param name="key">The bytes the bundle was made with, 32 to 4 096. They are copied.</param>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/>: the key is too short or too long.</exception>
    public PresharedBundleKey(ReadOnlySpan<byte> key) => _key = new SecretBytes(PresharedKeyWrap.Copy(key));

    internal override ValueTask<byte[]?> TryUnwrapAsync(WrappedKey wrapped, ReadOnlyMemory<byte> context, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int size = KeyBlock.SizeOf(wrapped.Scopes);
        return ValueTask.FromResult(
            size == 0 || wrapped.Type != RecipientType.PresharedKey ? null : _key.Use(key => PresharedKeyWrap.Unwrap(key, context.Span, wrapped.Body.Span, size)));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _key.Dispose();
        base.Dispose(disposing);
    }
}
