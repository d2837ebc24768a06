using System.Collections.Immutable;
using Waybill.Bundles.Signing;

namespace Waybill.Bundles;

/// <summary>A statement about a bundle with its signatures, in the bundle or beside it (specification section 16.1).</summary>
/// <remarks>Reading one proves nothing; verification takes it together with a <see cref="TrustPolicy"/>.</remarks>
public sealed class SignedStatement
{
    internal SignedStatement(string payloadType, ReadOnlyMemory<byte> payload, ImmutableArray<StatementSignature> signatures)
    {
        PayloadType = payloadType;
        Payload = payload;
        Signatures = signatures;
    }

    /// <summary>Gets the media type that says what the payload means.</summary>
    public string PayloadType { get; }

    /// <summary>Gets the signed bytes.</summary>
    public ReadOnlyMemory<byte> Payload { get; }

    /// <summary>Gets the signatures; at most 16.</summary>
    public ImmutableArray<StatementSignature> Signatures { get; }

    /// <summary>Gets what the statement speaks of; <see cref="StatementKinds.None"/> if this version does not know the type.</summary>
    public StatementKinds Kind => PayloadType switch
    {
        Statements.ContentType => StatementKinds.Content,
        Statements.StorageType => StatementKinds.Storage,
        _ => StatementKinds.None,
    };

    /// <summary>States what a bundle holds. The statement holds in whatever layout, codec and key that is stored.</summary>
    /// <param name="manifest">The manifest of a bundle that the caller has verified, or has other reason to vouch for; with its digest.</param>
    /// <param name="signers">Who signs, each once; 1 to 16.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The statement, for <see cref="DetachedSignatures.WriteAsync"/>.</returns>
    /// <exception cref="ArgumentException">The manifest has no digest, or there are no signers or more than 16.</exception>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyServiceFailed"/> (WB1709): a key service or a time stamp authority did not answer, refused, or gave
    /// something that does not verify.</exception>
    public static async ValueTask<SignedStatement> SignContentAsync(BundleManifest manifest, IEnumerable<BundleSigner> signers, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(signers);
        return manifest.Digest.IsDefault
            ? throw new ArgumentException("The manifest has no digest: it is not that of a bundle.", nameof(manifest))
            : await StatementSigning.SignContentAsync(manifest.Id, manifest.Digest, [.. signers], cancellationToken).ConfigureAwait(false);
    }
}
