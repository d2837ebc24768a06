using Waybill.Bundles.Format;
using Waybill.Bundles.Reading;
using Waybill.Bundles.Signing;

namespace Waybill.Bundles.Verifying;

/// <summary>Reads the records of a bundle without opening them, as someone without a key can.</summary>
internal sealed class StorageScan(RecordReader records)
{
    private readonly StatementList _statements = new();
    private (long Offset, int Length) _manifest;
    private (long Offset, int Length) _layout;

    public IReadOnlyList<SignedStatement> Statements => _statements.Statements;

    /// <summary>Gets whether the end was reached and agrees with what came before.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Reads to the end.</summary>
    /// <returns>What statements about stored bytes are compared with.</returns>
    public async Task<BundleFacts> RunAsync(IProgress<BundleProgress>? progress, CancellationToken cancellationToken)
    {
        await records.ReadPreambleAsync(cancellationToken).ConfigureAwait(false);
        await FeatureCheck.RequireKnownAsync(records, cancellationToken).ConfigureAwait(false);
        while (await records.ReadRecordAsync(cancellationToken).ConfigureAwait(false) is { } record)
        {
            record.CheckPayload();
            (long, int) place = (record.Header.Offset, record.Header.PayloadLength);
            switch (record.Header.Type)
            {
                case RecordType.Signature:
                    _statements.Add(record.Payload, record.Header.Offset);
                    break;
                case RecordType.Manifest when _manifest.Offset == 0:
                    _manifest = place;
                    break;
                case RecordType.Layout when _layout.Offset == 0:
                    _layout = place;
                    break;
                case RecordType.Manifest or RecordType.Layout:
                    throw new BundleFormatException(WaybillErrorCode.RecordOutOfOrder, $"There are two {record.Header.Type} records") { Offset = record.Header.Offset };
            }

            records.Return(record);
            progress?.Report(new BundleProgress("", records.Offset, null, records.Offset));
        }

        Trailer trailer = await records.ReadTrailerAsync(cancellationToken).ConfigureAwait(false);
        if ((trailer.ManifestOffset, trailer.ManifestLength) != _manifest || (trailer.LayoutOffset, trailer.LayoutLength) != _layout)
        {
            throw new BundleFormatException(WaybillErrorCode.FramingInvalid, "The trailer does not agree with the records before it") { Offset = trailer.TotalLength - Trailer.Size };
        }

        IsComplete = true;
        return new BundleFacts(trailer.BundleId, trailer.ManifestDigest, records.Stored);
    }
}
