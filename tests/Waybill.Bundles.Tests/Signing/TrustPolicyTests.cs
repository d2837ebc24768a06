namespace Waybill.Bundles.Tests.Signing;

/// <summary>A policy that demands nothing says so, and one that demands something can be satisfied.</summary>
public sealed class TrustPolicyTests
{
    [Fact, Spec("S-04")]
    public void Policy_HasNoPublicConstructor_AndOnlyOneInstanceAcceptsUnsigned()
    {
        Assert.Empty(typeof(TrustPolicy).GetConstructors());
        Assert.False(TrustPolicy.AcceptUnsigned.IsSignatureRequired);
        Assert.True(TrustPolicy.RequireSignature([SigningLab.NewSigner().PublicKey]).IsSignatureRequired);
    }

    [Fact, Spec("S-04")]
    public void DefaultOutcome_IsNotValid() => Assert.NotEqual(SignatureOutcome.Valid, default);

    [Fact]
    public void Demand_ThatNobodyCanSatisfy_IsRefused()
    {
        TrustedKey key = SigningLab.NewSigner().PublicKey;

        Assert.Throws<ArgumentException>(() => TrustPolicy.RequireSignature([]));
        Assert.Throws<ArgumentException>(() => TrustPolicy.RequireCertificate([]));
        Assert.Throws<ArgumentOutOfRangeException>(() => TrustPolicy.RequireSignature([key, key], 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => TrustPolicy.RequireSignature([key], 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => TrustPolicy.RequireCertificate([SigningLab.Certify("root")], 0));
        Assert.Throws<ArgumentException>(() => TrustPolicy.RequireCertificate([SigningLab.Certify("root")]).WithKeys([]));
        Assert.Throws<InvalidOperationException>(() => TrustPolicy.RequireSignature([key, SigningLab.NewSigner().PublicKey], 2).WithKeys([key, key]));
        Assert.Throws<ArgumentOutOfRangeException>(() => TrustPolicy.RequireSignature([key]).WithStatements(StatementKinds.None));
        Assert.Throws<ArgumentOutOfRangeException>(() => TrustPolicy.RequireSignature([key]).WithStatements((StatementKinds)4));
    }

    [Fact]
    public void AcceptUnsigned_CannotBeMadeToLookLikeADemand()
    {
        Assert.Throws<InvalidOperationException>(() => TrustPolicy.AcceptUnsigned.WithStatements(StatementKinds.All));
        Assert.Throws<InvalidOperationException>(() => TrustPolicy.AcceptUnsigned.WithCertificateRoots([SigningLab.Certify("root")]));
        Assert.Throws<InvalidOperationException>(() => TrustPolicy.AcceptUnsigned.WithTimestampRoots([SigningLab.Certify("root")]));
        Assert.Throws<InvalidOperationException>(() => TrustPolicy.AcceptUnsigned.WithKeys([SigningLab.NewSigner().PublicKey]));
        Assert.Throws<InvalidOperationException>(() => TrustPolicy.AcceptUnsigned.WithTimeProvider(TimeProvider.System));
    }
}
