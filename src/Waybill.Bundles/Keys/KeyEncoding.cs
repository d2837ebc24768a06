using System.Formats.Asn1;
using System.Security.Cryptography;

namespace Waybill.Bundles.Keys;

/// <summary>The little of ASN.1 that is needed to tell what a key is before it is imported, and to refuse what the specification does not allow.</summary>
internal static class KeyEncoding
{
    public const string MlDsa65Oid = "2.16.840.1.101.3.4.3.18";

    private const string Pkcs12SchemesOid = "1.2.840.113549.1.12.1.";
    private const string RsaOid = "1.2.840.113549.1.1.1";
    private const string EllipticOid = "1.2.840.10045.2.1";
    private const string P256Oid = "1.2.840.10045.3.1.7";
    private const string P384Oid = "1.3.132.0.34";

    /// <summary>Reads the AlgorithmIdentifier in SubjectPublicKeyInfo (RFC 5280), or with <paramref name="isPrivate"/> in PrivateKeyInfo (PKCS #8, RFC 5208).</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/>: no key, or of a kind or on a curve that is not used.</exception>
    public static KeyKind KindOf(ReadOnlySpan<byte> encoded, bool isPrivate)
    {
        try
        {
            ReadOnlySpan<byte> rest = ReadSequence(encoded, out int read);
            if (read != encoded.Length)
            {
                throw KeyErrors.Invalid("The key is not valid DER: something follows it");
            }

            if (isPrivate)
            {
                AsnDecoder.ReadIntegerBytes(rest, AsnEncodingRules.BER, out int version);
                rest = rest[version..];
            }

            ReadOnlySpan<byte> identifier = ReadSequence(rest, out _);
            string algorithm = AsnDecoder.ReadObjectIdentifier(identifier, AsnEncodingRules.BER, out read);
            return algorithm switch
            {
                RsaOid => KeyKind.Rsa,
                EllipticOid => KindOfCurve(identifier[read..]),
                MlDsa65Oid => KeyKind.MlDsa65,
                _ => throw KeyErrors.Invalid($"Keys of this kind are not used ({algorithm})", "It must be P-256, P-384, RSA or, to sign, ML-DSA-65."),
            };
        }
        catch (AsnContentException e)
        {
            throw KeyErrors.Invalid("The key is not valid DER", inner: e);
        }
    }

    /// <summary>Says whether encrypted PKCS #8 is protected by a scheme of PKCS #12 (RFC 7292), which takes passphrases as UTF-16 and not as bytes.</summary>
    public static bool IsProtectedAsInPkcs12(ReadOnlySpan<byte> encrypted)
    {
        try
        {
            ReadOnlySpan<byte> identifier = ReadSequence(ReadSequence(encrypted, out _), out _);
            return AsnDecoder.ReadObjectIdentifier(identifier, AsnEncodingRules.BER, out _).StartsWith(Pkcs12SchemesOid, StringComparison.Ordinal);
        }
        catch (AsnContentException)
        {
            return false; // whoever decrypts it finds out what it is
        }
    }

    /// <summary>Gets the size of a named curve in bits; 0 if it is none that is used here, or spelled out instead of named.</summary>
    public static int CurveOf(ECCurve curve) => !curve.IsNamed ? 0 : curve.Oid switch
    {
        { Value: P256Oid } or { FriendlyName: "nistP256" or "ECDSA_P256" or "ECDH_P256" } => 256,
        { Value: P384Oid } or { FriendlyName: "nistP384" or "ECDSA_P384" or "ECDH_P384" } => 384,
        _ => 0,
    };

    // Anything but a name is a curve described by numbers, which nobody can trust at sight.
    private static KeyKind KindOfCurve(ReadOnlySpan<byte> parameters)
    {
        bool isNamed = !parameters.IsEmpty && Asn1Tag.Decode(parameters, out _).HasSameClassAndValue(Asn1Tag.ObjectIdentifier);
        return (isNamed ? AsnDecoder.ReadObjectIdentifier(parameters, AsnEncodingRules.BER, out _) : null) switch
        {
            P256Oid => KeyKind.P256,
            P384Oid => KeyKind.P384,
            _ => throw KeyErrors.Invalid("The curve of the key is neither P-256 nor P-384", "Make another key: 'waybill key new --out FILE'."),
        };
    }

    private static ReadOnlySpan<byte> ReadSequence(ReadOnlySpan<byte> encoded, out int read)
    {
        AsnDecoder.ReadSequence(encoded, AsnEncodingRules.BER, out int offset, out int length, out read);
        return encoded.Slice(offset, length);
    }
}
