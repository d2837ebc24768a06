using Waybill.Bundles.Keys;

namespace Waybill.Bundles;

/// <summary>A passphrase that opens bundles made with it; specification section 15.3, type 4.</summary>
/// <remarks>
/// Opening costs the rounds that the bundle names, 600 000 to 10 000 000 of PBKDF2-HMAC-SHA-512; other numbers are refused before anything is computed.
/// What it computes is not kept.
/// </remarks>
public sealed class PassphraseBundleKey : BundleKey
{
    private readonly SecretBytes _passphrase;

    /// <summary>Makes a key of a passphrase.</summary>
    /// <param name="passphrase">The text the bundle was made with, 1 to 4 096 bytes in UTF-8. It is copied.</param>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/>: the passphrase is empty, too long or not valid text.</exception>
    public PassphraseBundleKey(ReadOnlySpan<char> passphrase) => _passphrase = new SecretBytes(PassphraseWrap.Encode(passphrase));

    internal override async ValueTask<byte[]?> TryUnwrapAsync(WrappedKey wrapped, ReadOnlyMemory<byte> context, CancellationToken cancellationToken)
    {
        int size = KeyBlock.SizeOf(wrapped.Scopes);

        // Seconds of work are not done on the caller's thread.
        return size == 0 || wrapped.Type != RecipientType.Pbkdf2
            ? null
            : await Task.Run(
                () => _passphrase.Use(passphrase => PassphraseWrap.Unwrap(passphrase, context.Span, wrapped.Body.Span, size)), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _passphrase.Dispose();
        base.Dispose(disposing);
    }
}
