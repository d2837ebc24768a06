using System.Formats.Asn1;
using System.Security.Cryptography;

namespace Waybill.Bundles.Keys;

/// <summary>The little of ASN.1 that is needed to tell what a key is before it is imported.</summary>
internal static class KeyEncoding
{
    private const string P256Oid = "1.2.840.10045.3.1.7";
    private const string P384Oid = "1.3.132.0.34";

    /// <summary>Gets the object identifier of the algorithm in SubjectPublicKeyInfo (RFC 5280).</summary>
    /// <exception cref="CryptographicException">The bytes are something else.</exception>
    public static string AlgorithmOfPublicKey(ReadOnlySpan<byte> encoded) => AlgorithmOf(encoded, hasVersion: false);

    /// <summary>Gets the object identifier of the algorithm in PrivateKeyInfo (PKCS #8, RFC 5208).</summary>
    /// <exception cref="CryptographicException">The bytes are something else.</exception>
    public static string AlgorithmOfPrivateKey(ReadOnlySpan<byte> encoded) => AlgorithmOf(encoded, hasVersion: true);

    /// <summary>Gets the size of a named curve in bits; 0 if it is none that is used here, or spelled out instead of named.</summary>
    public static int CurveOf(ECCurve curve) => !curve.IsNamed ? 0 : curve.Oid switch
    {
        { Value: P256Oid } or { FriendlyName: "nistP256" or "ECDSA_P256" or "ECDH_P256" } => 256,
        { Value: P384Oid } or { FriendlyName: "nistP384" or "ECDSA_P384" or "ECDH_P384" } => 384,
        _ => 0,
    };

    private static string AlgorithmOf(ReadOnlySpan<byte> encoded, bool hasVersion)
    {
        try
        {
            AsnDecoder.ReadSequence(encoded, AsnEncodingRules.DER, out int offset, out int length, out _);
            ReadOnlySpan<byte> rest = encoded.Slice(offset, length);
            if (hasVersion)
            {
                AsnDecoder.ReadIntegerBytes(rest, AsnEncodingRules.DER, out int version);
                rest = rest[version..];
            }

            AsnDecoder.ReadSequence(rest, AsnEncodingRules.DER, out offset, out length, out _);
            return AsnDecoder.ReadObjectIdentifier(rest.Slice(offset, length), AsnEncodingRules.DER, out _);
        }
        catch (AsnContentException e)
        {
            throw new CryptographicException("The bytes are not a key.", e);
        }
    }
}
