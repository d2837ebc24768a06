using Waybill.Bundles.Keys;

namespace Waybill.Bundles;

/// <summary>
/// Whoever has the same secret bytes; specification section 15.3, type 3. Needs no public-key cryptography, so it also withstands computers that break it,
/// but whoever can write can read as well.
/// </summary>
/// <remarks>Safe for concurrent callers. Disposing it clears its copy of the key.</remarks>
public sealed class PresharedKeyRecipient : BundleRecipient, IDisposable
{
    private readonly SecretBytes _key;

    /// <summary>Makes a recipient of a pre-shared key.</summary>
    /// <param name="key">32 to 4 096 random bytes. They are copied. Text that a person chose is a passphrase, see <see cref="PassphraseRecipient"/>.</param>
    /// <param name="scopes">What the recipient will be able to open.</param>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/>: the key is too short or too long.</exception>
    public PresharedKeyRecipient(ReadOnlySpan<byte> key, KeyScopes scopes = KeyScopes.All)
        : base(scopes) => _key = new SecretBytes(PresharedKeyWrap.Copy(key));

    internal override RecipientType Type => RecipientType.PresharedKey;

    /// <summary>Clears the key.</summary>
    public void Dispose() => _key.Dispose();

    internal override ValueTask<WrappedKey> WrapAsync(ReadOnlyMemory<byte> keyBlock, ReadOnlyMemory<byte> context, CancellationToken cancellationToken)
    {
        KeyBlock.Require(keyBlock, Scopes);
        cancellationToken.ThrowIfCancellationRequested();
        byte[] body = _key.Use(key => PresharedKeyWrap.Wrap(key, context.Span, keyBlock.Span));
        return ValueTask.FromResult(new WrappedKey(Type, Scopes, default, body));
    }
}
