using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Waybill.Bundles.Keys;
using Waybill.Bundles.Signing;

namespace Waybill.Bundles;

/// <summary>A public key whose signatures count, and the one algorithm it counts with (specification section 16.1).</summary>
/// <remarks>Immutable, safe for concurrent callers. Two keys are equal if they are the same key, however they were given.</remarks>
public sealed class TrustedKey : IEquatable<TrustedKey>
{
    private readonly byte[] _publicKey;
    private readonly Digest _fingerprint;

    private TrustedKey(SubjectPublicKey key)
    {
        Algorithm = key.Kind switch
        {
            KeyKind.P256 => SignatureAlgorithm.EcdsaP256Sha256,
            KeyKind.P384 => SignatureAlgorithm.EcdsaP384Sha384,
            KeyKind.MlDsa65 => SignatureAlgorithm.MlDsa65,
            _ => SignatureAlgorithm.RsaPssSha256,
        };
        _publicKey = key.Encoded;
        _fingerprint = Digest.Of(_publicKey);
        KeyIdBytes = key.Id;
    }

    /// <summary>Gets the algorithm that belongs to the key. Signatures made with another one do not count.</summary>
    public SignatureAlgorithm Algorithm { get; }

    /// <summary>Gets the id of the key: the first 16 bytes of SHA-256 of its SubjectPublicKeyInfo, as 32 lower-case hexadecimal digits.</summary>
    public string KeyId => Convert.ToHexStringLower(KeyIdBytes);

    /// <summary>Gets the public key as a SubjectPublicKeyInfo in DER.</summary>
    public ReadOnlyMemory<byte> SubjectPublicKeyInfo => _publicKey;

    internal byte[] KeyIdBytes { get; }

    /// <summary>Takes a public key in DER.</summary>
    /// <param name="subjectPublicKeyInfo">The SubjectPublicKeyInfo: P-256, P-384, RSA of 3 072 to 16 384 bits, or ML-DSA-65.</param>
    /// <returns>The key.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/> (WB1708): no key, another kind or curve, or too weak.
    /// <see cref="WaybillErrorCode.PlatformUnsupported"/> (WB1608): an ML-DSA-65 key where the system has no such algorithm.</exception>
    public static TrustedKey FromSubjectPublicKeyInfo(ReadOnlySpan<byte> subjectPublicKeyInfo) =>

        // One key can be written in several ways; written again it has one id, and counts once.
        new(SubjectPublicKey.Import(subjectPublicKeyInfo));

    /// <summary>Takes the one public key or certificate of a PEM text.</summary>
    /// <param name="pem">The text. Of a certificate only the key counts, neither its dates nor who issued it.</param>
    /// <returns>The key.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/> (WB1708): none, several, a private key, another kind or curve, or too weak.
    /// <see cref="WaybillErrorCode.PlatformUnsupported"/> (WB1608): an ML-DSA-65 key where the system has no such algorithm.</exception>
    public static TrustedKey FromPem(ReadOnlySpan<char> pem)
    {
        (bool isCertificate, byte[] content) = PemKeys.ReadPublic(pem);
        if (!isCertificate)
        {
            return FromSubjectPublicKeyInfo(content);
        }

        try
        {
            using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(content);
            return FromCertificate(certificate);
        }
        catch (CryptographicException e)
        {
            throw KeyErrors.Invalid("The certificate cannot be read", inner: e);
        }
    }

    /// <summary>Takes the public key of a certificate. Neither its dates nor who issued it count; for those see <see cref="TrustPolicy.WithCertificateRoots"/>.</summary>
    /// <param name="certificate">The certificate; stays the caller's.</param>
    /// <returns>The key.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/> (WB1708): another kind or curve, or too weak.
    /// <see cref="WaybillErrorCode.PlatformUnsupported"/> (WB1608): an ML-DSA-65 key where the system has no such algorithm.</exception>
    public static TrustedKey FromCertificate(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return FromSubjectPublicKeyInfo(certificate.PublicKey.ExportSubjectPublicKeyInfo());
    }

    /// <inheritdoc/>
    public bool Equals(TrustedKey? other) => other is not null && _fingerprint == other._fingerprint;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TrustedKey);

    /// <inheritdoc/>
    public override int GetHashCode() => _fingerprint.GetHashCode();

    /// <summary>Gets algorithm and id.</summary>
    /// <returns>Text such as <c>ecdsa-p256-sha256:00112233445566778899aabbccddeeff</c>.</returns>
    public override string ToString() => $"{Algorithm.ToName()}:{KeyId}";

    /// <summary>Verifies a signature. The algorithm is the key's; a signature of another form is just not valid.</summary>
    internal bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        try
        {
            return Algorithm switch
            {
                SignatureAlgorithm.MlDsa65 => MlDsaKeys.Verify(_publicKey, data, signature),
                SignatureAlgorithm.RsaPssSha256 => VerifyRsa(data, signature),
                _ => VerifyEcdsa(data, signature),
            };
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private bool VerifyEcdsa(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(_publicKey, out _);
        return signature.Length == key.GetMaxSignatureSize(DSASignatureFormat.IeeeP1363FixedFieldConcatenation)
            && key.VerifyData(data, signature, Algorithm == SignatureAlgorithm.EcdsaP384Sha384 ? HashAlgorithmName.SHA384 : HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    private bool VerifyRsa(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        using var key = RSA.Create();
        key.ImportSubjectPublicKeyInfo(_publicKey, out _);
        return signature.Length == (key.KeySize + 7) / 8 && key.VerifyData(data, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pss);
    }
}
