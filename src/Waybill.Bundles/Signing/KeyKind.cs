using System.Formats.Asn1;

namespace Waybill.Bundles.Signing;

/// <summary>Tells from the AlgorithmIdentifier of a key what it is for, and refuses what the specification does not allow.</summary>
internal static class KeyKind
{
    private const string EllipticCurve = "1.2.840.10045.2.1";
    private const string P256 = "1.2.840.10045.3.1.7";
    private const string P384 = "1.3.132.0.34";
    private const string Rsa = "1.2.840.113549.1.1.1";
    private const string MlDsa65 = "2.16.840.1.101.3.4.3.18";

    /// <summary>Reads a SubjectPublicKeyInfo, or with <paramref name="isPrivate"/> a PKCS #8 PrivateKeyInfo.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/>: no key, or of a kind that is not supported.</exception>
    public static SignatureAlgorithm Of(ReadOnlyMemory<byte> key, bool isPrivate)
    {
        try
        {
            var outer = new AsnReader(key, AsnEncodingRules.BER);
            AsnReader inner = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            if (isPrivate)
            {
                inner.ReadInteger();
            }

            AsnReader identifier = inner.ReadSequence();
            string algorithm = identifier.ReadObjectIdentifier();
            return (algorithm, algorithm == EllipticCurve ? CurveOf(identifier) : null) switch
            {
                (EllipticCurve, P256) => SignatureAlgorithm.EcdsaP256Sha256,
                (EllipticCurve, P384) => SignatureAlgorithm.EcdsaP384Sha384,
                (EllipticCurve, _) => throw KeyErrors.Invalid("The curve of the key is neither P-256 nor P-384"),
                (Rsa, _) => SignatureAlgorithm.RsaPssSha256,
                (MlDsa65, _) => SignatureAlgorithm.MlDsa65,
                _ => throw KeyErrors.Invalid($"Keys of this kind cannot sign bundles ({algorithm})"),
            };
        }
        catch (AsnContentException e)
        {
            throw KeyErrors.Invalid("The key is not valid DER", e);
        }
    }

    // Anything but a name is a curve described by numbers, which nobody can trust at sight.
    private static string? CurveOf(AsnReader identifier) =>
        identifier.HasData && identifier.PeekTag().HasSameClassAndValue(Asn1Tag.ObjectIdentifier) ? identifier.ReadObjectIdentifier() : null;
}
