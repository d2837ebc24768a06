using System.Security.Cryptography;

namespace Waybill.Bundles.Tests.Signing;

/// <summary>A signature has one form for each algorithm; every other is refused, also where a library would take it.</summary>
public sealed class SignatureFormTests
{
    private static readonly byte[] s_data = [.. "data"u8];
    private static readonly byte[] s_orderOfP256 = Convert.FromHexString("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");

    [Fact, Spec("S-03")]
    public void Ecdsa_InDer_IsRefused()
    {
        using ECDsa key = SigningLab.NewP256();
        TrustedKey trusted = TrustedKey.FromSubjectPublicKeyInfo(key.ExportSubjectPublicKeyInfo());

        Assert.True(trusted.Verify(s_data, key.SignData(s_data, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)));
        Assert.False(trusted.Verify(s_data, key.SignData(s_data, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)));
    }

    [Fact, Spec("S-03")]
    public void Ecdsa_NumbersOutOfRange_AreRefused()
    {
        using ECDsa key = SigningLab.NewP256();
        TrustedKey trusted = TrustedKey.FromSubjectPublicKeyInfo(key.ExportSubjectPublicKeyInfo());
        byte[] good = key.SignData(s_data, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        byte[] zero = new byte[32];
        byte[] r = good[..32];
        byte[] s = good[32..];

        Assert.False(trusted.Verify(s_data, [.. zero, .. s]), "r = 0");
        Assert.False(trusted.Verify(s_data, [.. r, .. zero]), "s = 0");
        Assert.False(trusted.Verify(s_data, new byte[64]), "r = s = 0");
        Assert.False(trusted.Verify(s_data, [.. s_orderOfP256, .. s]), "r = n");
        Assert.False(trusted.Verify(s_data, [.. r, .. s_orderOfP256]), "s = n");
        Assert.False(trusted.Verify(s_data, [.. Enumerable.Repeat<byte>(0xFF, 64)]), "both far above n");
    }

    [Theory, Spec("S-03")]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(65)]
    [InlineData(96)]
    public void Ecdsa_OfAnotherLength_IsRefused(int length)
    {
        using ECDsa key = SigningLab.NewP256();
        TrustedKey trusted = TrustedKey.FromSubjectPublicKeyInfo(key.ExportSubjectPublicKeyInfo());
        byte[] good = key.SignData(s_data, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

        Assert.False(trusted.Verify(s_data, [.. good.Take(length), .. new byte[Math.Max(0, length - 64)]]));
    }

    [Fact, Spec("S-03")]
    public void Ecdsa_WithTheHashOfTheOtherCurve_IsRefused()
    {
        using ECDsa key = SigningLab.NewP256();
        TrustedKey trusted = TrustedKey.FromSubjectPublicKeyInfo(key.ExportSubjectPublicKeyInfo());

        Assert.False(trusted.Verify(s_data, key.SignData(s_data, HashAlgorithmName.SHA384, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)));
    }

    [Fact, Spec("S-03")]
    public void Rsa_WithAnotherPaddingOrHash_IsRefused()
    {
        TrustedKey trusted = TrustedKey.FromSubjectPublicKeyInfo(SigningLab.Rsa.ExportSubjectPublicKeyInfo());

        Assert.True(trusted.Verify(s_data, SigningLab.Rsa.SignData(s_data, HashAlgorithmName.SHA256, RSASignaturePadding.Pss)));
        Assert.False(trusted.Verify(s_data, SigningLab.Rsa.SignData(s_data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)));
        Assert.False(trusted.Verify(s_data, SigningLab.Rsa.SignData(s_data, HashAlgorithmName.SHA384, RSASignaturePadding.Pss)));
        Assert.False(trusted.Verify(s_data, [0, .. SigningLab.Rsa.SignData(s_data, HashAlgorithmName.SHA256, RSASignaturePadding.Pss)]));
        Assert.False(trusted.Verify(s_data, [.. Enumerable.Repeat<byte>(0xFF, 384)]));
        Assert.False(trusted.Verify(s_data, []));
    }

    [Fact, Spec("S-03"), Spec("S-04")]
    public async Task Signature_MadeWithAnAlgorithmThatIsNotTheKeys_IsInvalid_WhateverTheStatementSays()
    {
        using ECDsa key = SigningLab.NewP256();
        using BundleSigner signer = BundleSigner.FromPrivateKey(key);
        SignedStatement good = await SigningLab.SignContentAsync(signer);
        byte[] data = Bundles.Signing.Dsse.PreAuthenticationEncoding(good.PayloadType, good.Payload.Span);
        byte[] other = key.SignData(data, HashAlgorithmName.SHA384, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

        SignatureReport report = SigningLab.Evaluate(SigningLab.Trusting(signer), SigningLab.With(good, signature: other, algorithm: "ecdsa-p384-sha384"));
        Assert.Equal(SignatureOutcome.Invalid, report.Outcome);
        Assert.True(SigningLab.Evaluate(SigningLab.Trusting(signer), SigningLab.With(good, algorithm: "rsa-pss-sha256")).IsAccepted);
    }
}
