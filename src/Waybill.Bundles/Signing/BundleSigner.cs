using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Waybill.Bundles.Keys;
using Waybill.Bundles.Signing;

namespace Waybill.Bundles;

/// <summary>Something that signs statements about bundles: a private key in this process, or the right to use one in a key service or a hardware module.</summary>
/// <remarks>
/// Safe for concurrent callers. To sign elsewhere derive from it: the public key goes to the constructor, and <see cref="SignAsync"/> returns a signature
/// in the form of specification section 16.1. Each signature is verified before it is used.
/// </remarks>
public abstract class BundleSigner : IDisposable
{
    private readonly TimestampAuthority? _timestampAuthority;

    /// <summary>Makes a signer.</summary>
    /// <param name="publicKey">The public half of the key that signs; it decides the algorithm.</param>
    /// <param name="certificates">The certificates that travel with each signature, the signer's first, then those that issued it, without the root; at most 8.
    /// They stay the caller's.</param>
    /// <param name="timestampAuthority">Who confirms the time of each signature, so that it outlives its certificate; nobody if <see langword="null"/>.
    /// Stays the caller's.</param>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/> (WB1708): the first certificate is not that of the key.</exception>
    /// <exception cref="ArgumentException">There are more than 8 certificates.</exception>
    protected BundleSigner(TrustedKey publicKey, IEnumerable<X509Certificate2>? certificates = null, TimestampAuthority? timestampAuthority = null)
    {
        ArgumentNullException.ThrowIfNull(publicKey);
        PublicKey = publicKey;
        _timestampAuthority = timestampAuthority;
        List<X509Certificate2> list = [.. certificates ?? []];
        if (list.Count > SignatureLimits.MaxCertificates)
        {
            throw new ArgumentException($"A signature carries at most {SignatureLimits.MaxCertificates} certificates, not {list.Count}.", nameof(certificates));
        }

        if (list.Count > 0 && !TrustedKey.FromCertificate(list[0]).Equals(publicKey))
        {
            throw KeyErrors.Invalid("The first certificate is not that of the key that signs");
        }

        Certificates = [.. list.Select(c => (ReadOnlyMemory<byte>)c.RawData)];
    }

    /// <summary>Gets the public half of the key: what a verifier has to trust.</summary>
    public TrustedKey PublicKey { get; }

    /// <summary>Gets the algorithm, which the key decides.</summary>
    public SignatureAlgorithm Algorithm => PublicKey.Algorithm;

    /// <summary>Gets the id of the key as 32 lower-case hexadecimal digits.</summary>
    public string KeyId => PublicKey.KeyId;

    /// <summary>Gets the certificates in DER that travel with each signature, the signer's first.</summary>
    public ImmutableArray<ReadOnlyMemory<byte>> Certificates { get; }

    /// <summary>Signs with a private key of this process.</summary>
    /// <param name="key">A key on P-256 or P-384. Stays the caller's, and must not be disposed before the signer is done.</param>
    /// <param name="certificates">The certificates that travel with each signature, the signer's first; at most 8.</param>
    /// <param name="timestampAuthority">Who confirms the time of each signature, if anybody.</param>
    /// <returns>The signer.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/> (WB1708): another curve, or a certificate of another key.</exception>
    public static BundleSigner FromPrivateKey(ECDsa key, IEnumerable<X509Certificate2>? certificates = null, TimestampAuthority? timestampAuthority = null)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new PrivateKeySigner(SigningKey.Of(key, owned: false), certificates, timestampAuthority);
    }

    /// <summary>Signs with a private key of this process.</summary>
    /// <param name="key">A key of 3 072 bits or more. Stays the caller's, and must not be disposed before the signer is done.</param>
    /// <param name="certificates">The certificates that travel with each signature, the signer's first; at most 8.</param>
    /// <param name="timestampAuthority">Who confirms the time of each signature, if anybody.</param>
    /// <returns>The signer.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/> (WB1708): the key is too weak, or a certificate is that of another key.</exception>
    public static BundleSigner FromPrivateKey(RSA key, IEnumerable<X509Certificate2>? certificates = null, TimestampAuthority? timestampAuthority = null)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new PrivateKeySigner(SigningKey.Of(key, owned: false), certificates, timestampAuthority);
    }

    /// <summary>Signs with a private key of this process.</summary>
    /// <param name="key">An ML-DSA-65 key. Stays the caller's, and must not be disposed before the signer is done.</param>
    /// <param name="certificates">The certificates that travel with each signature, the signer's first; at most 8.</param>
    /// <param name="timestampAuthority">Who confirms the time of each signature, if anybody.</param>
    /// <returns>The signer.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/> (WB1708): another parameter set, or a certificate of another key.
    /// <see cref="WaybillErrorCode.PlatformUnsupported"/> (WB1608): the system has no such algorithm.</exception>
    [Experimental("SYSLIB5006")]
    public static BundleSigner FromPrivateKey(MLDsa key, IEnumerable<X509Certificate2>? certificates = null, TimestampAuthority? timestampAuthority = null)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new PrivateKeySigner(MlDsaKeys.Of(key, owned: false), certificates, timestampAuthority);
    }

    /// <summary>Signs with the private key of a PEM text; certificates in the same text travel with each signature.</summary>
    /// <param name="pem">The text: one private key in PKCS #8, encrypted or not, and any certificates, the signer's first.</param>
    /// <param name="passphrase">Opens an encrypted key.</param>
    /// <param name="timestampAuthority">Who confirms the time of each signature, if anybody.</param>
    /// <returns>The signer, which owns the key: disposing it clears the key.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/> (WB1708): no key or several, another kind, too weak, the passphrase missing or wrong.
    /// <see cref="WaybillErrorCode.PlatformUnsupported"/> (WB1608): an ML-DSA-65 key where the system has no such algorithm.</exception>
    public static BundleSigner FromPem(ReadOnlySpan<char> pem, ReadOnlySpan<char> passphrase = default, TimestampAuthority? timestampAuthority = null)
    {
        List<X509Certificate2> certificates = [];
        SigningKey key = SigningKey.FromPem(pem, passphrase);
        try
        {
            certificates.AddRange(PemKeys.ReadCertificates(pem).Select(c => X509CertificateLoader.LoadCertificate(c)));
            return new PrivateKeySigner(key, certificates, timestampAuthority);
        }
        catch (Exception e)
        {
            key.Owned?.Dispose();
            throw e is CryptographicException ? KeyErrors.Invalid("A certificate beside the key cannot be read", inner: e) : e;
        }
        finally
        {
            certificates.ForEach(c => c.Dispose());
        }
    }

    /// <summary>Signs data.</summary>
    /// <param name="data">What is signed, not yet hashed; up to about 1 MiB, in practice some hundred bytes. Borrowed until the task ends.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The signature in the form of <see cref="Algorithm"/>, specification section 16.1: for ECDSA r ‖ s, never DER.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyServiceFailed"/> (WB1709): a key service did not answer or refused.</exception>
    public abstract ValueTask<ReadOnlyMemory<byte>> SignAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default);

    /// <summary>Converts an ECDSA signature from DER, the form in which many key services give it, to r ‖ s.</summary>
    /// <param name="signature">The signature, a SEQUENCE of two INTEGERs in DER.</param>
    /// <returns>64 bytes for P-256, 96 for P-384.</returns>
    /// <exception cref="InvalidOperationException">The key is not for ECDSA.</exception>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyServiceFailed"/> (WB1709): it is not such a signature.</exception>
    protected ReadOnlyMemory<byte> FromDer(ReadOnlyMemory<byte> signature) => EcdsaSignature.FromDer(signature, Algorithm switch
    {
        SignatureAlgorithm.EcdsaP256Sha256 => 32,
        SignatureAlgorithm.EcdsaP384Sha384 => 48,
        _ => throw new InvalidOperationException($"A signature of {Algorithm.ToName()} is not in DER."),
    });

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Signs the statement and has the time confirmed. What does not verify is never given out.</summary>
    internal async ValueTask<StatementSignature> SignStatementAsync(ReadOnlyMemory<byte> preAuthenticationEncoding, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> signature = await SignAsync(preAuthenticationEncoding, cancellationToken).ConfigureAwait(false);
        if (!PublicKey.Verify(preAuthenticationEncoding.Span, signature.Span))
        {
            throw new WaybillException(WaybillErrorCode.KeyServiceFailed, $"A signature does not verify under the key {PublicKey} that should have made it");
        }

        ReadOnlyMemory<byte> token = _timestampAuthority is null
            ? default
            : await TimestampTokens.RequestAsync(_timestampAuthority, signature, cancellationToken).ConfigureAwait(false);
        return new StatementSignature(Algorithm.ToName(), PublicKey.KeyIdBytes, signature, Certificates, token);
    }

    /// <summary>Clears what the signer holds.</summary>
    /// <param name="disposing">Whether it is called by <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}
