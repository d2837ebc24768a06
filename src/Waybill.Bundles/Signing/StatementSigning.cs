using System.Collections.Immutable;

namespace Waybill.Bundles.Signing;

/// <summary>Makes signed statements.</summary>
internal static class StatementSigning
{
    /// <summary>States what the bundle holds; the statement holds in whatever layout, codec and key it is stored.</summary>
    public static ValueTask<SignedStatement> SignContentAsync(
        BundleId bundleId, Digest manifestDigest, IReadOnlyCollection<BundleSigner> signers, CancellationToken cancellationToken) =>
        SignAsync(Statements.ContentType, Statements.BuildContent(bundleId, manifestDigest), signers, cancellationToken);

    /// <summary>States how the bundle is stored; the statement ends to hold when it is rewritten.</summary>
    public static ValueTask<SignedStatement> SignStorageAsync(
        BundleId bundleId, Digest manifestDigest, StorageFacts storage, IReadOnlyCollection<BundleSigner> signers, CancellationToken cancellationToken) =>
        SignAsync(Statements.StorageType, Statements.BuildStorage(bundleId, manifestDigest, storage), signers, cancellationToken);

    private static async ValueTask<SignedStatement> SignAsync(
        string payloadType, byte[] payload, IReadOnlyCollection<BundleSigner> signers, CancellationToken cancellationToken)
    {
        if (signers.Count is 0 or > SignatureLimits.MaxSignatures)
        {
            throw new ArgumentException($"A statement has 1 to {SignatureLimits.MaxSignatures} signatures, not {signers.Count}.", nameof(signers));
        }

        byte[] data = Dsse.PreAuthenticationEncoding(payloadType, payload);
        ImmutableArray<StatementSignature>.Builder signatures = ImmutableArray.CreateBuilder<StatementSignature>(signers.Count);
        foreach (BundleSigner signer in signers)
        {
            signatures.Add(await signer.SignStatementAsync(data, cancellationToken).ConfigureAwait(false));
        }

        return new SignedStatement(payloadType, payload, signatures.MoveToImmutable());
    }
}
