using Waybill.Bundles.Reading;
using Waybill.Bundles.Rewriting;
using Waybill.Bundles.Sealing;
using Waybill.Bundles.Signing;

namespace Waybill.Bundles;

/// <summary>Signs bundles that exist, specification section 16.1. Each is verified as a whole first: a signature on what nobody looked at says nothing.</summary>
public static class BundleSigning
{
    /// <summary>Makes statements to be kept beside a bundle, about what it holds and about how it is stored.</summary>
    /// <param name="source">The bundle; stays the caller's.</param>
    /// <param name="signers">1 to 16; they stay the caller's.</param>
    /// <param name="options">Limits, and a key that opens everything if the bundle is encrypted.</param>
    /// <param name="progress">Receives totals.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The statements, for <see cref="DetachedSignatures.WriteAsync"/>.</returns>
    /// <exception cref="WaybillException">What verification finds, or what a signer reports.</exception>
    public static async Task<IReadOnlyList<SignedStatement>> SignDetachedAsync(
        ByteSource source, IReadOnlyList<BundleSigner> signers, BundleReaderOptions options, IProgress<BundleProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(signers);
        ArgumentNullException.ThrowIfNull(options);
        return (await SignAsync(source, signers, options, progress, cancellationToken).ConfigureAwait(false)).Statements;
    }

    /// <summary>Copies a bundle and adds statements to it. Those it has are kept.</summary>
    /// <param name="source">The bundle; stays the caller's.</param>
    /// <param name="output">Receives the copy; stays the caller's.</param>
    /// <param name="signers">1 to 16; they stay the caller's.</param>
    /// <param name="options">Limits, and a key that opens everything if the bundle is encrypted.</param>
    /// <param name="progress">Receives totals.</param>
    /// <param name="cancellationToken">Ends the call early; the output is then not a complete bundle.</param>
    /// <returns>A task that ends when the copy is written.</returns>
    /// <exception cref="WaybillException">What verification finds, or what a signer reports.</exception>
    public static async Task SignAsync(
        ByteSource source, Stream output, IReadOnlyList<BundleSigner> signers, BundleReaderOptions options, IProgress<BundleProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(signers);
        ArgumentNullException.ThrowIfNull(options);
        (BundleFacts facts, IReadOnlyList<SignedStatement> statements) = await SignAsync(source, signers, options, progress, cancellationToken).ConfigureAwait(false);
        using RecordReader input = await BundleRewriter.OpenAsync(source, cancellationToken).ConfigureAwait(false);
        using BundleKeys? keys = input.Preamble.Features.IsEncrypted
            ? (await BundleRewriter.OpenEnvelopeAsync(source, options, cancellationToken).ConfigureAwait(false)).Keys
            : null;
        byte[][] payloads = [.. statements.Select(SignedStatementCodec.Encode)];
        await new RecordCopy(input, output, keys, envelope: null, payloads, facts.Storage!.StoredRoot).RunAsync(progress, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<(BundleFacts Facts, IReadOnlyList<SignedStatement> Statements)> SignAsync(
        ByteSource source, IReadOnlyList<BundleSigner> signers, BundleReaderOptions options, IProgress<BundleProgress>? progress, CancellationToken cancellationToken)
    {
        // What was verified and what is signed come from one reading: nobody can change the file in between.
        VerificationReport report = await BundleRewriter.RequireValidAsync(source, options, progress, cancellationToken).ConfigureAwait(false);
        BundleManifest manifest = report.Manifest!;
        var facts = new BundleFacts(manifest.Id, manifest.Digest, report.Stored);
        return (facts, [
            await StatementSigning.SignContentAsync(manifest.Id, manifest.Digest, signers, cancellationToken).ConfigureAwait(false),
            await StatementSigning.SignStorageAsync(manifest.Id, manifest.Digest, facts.Storage!, signers, cancellationToken).ConfigureAwait(false)]);
    }
}
