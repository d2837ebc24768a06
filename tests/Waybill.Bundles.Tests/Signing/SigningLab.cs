using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Waybill.Bundles.Signing;

namespace Waybill.Bundles.Tests.Signing;

/// <summary>A bundle as signatures see it, and keys and certificates to sign it with.</summary>
internal static partial class SigningLab
{
    private static readonly Lazy<RSA> s_rsa = new(() => RSA.Create(3072));

    public static BundleId Id { get; } = BundleId.Parse("0102030405060708090a0b0c0d0e0f10");

    public static Digest Manifest { get; } = Digest.Of("manifest"u8);

    public static StorageFacts Storage { get; } = new(Digest.Of("stored"u8), 42, 123_456);

    public static BundleFacts Facts { get; } = new(Id, Manifest, Storage);

    /// <summary>Gets one RSA key for all tests; making one takes long.</summary>
    public static RSA Rsa => s_rsa.Value;

    public static BundleSigner NewSigner() => BundleSigner.FromPrivateKey(NewP256());

    public static BundleSigner NewSigner(SignatureAlgorithm algorithm) => algorithm switch
    {
        SignatureAlgorithm.EcdsaP256Sha256 => NewSigner(),
        SignatureAlgorithm.EcdsaP384Sha384 => BundleSigner.FromPrivateKey(ECDsa.Create(ECCurve.NamedCurves.nistP384)),
        SignatureAlgorithm.RsaPssSha256 => BundleSigner.FromPrivateKey(Rsa),
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm)),
    };

    public static async Task<SignedStatement> SignContentAsync(params BundleSigner[] signers) =>
        await StatementSigning.SignContentAsync(Id, Manifest, signers, default);

    public static async Task<SignedStatement> SignStorageAsync(params BundleSigner[] signers) =>
        await StatementSigning.SignStorageAsync(Id, Manifest, Storage, signers, default);

    public static TrustPolicy Trusting(params BundleSigner[] signers) => TrustPolicy.RequireSignature(signers.Select(s => s.PublicKey));

    public static SignatureReport Evaluate(TrustPolicy policy, params SignedStatement[] statements) => SignatureEvaluation.Evaluate(policy, Facts, statements);

    /// <summary>The same statement with one signature changed.</summary>
    public static SignedStatement With(
        SignedStatement statement, ReadOnlyMemory<byte>? signature = null, ReadOnlyMemory<byte>? keyId = null, string? algorithm = null,
        ImmutableArray<ReadOnlyMemory<byte>>? certificates = null, ReadOnlyMemory<byte>? timestamp = null)
    {
        StatementSignature s = statement.Signatures[0];
        var changed = new StatementSignature(
            algorithm ?? s.Algorithm, keyId ?? s.KeyId, signature ?? s.Signature, certificates ?? s.Certificates, timestamp ?? s.Timestamp);
        return new SignedStatement(statement.PayloadType, statement.Payload, [changed, .. statement.Signatures.Skip(1)]);
    }

    public static BundleSigner SignerOf(X509Certificate2 certificate, params X509Certificate2[] issuers) =>
        BundleSigner.FromPrivateKey(certificate.GetECDsaPrivateKey()!, [certificate, .. issuers]);
}
