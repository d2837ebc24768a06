using System.Globalization;
using System.Security.Cryptography;
using Waybill.Bundles.Signing;

namespace Waybill.Bundles.Keys;

/// <summary>A public key that was checked: named curve P-256 or P-384, RSA of 3 072 to 16 384 bits, or ML-DSA-65.</summary>
internal sealed class SubjectPublicKey
{
    public const int IdSize = 16;

    private const int MinRsaBits = 3072;
    private const int MaxRsaBits = 16384;

    private SubjectPublicKey(KeyKind kind, int bits, byte[] encoded)
    {
        Kind = kind;
        Bits = bits;
        Encoded = encoded;
        Id = SHA256.HashData(encoded)[..IdSize];
    }

    public KeyKind Kind { get; }

    /// <summary>Gets the size of the curve or modulus; 0 if the kind has only one.</summary>
    public int Bits { get; }

    /// <summary>Gets SubjectPublicKeyInfo in DER, encoded as this library does.</summary>
    public byte[] Encoded { get; }

    /// <summary>Gets the key id, spec 15.3.</summary>
    public byte[] Id { get; }

    /// <summary>Gets the id as it is shown: 32 hexadecimal digits.</summary>
    public string IdText => Convert.ToHexStringLower(Id);

    /// <summary>Gets the name of the algorithm as it is shown.</summary>
    public string Algorithm => Kind switch
    {
        KeyKind.P256 => "P-256",
        KeyKind.P384 => "P-384",
        KeyKind.MlDsa65 => "ML-DSA-65",
        _ => string.Create(CultureInfo.InvariantCulture, $"RSA-{Bits}"),
    };

    /// <summary>Reads SubjectPublicKeyInfo in DER.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/>, or <see cref="WaybillErrorCode.PlatformUnsupported"/>.</exception>
    public static SubjectPublicKey Import(ReadOnlySpan<byte> encoded)
    {
        try
        {
            switch (KeyEncoding.KindOf(encoded, isPrivate: false))
            {
                case KeyKind.MlDsa65:
                    return new SubjectPublicKey(KeyKind.MlDsa65, 0, MlDsaKeys.Canonical(encoded));
                case KeyKind.Rsa:
                    using (var rsa = RSA.Create())
                    {
                        rsa.ImportSubjectPublicKeyInfo(encoded, out _);
                        return Of(rsa);
                    }

                default:
                    using (var ec = ECDsa.Create())
                    {
                        ec.ImportSubjectPublicKeyInfo(encoded, out _);
                        return Of(ec);
                    }
            }
        }
        catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException)
        {
            throw KeyErrors.Invalid("The public key cannot be read", inner: e);
        }
    }

    public static SubjectPublicKey Of(ECDsa key) => OfElliptic(key.ExportParameters(includePrivateParameters: false), key.ExportSubjectPublicKeyInfo());

    public static SubjectPublicKey Of(ECDiffieHellman key) => OfElliptic(key.ExportParameters(includePrivateParameters: false), key.ExportSubjectPublicKeyInfo());

    public static SubjectPublicKey Of(RSA key)
    {
        // Of the modulus itself, because implementations may round their key size.
        RSAParameters parameters = key.ExportParameters(includePrivateParameters: false);
        int bits = (int)new System.Numerics.BigInteger(parameters.Modulus!, isUnsigned: true, isBigEndian: true).GetBitLength();
        if (bits is < MinRsaBits or > MaxRsaBits)
        {
            throw KeyErrors.Invalid($"An RSA key of {bits} bits is not used: it must have {MinRsaBits} to {MaxRsaBits}", "Make another key: 'waybill key new --out FILE'.");
        }

        var exponent = new System.Numerics.BigInteger(parameters.Exponent!, isUnsigned: true, isBigEndian: true);
        if (exponent < 3 || exponent.IsEven)
        {
            throw KeyErrors.Invalid("The RSA key has an exponent that encrypts nothing");
        }

        return new SubjectPublicKey(KeyKind.Rsa, bits, key.ExportSubjectPublicKeyInfo());
    }

    /// <summary>Gets the key as a point of P-256.</summary>
    public byte[] ToPoint()
    {
        using var key = ECDiffieHellman.Create();
        key.ImportSubjectPublicKeyInfo(Encoded, out _);
        return P256Point.Export(key);
    }

    /// <summary>Gets the key for RSA; the caller disposes it.</summary>
    public RSA ToRsa()
    {
        var rsa = RSA.Create();
        rsa.ImportSubjectPublicKeyInfo(Encoded, out _);
        return rsa;
    }

    private static SubjectPublicKey OfElliptic(ECParameters parameters, byte[] encoded)
    {
        (KeyKind kind, int bits) = KeyEncoding.CurveOf(parameters.Curve) switch
        {
            256 => (KeyKind.P256, 256),
            384 => (KeyKind.P384, 384),
            _ => throw Unsupported(),
        };
        var key = new SubjectPublicKey(kind, bits, encoded);
        return kind != KeyKind.P256 || P256Point.IsValid(key.ToPoint()) ? key : throw KeyErrors.Invalid("The public key is not a point of its curve");
    }

    private static WaybillException Unsupported() => KeyErrors.Invalid(
        "The key is of a kind that is not used: it must be P-256, P-384 or RSA", "Make another key: 'waybill key new --out FILE'.");
}
