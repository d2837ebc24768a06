using System.Security.Cryptography;

namespace Waybill.Bundles.Signing;

/// <summary>A private key in this process: what it signs with, its public half, and what is disposed with it.</summary>
internal sealed record SigningKey(byte[] SubjectPublicKeyInfo, SigningKey.Function Sign, IDisposable? Owned)
{
    /// <summary>Signs data, hashing it first as the algorithm says.</summary>
    internal delegate byte[] Function(ReadOnlySpan<byte> data);

    public static SigningKey Of(ECDsa key, bool owned)
    {
        byte[] publicKey = key.ExportSubjectPublicKeyInfo();
        HashAlgorithmName hash = TrustedKey.HashOf(KeyKind.Of(publicKey, isPrivate: false));
        return new SigningKey(publicKey, data => key.SignData(data, hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation), owned ? key : null);
    }

    public static SigningKey Of(RSA key, bool owned) =>
        new(key.ExportSubjectPublicKeyInfo(), data => key.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pss), owned ? key : null);

    /// <summary>Reads PEM with one private key in PKCS #8.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/>, or <see cref="WaybillErrorCode.PlatformUnsupported"/>.</exception>
    public static SigningKey FromPem(ReadOnlySpan<char> pem, ReadOnlySpan<char> passphrase)
    {
        byte[] info = PemKeys.ReadPrivateKey(pem, passphrase);
        try
        {
            switch (KeyKind.Of(info, isPrivate: true))
            {
                case SignatureAlgorithm.MlDsa65:
                    return MlDsaKeys.ImportPrivate(info);
                case SignatureAlgorithm.RsaPssSha256:
                    var rsa = RSA.Create();
                    return Import(rsa, info, key => Of(key, owned: true));
                default:
                    var ecdsa = ECDsa.Create();
                    return Import(ecdsa, info, key => Of(key, owned: true));
            }
        }
        catch (CryptographicException e)
        {
            throw KeyErrors.Invalid("The private key cannot be read", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(info);
        }
    }

    private static SigningKey Import<T>(T key, ReadOnlySpan<byte> info, Func<T, SigningKey> make)
        where T : AsymmetricAlgorithm
    {
        try
        {
            key.ImportPkcs8PrivateKey(info, out _);
            return make(key);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }
}
