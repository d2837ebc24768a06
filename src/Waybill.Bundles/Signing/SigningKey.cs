using System.Security.Cryptography;
using Waybill.Bundles.Keys;

namespace Waybill.Bundles.Signing;

/// <summary>A private key in this process: what it signs with, its public half, and what is disposed with it.</summary>
internal sealed record SigningKey(byte[] SubjectPublicKeyInfo, SigningKey.Function Sign, IDisposable? Owned)
{
    /// <summary>Signs data, hashing it first as the algorithm says.</summary>
    internal delegate byte[] Function(ReadOnlySpan<byte> data);

    public static SigningKey Of(ECDsa key, bool owned)
    {
        byte[] publicKey = key.ExportSubjectPublicKeyInfo();
        HashAlgorithmName hash = KeyEncoding.KindOf(publicKey, isPrivate: false) == KeyKind.P384 ? HashAlgorithmName.SHA384 : HashAlgorithmName.SHA256;
        return new SigningKey(publicKey, data => key.SignData(data, hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation), owned ? key : null);
    }

    public static SigningKey Of(RSA key, bool owned) =>
        new(key.ExportSubjectPublicKeyInfo(), data => key.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pss), owned ? key : null);

    /// <summary>Makes a stored key usable. It owns a key of its own.</summary>
    public static SigningKey Of(PrivateKeyBytes key) => key.PublicKey.Kind switch
    {
        KeyKind.MlDsa65 => key.Use(MlDsaKeys.ImportPrivate),
        KeyKind.Rsa => Of(key.ToRsa(), owned: true),
        _ => Of(key.ToEcdsa(), owned: true),
    };

    /// <summary>Reads PEM with one private key in PKCS #8.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/>, or <see cref="WaybillErrorCode.PlatformUnsupported"/>.</exception>
    public static SigningKey FromPem(ReadOnlySpan<char> pem, ReadOnlySpan<char> passphrase)
    {
        using PrivateKeyBytes key = PemKeys.ReadPrivateKey(pem, passphrase);
        return Of(key);
    }
}
