using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Waybill.Bundles.Tests.Signing;

/// <summary>Certificates count only up to a root the verifier trusts, while they are valid, and for what they are issued.</summary>
public sealed class CertificateTests : IDisposable
{
    private const string CodeSigning = "1.3.6.1.5.5.7.3.3";
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private static readonly DateTimeOffset s_now = TimeProvider.System.GetUtcNow();

    private readonly X509Certificate2 _root = SigningLab.Certify("root", isAuthority: true, notBefore: s_now.AddDays(-30), notAfter: s_now.AddYears(20));

    public void Dispose() => _root.Dispose();

    [Theory, Spec("S-03")]
    [InlineData(null)]
    [InlineData(CodeSigning)]
    [InlineData("2.5.29.37.0")]
    public async Task Certificate_OfATrustedRoot_IsValid(string? usage)
    {
        using X509Certificate2 certificate = SigningLab.Certify("signer", _root, usage: usage);
        SignatureReport report = await EvaluateAsync(certificate);

        Assert.Equal(SignatureOutcome.Valid, report.Outcome);
        Assert.Equal("CN=signer", report.Signatures[0].CertificateSubject);
        Assert.Null(report.Signatures[0].SigningTime);
    }

    [Fact, Spec("S-03")]
    public async Task Certificate_ThroughAnIntermediate_IsValid_IfThatIsCarried()
    {
        using X509Certificate2 intermediate = SigningLab.Certify("intermediate", _root, isAuthority: true);
        using X509Certificate2 certificate = SigningLab.Certify("signer", intermediate);

        Assert.Equal(SignatureOutcome.Valid, (await EvaluateAsync(certificate, intermediate)).Outcome);
        Assert.Equal(SignatureOutcome.Untrusted, (await EvaluateAsync(certificate)).Outcome);
    }

    [Fact, Spec("S-03")]
    public async Task Certificate_OfAnotherRoot_IsUntrusted_AlsoIfTheRootIsCarried()
    {
        using X509Certificate2 stranger = SigningLab.Certify("stranger", isAuthority: true);
        using X509Certificate2 namesake = SigningLab.Certify("root", isAuthority: true);

        await AssertUntrustedAsync("trusted root", SigningLab.Certify("signer", stranger), stranger);
        await AssertUntrustedAsync("does not count", SigningLab.Certify("signer", namesake), namesake);
        await AssertUntrustedAsync("trusted root", SigningLab.Certify("by itself"));
    }

    [Fact, Spec("S-03")]
    public async Task Certificate_ByACertificateThatMayNotIssue_IsUntrusted()
    {
        using X509Certificate2 leaf = SigningLab.Certify("leaf", _root);
        using X509Certificate2 certificate = SigningLab.Certify("signer", leaf);

        Assert.Equal(SignatureOutcome.Untrusted, (await EvaluateAsync(certificate, leaf)).Outcome);
    }

    [Fact, Spec("S-03")]
    public async Task Certificate_ForSomethingElse_IsUntrusted()
    {
        await AssertUntrustedAsync("purposes", SigningLab.Certify("server", _root, usage: ServerAuthentication));
        await AssertUntrustedAsync("not for signatures", SigningLab.Certify("agreement", _root, keyUsage: X509KeyUsageFlags.KeyEncipherment));
    }

    [Fact, Spec("S-03")]
    public async Task Certificate_ExpiredOrNotYetValid_IsUntrusted_ByTheClockOfThePolicy()
    {
        using X509Certificate2 certificate = SigningLab.Certify("signer", _root, notBefore: s_now.AddDays(-2), notAfter: s_now.AddDays(2));
        SignedStatement statement = await SigningLab.SignContentAsync(SigningLab.SignerOf(certificate));
        TrustPolicy policy = TrustPolicy.RequireCertificate([_root]);

        foreach ((double days, SignatureOutcome expected) in ((double, SignatureOutcome)[])
            [(-1.99, SignatureOutcome.Valid), (1.99, SignatureOutcome.Valid), (2.01, SignatureOutcome.Untrusted), (-2.01, SignatureOutcome.Untrusted)])
        {
            Assert.Equal(expected, SigningLab.Evaluate(policy.WithTimeProvider(new FixedTime(s_now.AddDays(days))), statement).Outcome);
        }
    }

    [Fact, Spec("S-03")]
    public async Task Key_TrustedAsSuch_NeedsNoValidCertificate()
    {
        using X509Certificate2 certificate = SigningLab.Certify("signer", _root, notBefore: s_now.AddDays(-9), notAfter: s_now.AddDays(-8));

        Assert.True(SigningLab.Evaluate(
            TrustPolicy.RequireSignature([TrustedKey.FromCertificate(certificate)]), await SigningLab.SignContentAsync(SigningLab.SignerOf(certificate))).IsAccepted);
    }

    [Fact, Spec("S-03")]
    public async Task Key_TooWeak_DoesNotCount_WithTheBestCertificate()
    {
        using RSA weak = RSA.Create(2048);
        using X509Certificate2 certificate = SigningLab.Certify("weak", _root, key: weak);
        SignedStatement statement = await SigningLab.SignContentAsync(SigningLab.NewSigner());
        byte[] data = Bundles.Signing.Dsse.PreAuthenticationEncoding(statement.PayloadType, statement.Payload.Span);
        SignatureReport report = SigningLab.Evaluate(
            TrustPolicy.RequireCertificate([_root]),
            SigningLab.With(statement, signature: weak.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pss), certificates: [certificate.RawData]));

        Assert.Equal(SignatureOutcome.Untrusted, report.Outcome);
        Assert.Contains("2048 bits", report.Signatures[0].Problem, StringComparison.Ordinal);
    }

    [Fact, Spec("S-03")]
    public async Task Certificate_SignedWithSha1_IsUntrusted()
    {
        using ECDsa key = SigningLab.NewP256();
        var request = new CertificateRequest("CN=old", key, HashAlgorithmName.SHA1);
        using ECDsa rootKey = _root.GetECDsaPrivateKey()!;
        using X509Certificate2 old = request.Create(_root.SubjectName, new Sha1Generator(rootKey), s_now.AddHours(-1), s_now.AddDays(1), [1]);
        using X509Certificate2 certificate = old.CopyWithPrivateKey(key);

        Assert.Equal(SignatureOutcome.Untrusted, (await EvaluateAsync(certificate)).Outcome);
    }

    [Fact, Spec("S-03")]
    public async Task Certificate_BelowAnIssuerWithAWeakKey_IsUntrusted()
    {
        using RSA weak = RSA.Create(1024);
        using X509Certificate2 intermediate = SigningLab.Certify("weak", _root, isAuthority: true, key: weak);
        using ECDsa key = SigningLab.NewP256();
        using X509Certificate2 certificate = new CertificateRequest("CN=signer", key, HashAlgorithmName.SHA256)
            .Create(intermediate.SubjectName, X509SignatureGenerator.CreateForRSA(weak, RSASignaturePadding.Pkcs1), s_now.AddHours(-1), s_now.AddDays(1), [1])
            .CopyWithPrivateKey(key);

        await AssertUntrustedAsync("does not count", certificate, intermediate);
    }

    [Fact, Spec("S-04")]
    public async Task Signature_ThatDoesNotVerifyUnderItsTrustedCertificate_IsInvalid()
    {
        using X509Certificate2 certificate = SigningLab.Certify("signer", _root);
        SignedStatement stranger = SigningLab.With(await SigningLab.SignContentAsync(SigningLab.NewSigner()), certificates: [certificate.RawData]);

        SignatureReport report = SigningLab.Evaluate(TrustPolicy.RequireCertificate([_root]), stranger);
        Assert.Equal((SignatureOutcome.Invalid, WaybillErrorCode.SignatureInvalid), (report.Outcome, report.Problem!.Code));
    }

    [Fact, Spec("S-03")]
    public async Task Certificate_ThatIsNone_IsUntrusted()
    {
        using X509Certificate2 certificate = SigningLab.Certify("signer", _root);
        SignedStatement good = await SigningLab.SignContentAsync(SigningLab.SignerOf(certificate));
        ReadOnlyMemory<byte>[] rubbish = [Array.Empty<byte>(), new byte[100], certificate.RawData.AsMemory(0, 100), _root.RawData];

        foreach (ReadOnlyMemory<byte> bytes in rubbish)
        {
            SignatureReport report = SigningLab.Evaluate(TrustPolicy.RequireCertificate([_root]), SigningLab.With(good, certificates: [bytes]));
            Assert.NotEqual(SignatureOutcome.Valid, report.Outcome);
        }
    }

    [Fact, Spec("S-03")]
    public async Task Certificate_AnyByteChanged_IsNeverValidUnderAnotherKey()
    {
        using X509Certificate2 certificate = SigningLab.Certify("signer", _root);
        SignedStatement good = await SigningLab.SignContentAsync(SigningLab.SignerOf(certificate));
        for (int i = 0; i < certificate.RawData.Length; i++)
        {
            byte[] changed = certificate.RawData;
            changed[i] ^= 1;
            SignatureReport report = SigningLab.Evaluate(TrustPolicy.RequireCertificate([_root]), SigningLab.With(good, certificates: [changed]));
            Assert.True(report.Outcome is SignatureOutcome.Untrusted or SignatureOutcome.Invalid, $"byte {i}: {report.Outcome}");
        }
    }

    [Fact, Spec("S-04")]
    public async Task Threshold_KeyAndItsCertificate_CountOnce()
    {
        using X509Certificate2 a = SigningLab.Certify("a", _root);
        using X509Certificate2 b = SigningLab.Certify("b", _root);
        TrustPolicy two = TrustPolicy.RequireCertificate([_root], 2);
        TrustPolicy keyAndRoot = TrustPolicy.RequireSignature([TrustedKey.FromCertificate(a), SigningLab.NewSigner().PublicKey], 2).WithCertificateRoots([_root]);
        SignedStatement byA = await SigningLab.SignContentAsync(SigningLab.SignerOf(a), BundleSigner.FromPrivateKey(a.GetECDsaPrivateKey()!));
        SignedStatement byB = await SigningLab.SignContentAsync(SigningLab.SignerOf(b));

        foreach (TrustPolicy policy in (TrustPolicy[])[two, keyAndRoot])
        {
            Assert.False(SigningLab.Evaluate(policy, byA).IsAccepted);
            Assert.True(SigningLab.Evaluate(policy, byA, byB).IsAccepted);
        }
    }

    [Fact, Spec("S-04")]
    public async Task Threshold_AboveTheNumberOfKeys_CountsThemTogetherWithCertificates()
    {
        using X509Certificate2 a = SigningLab.Certify("a", _root);
        BundleSigner plain = SigningLab.NewSigner();
        TrustPolicy two = TrustPolicy.RequireCertificate([_root], 2).WithKeys([plain.PublicKey]);
        SignedStatement certified = await SigningLab.SignContentAsync(SigningLab.SignerOf(a));
        SignedStatement named = await SigningLab.SignContentAsync(plain);

        Assert.False(SigningLab.Evaluate(two, certified).IsAccepted);
        Assert.False(SigningLab.Evaluate(two, named).IsAccepted);
        Assert.False(SigningLab.Evaluate(two.WithKeys([TrustedKey.FromCertificate(a)]), certified, named).IsAccepted);
        Assert.True(SigningLab.Evaluate(two, certified, named).IsAccepted);
    }

    private async Task<SignatureReport> EvaluateAsync(X509Certificate2 certificate, params X509Certificate2[] issuers) =>
        SigningLab.Evaluate(TrustPolicy.RequireCertificate([_root]), await SigningLab.SignContentAsync(SigningLab.SignerOf(certificate, issuers)));

    private async Task AssertUntrustedAsync(string word, X509Certificate2 certificate, params X509Certificate2[] issuers)
    {
        SignatureReport report = await EvaluateAsync(certificate, issuers);
        Assert.Equal((SignatureOutcome.Untrusted, WaybillErrorCode.SignerUntrusted), (report.Outcome, report.Problem!.Code));
        Assert.Contains(word, report.Signatures[0].Problem, StringComparison.Ordinal);
        certificate.Dispose();
    }

    /// <summary>Signs with a hash that no one should use any more.</summary>
    private sealed class Sha1Generator(ECDsa key) : X509SignatureGenerator
    {
        private readonly X509SignatureGenerator _inner = CreateForECDsa(key);

        public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm) => Convert.FromHexString("300906072a8648ce3d0401");

#pragma warning disable CA5350 // That it is weak is the point.
        public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) => key.SignHash(SHA1.HashData(data), DSASignatureFormat.Rfc3279DerSequence);
#pragma warning restore CA5350

        protected override PublicKey BuildPublicKey() => _inner.PublicKey;
    }
}
