using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Waybill.Bundles.Tests.Signing;

/// <summary>Signers give out signatures that verify, or none.</summary>
public sealed class BundleSignerTests
{
    private static readonly PbeParameters s_encryption = new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000);

    [Theory]
    [InlineData(SignatureAlgorithm.EcdsaP256Sha256, 64)]
    [InlineData(SignatureAlgorithm.EcdsaP384Sha384, 96)]
    [InlineData(SignatureAlgorithm.RsaPssSha256, 384)]
    public async Task Signature_HasTheFormOfTheSpecification(SignatureAlgorithm algorithm, int length)
    {
        using BundleSigner signer = SigningLab.NewSigner(algorithm);
        byte[] data = [.. "data"u8];
        ReadOnlyMemory<byte> signature = await signer.SignAsync(data);

        Assert.Equal(algorithm, signer.Algorithm);
        Assert.Equal(length, signature.Length);
        Assert.True(signer.PublicKey.Verify(data, signature.Span));
    }

    [Fact]
    public async Task Pem_EncryptedOrNot_WithCertificates_Signs()
    {
        using X509Certificate2 root = SigningLab.Certify("root", isAuthority: true);
        using X509Certificate2 certificate = SigningLab.Certify("signer", root);
        using ECDsa key = certificate.GetECDsaPrivateKey()!;
        string plain = certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem();
        string encrypted = key.ExportEncryptedPkcs8PrivateKeyPem("secret", s_encryption) + "\n" + certificate.ExportCertificatePem();

        foreach (BundleSigner signer in (BundleSigner[])[BundleSigner.FromPem(plain), BundleSigner.FromPem(encrypted, "secret")])
        {
            SignedStatement statement = await SigningLab.SignContentAsync(signer);
            Assert.True(SigningLab.Evaluate(TrustPolicy.RequireCertificate([root]), statement).IsAccepted);
            signer.Dispose();
            await Assert.ThrowsAsync<ObjectDisposedException>(async () => await signer.SignAsync(default));
        }
    }

    [Fact]
    public void Pem_OfAnRsaKey_Signs()
    {
        using BundleSigner signer = BundleSigner.FromPem(SigningLab.Rsa.ExportPkcs8PrivateKeyPem());

        Assert.Equal(SignatureAlgorithm.RsaPssSha256, signer.Algorithm);
    }

    [Fact]
    public void Pem_ThatHoldsNoUsableKey_IsRefused()
    {
        using ECDsa key = SigningLab.NewP256();
        string encrypted = key.ExportEncryptedPkcs8PrivateKeyPem("secret", s_encryption);

        AssertInvalid("no passphrase", () => BundleSigner.FromPem(encrypted));
        AssertInvalid("does not open", () => BundleSigner.FromPem(encrypted, "wrong"));
        AssertInvalid("PKCS #8", () => BundleSigner.FromPem(key.ExportECPrivateKeyPem()));
        AssertInvalid("no private key", () => BundleSigner.FromPem(key.ExportSubjectPublicKeyInfoPem()));
        AssertInvalid("more than one", () => BundleSigner.FromPem(key.ExportPkcs8PrivateKeyPem() + "\n" + key.ExportPkcs8PrivateKeyPem()));
        AssertInvalid("DER", () => BundleSigner.FromPem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"));
        AssertInvalid("certificate", () => BundleSigner.FromPem(key.ExportPkcs8PrivateKeyPem() + "\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"));
        AssertInvalid("not that of the key", () => BundleSigner.FromPem(key.ExportPkcs8PrivateKeyPem() + "\n" + SigningLab.Certify("other").ExportCertificatePem()));
    }

    [Fact]
    public async Task PrivateKey_OfTheCaller_StaysTheCallers()
    {
        using ECDsa key = SigningLab.NewP256();
        BundleSigner.FromPrivateKey(key).Dispose();
        using BundleSigner again = BundleSigner.FromPrivateKey(key);

        Assert.Equal(64, (await again.SignAsync(new byte[] { 1 })).Length);
    }

    [Fact]
    public void Certificates_TooManyOrOfAnotherKey_AreRefused()
    {
        using X509Certificate2 certificate = SigningLab.Certify("a");
        using ECDsa key = certificate.GetECDsaPrivateKey()!;

        Assert.Throws<ArgumentException>(() => BundleSigner.FromPrivateKey(key, Enumerable.Repeat(certificate, 9)));
        AssertInvalid("not that of the key", () => BundleSigner.FromPrivateKey(key, [SigningLab.Certify("b")]));
    }

    [Fact]
    public async Task KeyService_ThatGivesSomethingElse_IsCaught()
    {
        using ECDsa key = SigningLab.NewP256();
        using ECDsa other = SigningLab.NewP256();
        ServiceSigner[] wrong =
        [
            new(key, data => other.SignData(data, HashAlgorithmName.SHA256)),
            new(key, data => key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)),
            new(key, data => key.SignData(data, HashAlgorithmName.SHA384)),
            new(key, _ => []),
        ];
        foreach (ServiceSigner signer in wrong)
        {
            var error = await Assert.ThrowsAsync<WaybillException>(() => SigningLab.SignContentAsync(signer));
            Assert.Equal(WaybillErrorCode.KeyServiceFailed, error.Code);
        }
    }

    [Fact]
    public async Task KeyService_ThatGivesDer_CanConvertIt()
    {
        using ECDsa key = SigningLab.NewP256();
        using ServiceSigner signer = new(key, data => key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)) { Converts = true };

        // Often enough that a number with leading zeros is among them.
        for (int i = 0; i < 300; i++)
        {
            Assert.True(SigningLab.Evaluate(SigningLab.Trusting(signer), await SigningLab.SignContentAsync(signer)).IsAccepted);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("3006020101020102ff")]
    [InlineData("30060201ff020101")]
    [InlineData("3003020101")]
    [InlineData("3009020101020101020101")]
    public async Task KeyService_ThatGivesNoDer_IsCaught(string signature)
    {
        using ECDsa key = SigningLab.NewP256();
        using ServiceSigner signer = new(key, _ => Convert.FromHexString(signature)) { Converts = true };

        Assert.Equal(WaybillErrorCode.KeyServiceFailed, (await Assert.ThrowsAsync<WaybillException>(() => SigningLab.SignContentAsync(signer))).Code);
    }

    [Fact]
    public async Task Statement_BySeveralSigners_CarriesThemAll()
    {
        BundleSigner[] signers = [SigningLab.NewSigner(), SigningLab.NewSigner(SignatureAlgorithm.EcdsaP384Sha384), SigningLab.NewSigner(SignatureAlgorithm.RsaPssSha256)];
        SignedStatement statement = await SigningLab.SignContentAsync(signers);

        Assert.True(SigningLab.Evaluate(TrustPolicy.RequireSignature(signers.Select(s => s.PublicKey), 3), statement).IsAccepted);
        Assert.Equal(["ecdsa-p256-sha256", "ecdsa-p384-sha384", "rsa-pss-sha256"], statement.Signatures.Select(s => s.Algorithm));
        await Assert.ThrowsAsync<ArgumentException>(() => SigningLab.SignContentAsync());
    }

    // Where the platform has it the whole way is walked, elsewhere it says what is missing.
    [Fact, Spec("S-03")]
    public async Task MlDsa65_WorksOrSaysThatThePlatformLacksIt()
    {
#pragma warning disable SYSLIB5006 // The algorithm is optional; the test is about both cases.
        if (MLDsa.IsSupported)
        {
            using MLDsa key = MLDsa.GenerateKey(MLDsaAlgorithm.MLDsa65);
            using BundleSigner signer = BundleSigner.FromPrivateKey(key);
            SignedStatement statement = await SigningLab.SignContentAsync(signer);
            Assert.Equal(3309, statement.Signatures[0].Signature.Length);
            Assert.True(SigningLab.Evaluate(SigningLab.Trusting(signer), statement).IsAccepted);
            Assert.Equal(signer.KeyId, BundleSigner.FromPem(key.ExportPkcs8PrivateKeyPem()).KeyId);
            return;
        }
#pragma warning restore SYSLIB5006

        var publicKey = Assert.Throws<WaybillException>(() => TrustedKey.FromSubjectPublicKeyInfo(MlDsaForm.PublicKey));
        var privateKey = Assert.Throws<WaybillException>(() => BundleSigner.FromPem(PemEncoding.WriteString("PRIVATE KEY", MlDsaForm.PrivateKey)));
        Assert.Equal((WaybillErrorCode.PlatformUnsupported, WaybillErrorCode.PlatformUnsupported), (publicKey.Code, privateKey.Code));
        Assert.NotNull(publicKey.Hint);
    }

    private static void AssertInvalid(string word, Func<object> act)
    {
        var error = Assert.Throws<WaybillException>(act);
        Assert.Equal(WaybillErrorCode.KeyInvalid, error.Code);
        Assert.Contains(word, error.Message, StringComparison.Ordinal);
    }

    private sealed class ServiceSigner(ECDsa key, Func<byte[], byte[]> sign) : BundleSigner(TrustedKey.FromSubjectPublicKeyInfo(key.ExportSubjectPublicKeyInfo()))
    {
        public bool Converts { get; init; }

        public override async ValueTask<ReadOnlyMemory<byte>> SignAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            byte[] signature = sign(data.ToArray());
            return Converts ? FromDer(signature) : signature;
        }
    }
}
