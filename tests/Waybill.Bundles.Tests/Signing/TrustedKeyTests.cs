using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Waybill.Bundles.Tests.Signing;

/// <summary>Which keys are trusted at all.</summary>
public sealed class TrustedKeyTests
{
    [Theory, Spec("S-03")]
    [InlineData("1.3.132.0.35")]
    [InlineData("1.3.132.0.10")]
    [InlineData("1.3.36.3.3.2.8.1.1.7")]
    public void Curve_OtherThanP256AndP384_IsRefused(string curve)
    {
        using ECDsa key = ECDsa.Create(ECCurve.CreateFromValue(curve));

        AssertInvalid("P-256", () => TrustedKey.FromSubjectPublicKeyInfo(key.ExportSubjectPublicKeyInfo()));
        AssertInvalid("P-256", () => BundleSigner.FromPrivateKey(key));
        AssertInvalid("P-256", () => BundleSigner.FromPem(key.ExportPkcs8PrivateKeyPem()));
    }

    [Fact, Spec("S-03")]
    public void Curve_DescribedByNumbers_IsRefused()
    {
        using ECDsa key = SigningLab.NewP256();
        using ECDsa explicitKey = ECDsa.Create(key.ExportExplicitParameters(includePrivateParameters: true));

        AssertInvalid("P-256", () => TrustedKey.FromSubjectPublicKeyInfo(explicitKey.ExportSubjectPublicKeyInfo()));
    }

    [Theory, Spec("S-03")]
    [InlineData(2048)]
    [InlineData(3064)]
    public void Rsa_TooWeak_IsRefused(int bits)
    {
        using RSA key = RSA.Create(bits);

        AssertInvalid("bits", () => TrustedKey.FromSubjectPublicKeyInfo(key.ExportSubjectPublicKeyInfo()));
        AssertInvalid("bits", () => BundleSigner.FromPrivateKey(key));
    }

    [Theory, Spec("S-03")]
    [InlineData(1)]
    [InlineData(65_536)]
    public void Rsa_WithAWorthlessExponent_IsRefused(int exponent) => AssertInvalid("", () => TrustedKey.FromSubjectPublicKeyInfo(RsaInfo(exponent, withNull: true)));

    [Fact, Spec("S-04")]
    public void Rsa_WrittenInTwoWays_IsOneKeyOrRefused()
    {
        TrustedKey key = TrustedKey.FromSubjectPublicKeyInfo(RsaInfo(65_537, withNull: true));

        // Counted as two, one signer would reach a threshold of two.
        Exception? error = Record.Exception(() => Assert.Equal(key, TrustedKey.FromSubjectPublicKeyInfo(RsaInfo(65_537, withNull: false))));
        Assert.True(error is null or WaybillException { Code: WaybillErrorCode.KeyInvalid }, error?.ToString());
    }

    [Fact]
    public void Point_OutsideTheCurve_IsRefused()
    {
        byte[] info = SigningLab.NewP256().ExportSubjectPublicKeyInfo();
        info[^1] ^= 1;

        AssertInvalid("public key", () => TrustedKey.FromSubjectPublicKeyInfo(info));
    }

    [Fact]
    public void KindsThatCannotSign_AreRefused()
    {
        using ECDiffieHellman agreement = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);

        AssertInvalid("DER", () => TrustedKey.FromSubjectPublicKeyInfo([1, 2, 3]));
        AssertInvalid("DER", () => TrustedKey.FromSubjectPublicKeyInfo([.. agreement.ExportSubjectPublicKeyInfo(), 0]));
        AssertInvalid("1.3.101.112", () => TrustedKey.FromSubjectPublicKeyInfo(Convert.FromHexString("302a300506032b6570032100" + new string('5', 64))));
    }

    [Fact]
    public void KeyId_IsThePrefixOfTheHashOfThePublicKey()
    {
        using ECDsa key = SigningLab.NewP256();
        byte[] info = key.ExportSubjectPublicKeyInfo();
        TrustedKey trusted = TrustedKey.FromPem(key.ExportSubjectPublicKeyInfoPem());

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(info).AsSpan(0, 16)), trusted.KeyId);
        Assert.Equal("ecdsa-p256-sha256:" + trusted.KeyId, trusted.ToString());
    }

    [Fact]
    public void Keys_GivenInSeveralForms_AreOneKey()
    {
        using X509Certificate2 certificate = SigningLab.Certify("a");
        byte[] info = certificate.PublicKey.ExportSubjectPublicKeyInfo();
        TrustedKey[] keys = [TrustedKey.FromCertificate(certificate), TrustedKey.FromPem(certificate.ExportCertificatePem()), TrustedKey.FromSubjectPublicKeyInfo(info)];

        Assert.Single(keys.Distinct());
        Assert.NotEqual(keys[0], SigningLab.NewSigner().PublicKey);
    }

    [Fact]
    public void Pem_WithAPrivateKeyOrNoKeyOrTwo_IsRefused()
    {
        using ECDsa key = SigningLab.NewP256();
        string pem = key.ExportSubjectPublicKeyInfoPem();

        AssertInvalid("private", () => TrustedKey.FromPem(key.ExportPkcs8PrivateKeyPem()));
        AssertInvalid("no public key", () => TrustedKey.FromPem("nothing"));
        AssertInvalid("more than one", () => TrustedKey.FromPem(pem + "\n" + pem));
        AssertInvalid("certificate", () => TrustedKey.FromPem("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"));
    }

    private static byte[] RsaInfo(int exponent, bool withNull)
    {
        var key = new AsnWriter(AsnEncodingRules.DER);
        using (key.PushSequence())
        {
            key.WriteIntegerUnsigned(SigningLab.Rsa.ExportParameters(false).Modulus);
            key.WriteInteger(exponent);
        }

        var info = new AsnWriter(AsnEncodingRules.DER);
        using (info.PushSequence())
        {
            using (info.PushSequence())
            {
                info.WriteObjectIdentifier("1.2.840.113549.1.1.1");
                if (withNull)
                {
                    info.WriteNull();
                }
            }

            info.WriteBitString(key.Encode());
        }

        return info.Encode();
    }

    private static void AssertInvalid(string word, Func<object> act)
    {
        var error = Assert.Throws<WaybillException>(act);
        Assert.Equal(WaybillErrorCode.KeyInvalid, error.Code);
        Assert.Contains(word, error.Message, StringComparison.Ordinal);
    }
}
