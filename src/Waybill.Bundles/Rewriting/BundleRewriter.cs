using Waybill.Bundles.Format;
using Waybill.Bundles.Reading;
using Waybill.Bundles.Rewriting;
using Waybill.Bundles.Sealing;
using Waybill.Bundles.Writing;

namespace Waybill.Bundles;

/// <summary>Copies a bundle for other readers, specification section 15.5. Manifest, roots, links from children and content statements hold on.</summary>
/// <remarks>The original is verified as a whole before a byte is written. Statements about stored bytes are left out: they no longer hold.</remarks>
public static class BundleRewriter
{
    /// <summary>Copies an encrypted bundle for other recipients under the same keys. Fast, but takes nothing back from whoever could open the original.</summary>
    /// <param name="source">The bundle; stays the caller's.</param>
    /// <param name="output">Receives the copy; stays the caller's.</param>
    /// <param name="recipients">Who can open the copy, as in <see cref="BundleEncryption"/>.</param>
    /// <param name="options">Limits, and a key that opens everything.</param>
    /// <param name="progress">Receives totals.</param>
    /// <param name="cancellationToken">Ends the call early; the output is then not a complete bundle.</param>
    /// <returns>A task that ends when the copy is written.</returns>
    /// <exception cref="WaybillException">
    /// <see cref="WaybillErrorCode.LimitExceeded"/>: the recipients do not fit into the envelope, use <see cref="ReencryptAsync"/>;
    /// <see cref="WaybillErrorCode.NoMatchingKey"/>, <see cref="WaybillErrorCode.ScopeMissing"/>, or what verification finds.
    /// </exception>
    public static async Task RewrapAsync(
        ByteSource source, Stream output, IReadOnlyList<BundleRecipient> recipients, BundleReaderOptions options, IProgress<BundleProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(options);
        var encryption = new BundleEncryption(recipients);
        await RequireValidAsync(source, options, progress, cancellationToken).ConfigureAwait(false);

        (BundleKeys keys, byte[] old) = await OpenEnvelopeAsync(source, options, cancellationToken).ConfigureAwait(false);
        using (keys)
        {
            Wire.Envelope before = EnvelopePayload.Read(old, 0);
            Wire.Envelope envelope = await EnvelopeMaker.MakeAsync(keys, encryption.Recipients, new Digest(before.HeadDigest.Span), [], cancellationToken).ConfigureAwait(false);
            envelope.PublicTags.Add(before.PublicTags);
            byte[] payload = EnvelopePayload.Write(envelope, keys, old.Length);
            using RecordReader input = await OpenAsync(source, cancellationToken).ConfigureAwait(false);
            await new RecordCopy(input, output, keys, payload, [], default).RunAsync(progress, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Copies a bundle under a new key, or without encryption. What is not compressed anew stays as it was.</summary>
    /// <param name="source">The bundle, encrypted or not; stays the caller's.</param>
    /// <param name="output">Receives the copy; stays the caller's.</param>
    /// <param name="encryption">For whom; <see langword="null"/> for a copy that whoever has the file can read.</param>
    /// <param name="options">Limits, and a key that opens everything if the bundle is encrypted.</param>
    /// <param name="progress">Receives totals.</param>
    /// <param name="cancellationToken">Ends the call early; the output is then not a complete bundle.</param>
    /// <returns>A task that ends when the copy is written.</returns>
    /// <exception cref="WaybillException">
    /// <see cref="WaybillErrorCode.MergeRefused"/>: a feature forbids this software to transform the bundle, or it was made reproducibly and lacks the random bytes that an
    /// encrypted one needs; <see cref="WaybillErrorCode.NoMatchingKey"/>, <see cref="WaybillErrorCode.ScopeMissing"/>, or what verification finds.
    /// </exception>
    public static async Task ReencryptAsync(
        ByteSource source, Stream output, BundleEncryption? encryption, BundleReaderOptions options, IProgress<BundleProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(options);
        VerificationReport report = await RequireValidAsync(source, options, progress, cancellationToken).ConfigureAwait(false);
        using RecordReader input = await OpenAsync(source, cancellationToken).ConfigureAwait(false);
        Features before = input.Preamble.Features;
        if (encryption is not null && !before.IsEncrypted && report.Manifest!.Writer.Profile == "reproducible")
        {
            throw new WaybillException(WaybillErrorCode.MergeRefused, "The bundle was made reproducibly: its digest would confirm guesses of what encryption hides")
            {
                Hint = "Make a new backup, or merge the chain into a new bundle, with recipients.",
            };
        }

        var features = new Features(encryption is null ? before.Incompat & ~Features.Encrypted : before.Incompat | Features.Encrypted, before.TransformCompat, before.Compat);
        using var emitter = new RecordEmitter(BundleOutput.To(output, leaveOpen: true), input.Preamble.BundleId, RecordSealer.Create(input.Preamble.BundleId, encryption));
        await new ResealCopy(input, options.Keys, emitter, features, encryption).RunAsync(progress, cancellationToken).ConfigureAwait(false);
    }

    internal static async Task<RecordReader> OpenAsync(ByteSource source, CancellationToken cancellationToken)
    {
        var reader = new RecordReader(new ByteSourceStream(source));
        await reader.ReadPreambleAsync(cancellationToken).ConfigureAwait(false);
        return reader.Preamble.Features.MayTransform
            ? reader
            : throw new WaybillException(WaybillErrorCode.MergeRefused, $"'{source.Name}' has a feature that forbids this software to transform it") { Hint = "Use a newer version of this software." };
    }

    internal static async Task<VerificationReport> RequireValidAsync(ByteSource source, BundleReaderOptions options, IProgress<BundleProgress>? progress, CancellationToken cancellationToken)
    {
        VerificationReport report = await BundleVerifier.VerifyAsync(new ByteSourceStream(source), source.Name, TrustPolicy.AcceptUnsigned, options, progress, cancellationToken).ConfigureAwait(false);
        if (report.Problem is { } problem)
        {
            throw problem;
        }

        return report.UncheckedStreams.IsEmpty
            ? report
            : throw new BundleFormatException(WaybillErrorCode.ScopeMissing, "The key at hand does not open everything, so the bundle cannot be verified as a whole")
            {
                ObjectName = source.Name,
                Hint = "Use the key of a recipient with more scopes.",
            };
    }

    internal static async Task<(BundleKeys Keys, byte[] Payload)> OpenEnvelopeAsync(ByteSource source, BundleReaderOptions options, CancellationToken cancellationToken)
    {
        using RecordReader reader = await OpenAsync(source, cancellationToken).ConfigureAwait(false);
        while (await reader.ReadRecordAsync(cancellationToken).ConfigureAwait(false) is { } record && record.Header.Type < RecordType.StreamBegin)
        {
            if (record.Header.Type == RecordType.Envelope)
            {
                byte[] payload = record.Payload.ToArray();
                BundleKeys keys = await EnvelopeOpener.OpenAsync(payload, reader.Preamble.BundleId, options.Keys, record.Header.Offset, cancellationToken).ConfigureAwait(false);
                if (keys.Scopes == KeyScopes.All)
                {
                    return (keys, payload);
                }

                keys.Dispose();
                throw new BundleFormatException(WaybillErrorCode.ScopeMissing, "Only a key that opens everything can be handed on to others") { ObjectName = source.Name };
            }
        }

        throw new WaybillException(WaybillErrorCode.MergeRefused, "The bundle is not encrypted, so it has no recipients") { ObjectName = source.Name, Hint = "Encrypt it with reencrypt." };
    }
}
