using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using Waybill.Bundles.Signing;

namespace Waybill.Bundles.Keys;

/// <summary>A private key as PKCS #8 in DER, made into a key of the base library only while it is used. Disposing it clears it.</summary>
internal sealed class PrivateKeyBytes : IDisposable
{
    // NIST and OWASP ask for as many with this hash; readers take whatever a file says.
    private static readonly PbeParameters s_protection = new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 600_000);

    private readonly SecretBytes _encoded;

    private PrivateKeyBytes(byte[] encoded, SubjectPublicKey publicKey)
    {
        _encoded = new SecretBytes(encoded);
        PublicKey = publicKey;
    }

    public SubjectPublicKey PublicKey { get; }

    /// <summary>Makes a new key on P-256.</summary>
    public static PrivateKeyBytes Generate(KeyPurposes purpose)
    {
        if (purpose == KeyPurposes.Encryption)
        {
            using var agreement = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
            return new PrivateKeyBytes(agreement.ExportPkcs8PrivateKey(), SubjectPublicKey.Of(agreement));
        }

        using var signature = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new PrivateKeyBytes(signature.ExportPkcs8PrivateKey(), SubjectPublicKey.Of(signature));
    }

    /// <summary>Reads PKCS #8 in DER.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/>, or <see cref="WaybillErrorCode.PlatformUnsupported"/>.</exception>
    public static PrivateKeyBytes Import(ReadOnlySpan<byte> encoded, KeyPurposes purposes)
    {
        KeyKind kind = KeyEncoding.KindOf(encoded, isPrivate: true);
        return kind == KeyKind.MlDsa65 ? ImportMlDsa(encoded) : ImportClassical(encoded, kind, purposes);
    }

    private static PrivateKeyBytes ImportClassical(ReadOnlySpan<byte> encoded, KeyKind kind, KeyPurposes purposes)
    {
        Exception? failure = null;
        foreach (Func<AsymmetricAlgorithm> create in kind == KeyKind.Rsa ? [RSA.Create] : Algorithms(purposes))
        {
            using AsymmetricAlgorithm key = create();
            try
            {
                key.ImportPkcs8PrivateKey(encoded, out int read);
                return read == encoded.Length ? Of(key) : throw KeyErrors.Invalid("Something follows the private key");
            }
            catch (CryptographicException e)
            {
                failure = e;
            }
        }

        throw KeyErrors.Invalid("The private key cannot be read: it is damaged or of a kind that is not used", "It must be P-256, P-384, RSA or, to sign, ML-DSA-65.", failure);
    }

    private static PrivateKeyBytes ImportMlDsa(ReadOnlySpan<byte> encoded)
    {
        try
        {
            (byte[] privateKey, byte[] publicKey) = MlDsaKeys.CanonicalPrivate(encoded);
            return new PrivateKeyBytes(privateKey, SubjectPublicKey.Import(publicKey));
        }
        catch (CryptographicException e)
        {
            throw KeyErrors.Invalid("The private key cannot be read: it is damaged", inner: e);
        }
    }

    /// <summary>Reads encrypted PKCS #8 in DER.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/>: most likely the passphrase is wrong; or <see cref="WaybillErrorCode.PlatformUnsupported"/>.</exception>
    public static PrivateKeyBytes Decrypt(ReadOnlySpan<byte> encrypted, ReadOnlySpan<byte> passphrase, KeyPurposes purposes)
    {
        if (KeyEncoding.IsProtectedAsInPkcs12(encrypted))
        {
            throw KeyErrors.Invalid("The private key is protected in an old way that is not used here", "Protect it anew: openssl pkcs8 -topk8 -in OLD -out NEW");
        }

        Exception? failure = null;
        foreach (Func<AsymmetricAlgorithm> create in Algorithms(purposes))
        {
            using AsymmetricAlgorithm key = create();
            try
            {
                key.ImportEncryptedPkcs8PrivateKey(passphrase, encrypted, out int read);
                return read == encrypted.Length ? Of(key) : throw KeyErrors.Invalid("Something follows the private key");
            }
            catch (CryptographicException e)
            {
                failure = e;
            }
        }

        if (TryDecryptMlDsa(encrypted, passphrase) is { } found)
        {
            return found;
        }

        throw KeyErrors.Invalid("The passphrase does not open the private key", "If it is right, the key is protected or made in a way that is not used here.", failure);
    }

    // The base library opens each kind by a door of its own; this one is the last, because it leaves more copies of the key in memory to clear.
    private static PrivateKeyBytes? TryDecryptMlDsa(ReadOnlySpan<byte> encrypted, ReadOnlySpan<byte> passphrase)
    {
        Pkcs8PrivateKeyInfo info;
        try
        {
            info = Pkcs8PrivateKeyInfo.DecryptAndDecode(passphrase, encrypted.ToArray(), out _);
        }
        catch (CryptographicException)
        {
            return null;
        }

        byte[] encoded = info.Encode();
        try
        {
            return info.AlgorithmId.Value == KeyEncoding.MlDsa65Oid ? ImportMlDsa(encoded) : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(encoded);
            CryptographicOperations.ZeroMemory(MemoryMarshal.AsMemory(info.PrivateKeyBytes).Span);
        }
    }

    /// <summary>Uses the key in DER and clears the copy.</summary>
    public T Use<T>(Func<byte[], T> use) => _encoded.Use(use);

    /// <summary>Gets the key in DER; whoever asked clears it.</summary>
    public byte[] Export() => _encoded.Copy();

    /// <summary>Encrypts the key: PBES2 with AES-256-CBC under a key that PBKDF2-HMAC-SHA-256 makes in 600 000 rounds.</summary>
    public byte[] Encrypt(byte[] passphrase)
    {
        if (PublicKey.Kind == KeyKind.MlDsa65)
        {
            return Use(encoded => MlDsaKeys.Encrypt(encoded, passphrase, s_protection));
        }

        using AsymmetricAlgorithm key = PublicKey.Kind == KeyKind.Rsa ? ToRsa() : ToEcdsa();
        return key.ExportEncryptedPkcs8PrivateKey(passphrase, s_protection);
    }

    /// <summary>Makes the key usable; the caller disposes it.</summary>
    public ECDiffieHellman ToAgreement() => Open(ECDiffieHellman.Create());

    /// <summary>Makes the key usable; the caller disposes it.</summary>
    public ECDsa ToEcdsa() => Open(ECDsa.Create());

    /// <summary>Makes the key usable; the caller disposes it.</summary>
    public RSA ToRsa() => Open(RSA.Create());

    public void Dispose() => _encoded.Dispose();

    // What a key was made for is tried first: some platforms mark keys on a curve as being for agreement or for signatures.
    private static Func<AsymmetricAlgorithm>[] Algorithms(KeyPurposes purposes) => purposes == KeyPurposes.Encryption
        ? [ECDiffieHellman.Create, ECDsa.Create, RSA.Create]
        : [ECDsa.Create, ECDiffieHellman.Create, RSA.Create];

    private static PrivateKeyBytes Of(AsymmetricAlgorithm key)
    {
        SubjectPublicKey publicKey = key switch
        {
            ECDiffieHellman agreement => SubjectPublicKey.Of(agreement),
            ECDsa signature => SubjectPublicKey.Of(signature),
            _ => SubjectPublicKey.Of((RSA)key),
        };
        return new PrivateKeyBytes(key.ExportPkcs8PrivateKey(), publicKey);
    }

    private T Open<T>(T key)
        where T : AsymmetricAlgorithm
    {
        byte[] encoded = _encoded.Copy();
        try
        {
            key.ImportPkcs8PrivateKey(encoded, out _);
            return key;
        }
        catch (CryptographicException e)
        {
            key.Dispose();
            throw KeyErrors.Invalid("The private key cannot be used for this on this system", inner: e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(encoded);
        }
    }
}
