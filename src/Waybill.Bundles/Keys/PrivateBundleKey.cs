using System.Security.Cryptography;
using Waybill.Bundles.Keys;

namespace Waybill.Bundles;

/// <summary>A private key that opens bundles made for its public key: P-256 or RSA of at least 3 072 bits; specification section 15.3, types 1 and 2.</summary>
public sealed class PrivateBundleKey : BundleKey
{
    private readonly AsymmetricAlgorithm _key;
    private readonly SubjectPublicKey _publicKey;
    private readonly Lock _lock = new();
    private bool _disposed;

    private PrivateBundleKey(AsymmetricAlgorithm key, SubjectPublicKey publicKey)
    {
        _publicKey = publicKey.Kind is KeyKind.P256 or KeyKind.Rsa
            ? publicKey
            : throw KeyErrors.Invalid($"A {publicKey.Algorithm} key cannot open bundles: P-256 and RSA can");
        _key = key;
    }

    /// <summary>Gets the id of the key: 32 hexadecimal digits, the first 16 bytes of SHA-256 of its SubjectPublicKeyInfo.</summary>
    public string KeyId => _publicKey.IdText;

    /// <summary>Gets the algorithm, such as <c>P-256</c> or <c>RSA-3072</c>.</summary>
    public string Algorithm => _publicKey.Algorithm;

    /// <summary>Makes a key of a loaded one, which may live in hardware.</summary>
    /// <param name="key">A key on P-256 with its private part. If the call succeeds it belongs to the result and is disposed with it; nobody else may use it meanwhile.</param>
    /// <returns>The key; the caller disposes it.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/>: the curve is another one.</exception>
    public static PrivateBundleKey FromKey(ECDiffieHellman key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new PrivateBundleKey(key, SubjectPublicKey.Of(key));
    }

    /// <summary>Makes a key of a loaded one, which may live in hardware.</summary>
    /// <param name="key">A key of 3 072 to 16 384 bits with its private part. If the call succeeds it belongs to the result and is disposed with it; nobody else may use it meanwhile.</param>
    /// <returns>The key; the caller disposes it.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/>: the key is too weak.</exception>
    public static PrivateBundleKey FromKey(RSA key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new PrivateBundleKey(key, SubjectPublicKey.Of(key));
    }

    /// <summary>Makes a key of a private key in PEM, as <see cref="KeyFile.ToBundleKey"/> does.</summary>
    /// <param name="pem">A <c>PRIVATE KEY</c> or <c>ENCRYPTED PRIVATE KEY</c>; of several the one that is labelled as an encryption key.</param>
    /// <param name="passphrase">The passphrase, if the key is encrypted.</param>
    /// <returns>The key; the caller disposes it.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/>: there is no such key, it is of another kind or too weak, or the passphrase is missing or wrong.</exception>
    public static PrivateBundleKey FromPem(ReadOnlySpan<char> pem, ReadOnlySpan<char> passphrase = default)
    {
        using KeyFile file = KeyFile.Parse(pem);
        if (file.IsLocked && !passphrase.IsEmpty)
        {
            file.Unlock(passphrase);
        }

        return file.ToBundleKey();
    }

    // The hint is not looked at: it proves nothing, and a bundle whose hint was changed is better called changed than without a key.
    internal override ValueTask<byte[]?> TryUnwrapAsync(WrappedKey wrapped, ReadOnlyMemory<byte> context, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int size = KeyBlock.SizeOf(wrapped.Scopes);
        RecipientType type = _key is RSA ? RecipientType.RsaOaep256 : RecipientType.P256Hpke;
        return ValueTask.FromResult(size == 0 || wrapped.Type != type ? null : Unwrap(wrapped.Body.Span, context.Span, size));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        lock (_lock)
        {
            _disposed = true;
            _key.Dispose();
        }

        base.Dispose(disposing);
    }

    private byte[]? Unwrap(ReadOnlySpan<byte> body, ReadOnlySpan<byte> context, int size)
    {
        // The base library does not promise that its keys can be used by several threads at once.
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _key switch
            {
                RSA rsa => RsaKeyWrap.Unwrap(rsa, _publicKey.Bits, context, body, size),
                ECDiffieHellman key when body.Length == Hpke.Overhead + size => Hpke.Open(key, context, body),
                _ => null,
            };
        }
    }
}
