using Waybill.Bundles.Format;
using Waybill.Bundles.Reading;
using Waybill.Bundles.Sealing;
using Waybill.Bundles.Signing;

namespace Waybill.Bundles;

/// <summary>What a bundle shows without any key: whose key is needed, and what its writer left in the clear (specification section 15.2).</summary>
/// <remarks>Nothing of it is proved. Whoever can write to the file can change it; with a key, <see cref="BundleReader"/> tells.</remarks>
public sealed class BundleClearHeader
{
    // README, FEATURE_NAMES and a few that later versions may add stand before the envelope.
    private const int MaxRecords = 16;

    private BundleClearHeader(Preamble preamble, bool isComplete, Wire.Envelope? envelope, IReadOnlyList<SignedStatement> statements)
    {
        Id = preamble.BundleId;
        IsComplete = isComplete;
        IsEncrypted = preamble.Features.IsEncrypted;
        Features = [.. preamble.Features.SetBits().Select(feature => FeatureRegistry.NameOf(feature.Word, feature.Bit))];
        Suite = (SealSuite?)envelope?.Suite;
        Recipients = [.. envelope?.Recipients.Select(BundleClearRecipient.Of) ?? []];
        PublicTags = [.. envelope?.PublicTags.Select(WireValues.ToTag) ?? []];
        Statements = statements;
    }

    /// <summary>Gets the identity of the bundle.</summary>
    public BundleId Id { get; }

    /// <summary>Gets whether the bundle has its trailer.</summary>
    public bool IsComplete { get; }

    /// <summary>Gets whether the bundle is encrypted.</summary>
    public bool IsEncrypted { get; }

    /// <summary>Gets the names of the features it uses.</summary>
    public IReadOnlyList<string> Features { get; }

    /// <summary>Gets how it is sealed; <see langword="null"/> if it is not encrypted.</summary>
    public SealSuite? Suite { get; }

    /// <summary>Gets for whom it opens; nobody if it is not encrypted.</summary>
    public IReadOnlyList<BundleClearRecipient> Recipients { get; }

    /// <summary>Gets the tags that an encrypted bundle shows.</summary>
    public IReadOnlyList<Tag> PublicTags { get; }

    /// <summary>Gets the signed statements in the bundle, not verified; none if it is not complete.</summary>
    public IReadOnlyList<SignedStatement> Statements { get; }

    /// <summary>Reads what is in the clear.</summary>
    /// <param name="source">The bundle; stays the caller's.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>What it shows.</returns>
    /// <exception cref="BundleFormatException">
    /// <see cref="WaybillErrorCode.NotABundle"/>, <see cref="WaybillErrorCode.UnsupportedVersion"/>, <see cref="WaybillErrorCode.UnsupportedFeature"/>, or the code for what is damaged.
    /// </exception>
    public static async Task<BundleClearHeader> ReadAsync(ByteSource source, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        try
        {
            using var reader = new RecordReader(new ByteSourceStream(source));
            await reader.ReadPreambleAsync(cancellationToken).ConfigureAwait(false);
            await FeatureCheck.RequireKnownAsync(source, reader.Preamble.Features, cancellationToken).ConfigureAwait(false);
            Wire.Envelope? envelope = reader.Preamble.Features.IsEncrypted ? await ReadEnvelopeAsync(reader, cancellationToken).ConfigureAwait(false) : null;
            (bool isComplete, IReadOnlyList<SignedStatement> statements) = await ReadEndAsync(source, reader.Preamble, cancellationToken).ConfigureAwait(false);
            return new BundleClearHeader(reader.Preamble, isComplete, envelope, statements);
        }
        catch (BundleFormatException e) when (e.ObjectName is null)
        {
            throw new BundleFormatException(e.Code, e.Message, e) { ObjectName = source.Name, Offset = e.Offset, Hint = e.Hint };
        }
    }

    private static async Task<Wire.Envelope> ReadEnvelopeAsync(RecordReader reader, CancellationToken cancellationToken)
    {
        for (int i = 0; i < MaxRecords && await reader.ReadRecordAsync(cancellationToken).ConfigureAwait(false) is { } record; i++)
        {
            record.CheckPayload();
            if (record.Header.Type == RecordType.Envelope)
            {
                return EnvelopePayload.Read(record.Payload, record.Header.Offset);
            }

            reader.Return(record);
        }

        throw new BundleFormatException(WaybillErrorCode.FramingInvalid, "The bundle is encrypted but does not say for whom") { Offset = Preamble.Size };
    }

    private static async Task<(bool IsComplete, IReadOnlyList<SignedStatement> Statements)> ReadEndAsync(ByteSource source, Preamble preamble, CancellationToken cancellationToken)
    {
        long end = source.Length - Trailer.Size;
        var bytes = new byte[Trailer.Size];
        if (end < Preamble.Size || await source.ReadAsync(end, bytes, cancellationToken).ConfigureAwait(false) < bytes.Length || !Trailer.HasMagic(bytes))
        {
            return (false, []);
        }

        Trailer trailer = Trailer.Read(bytes, end);
        using var records = new RecordSource(source, preamble.BundleId, end, bytes, preamble.Features.IsEncrypted);
        return (true, await StatementList.ReadAsync(records, trailer, end, cancellationToken).ConfigureAwait(false));
    }
}
