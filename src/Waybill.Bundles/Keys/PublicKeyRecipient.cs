using System.Security.Cryptography;
using Waybill.Bundles.Keys;

namespace Waybill.Bundles;

/// <summary>
/// The owner of a private key, known by its public key: P-256 (HPKE, RFC 9180) or RSA of at least 3 072 bits (OAEP with SHA-256);
/// specification section 15.3, types 1 and 2.
/// </summary>
/// <remarks>Holds nothing secret. Safe for concurrent callers.</remarks>
public sealed class PublicKeyRecipient : BundleRecipient
{
    private readonly SubjectPublicKey _key;

    internal PublicKeyRecipient(SubjectPublicKey key, KeyScopes scopes)
        : base(scopes)
    {
        _key = key.Kind is KeyKind.P256 or KeyKind.Rsa
            ? key
            : throw KeyErrors.Invalid($"A {key.Algorithm} key cannot be a recipient: P-256 and RSA can", "Make a key for it: 'waybill key new --out FILE'.");
    }

    /// <summary>Gets the id of the key: 32 hexadecimal digits, the first 16 bytes of SHA-256 of its SubjectPublicKeyInfo.</summary>
    public string KeyId => _key.IdText;

    /// <summary>Gets the algorithm, such as <c>P-256</c> or <c>RSA-3072</c>.</summary>
    public string Algorithm => _key.Algorithm;

    internal override RecipientType Type => _key.Kind == KeyKind.P256 ? RecipientType.P256Hpke : RecipientType.RsaOaep256;

    /// <summary>Makes a recipient of a public key in DER.</summary>
    /// <param name="subjectPublicKeyInfo">X.509 SubjectPublicKeyInfo and nothing behind it; P-256 by name, its point uncompressed.</param>
    /// <param name="scopes">What the recipient will be able to open.</param>
    /// <returns>The recipient.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/>: the bytes are something else, or the key is of another kind or too weak.</exception>
    public static PublicKeyRecipient FromSubjectPublicKeyInfo(ReadOnlySpan<byte> subjectPublicKeyInfo, KeyScopes scopes = KeyScopes.All) =>
        new(SubjectPublicKey.Import(subjectPublicKeyInfo), scopes);

    /// <summary>Makes a recipient of a loaded key; a private part is not kept.</summary>
    /// <param name="key">A key on P-256. It is not needed afterwards.</param>
    /// <param name="scopes">What the recipient will be able to open.</param>
    /// <returns>The recipient.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/>: the curve is another one.</exception>
    public static PublicKeyRecipient FromKey(ECDiffieHellman key, KeyScopes scopes = KeyScopes.All)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new PublicKeyRecipient(SubjectPublicKey.Of(key), scopes);
    }

    /// <summary>Makes a recipient of a loaded key; a private part is not kept.</summary>
    /// <param name="key">A key of 3 072 to 16 384 bits. It is not needed afterwards.</param>
    /// <param name="scopes">What the recipient will be able to open.</param>
    /// <returns>The recipient.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/>: the key is too weak.</exception>
    public static PublicKeyRecipient FromKey(RSA key, KeyScopes scopes = KeyScopes.All)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new PublicKeyRecipient(SubjectPublicKey.Of(key), scopes);
    }

    /// <summary>Makes a recipient of a public key in PEM, as <see cref="KeyFile.ToRecipient"/> does.</summary>
    /// <param name="pem">A <c>PUBLIC KEY</c> or <c>CERTIFICATE</c>; of several the one that is labelled as an encryption key.</param>
    /// <param name="scopes">What the recipient will be able to open.</param>
    /// <returns>The recipient.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/>: there is no such key, or it is of another kind or too weak.</exception>
    public static PublicKeyRecipient FromPem(ReadOnlySpan<char> pem, KeyScopes scopes = KeyScopes.All)
    {
        using KeyFile file = KeyFile.Parse(pem);
        return file.ToRecipient(scopes);
    }

    internal override ValueTask<WrappedKey> WrapAsync(ReadOnlyMemory<byte> keyBlock, ReadOnlyMemory<byte> context, CancellationToken cancellationToken)
    {
        KeyBlock.Require(keyBlock, Scopes);
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(new WrappedKey(Type, Scopes, _key.Id, Wrap(keyBlock.Span, context.Span)));
    }

    private byte[] Wrap(ReadOnlySpan<byte> keyBlock, ReadOnlySpan<byte> context)
    {
        if (_key.Kind == KeyKind.P256)
        {
            return Hpke.Seal(_key.ToPoint(), context, keyBlock);
        }

        using RSA rsa = _key.ToRsa();
        return RsaKeyWrap.Wrap(rsa, context, keyBlock);
    }
}
