using Waybill.Bundles.Format;
using Waybill.Bundles.Reading;

namespace Waybill.Bundles.Signing;

/// <summary>The statements of a bundle as its SIGNATURE records come. Who can write to the file can add some, so one that cannot be read is passed over.</summary>
internal sealed class StatementList
{
    private readonly List<SignedStatement> _statements = [];
    private int _records;

    public IReadOnlyList<SignedStatement> Statements => _statements;

    /// <summary>Reads those behind the manifest of a complete bundle.</summary>
    public static async Task<IReadOnlyList<SignedStatement>> ReadAsync(RecordSource records, Trailer trailer, long end, CancellationToken cancellationToken)
    {
        var list = new StatementList();
        long offset = BundleFormat.Align(trailer.ManifestOffset + RecordHeader.Size + trailer.ManifestLength);
        while (offset < end)
        {
            RecordHeader header = await records.ReadHeaderAsync(offset, cancellationToken).ConfigureAwait(false);
            if (header.Type == RecordType.Signature)
            {
                ReadOnlyMemory<byte> payload = await records.ReadPayloadAsync(RecordType.Signature, default, offset, header.PayloadLength, cancellationToken).ConfigureAwait(false);
                list.Add(payload.Span, offset);
            }

            offset = header.NextOffset;
        }

        return list.Statements;
    }

    /// <summary>Adds what a SIGNATURE record holds.</summary>
    /// <exception cref="BundleFormatException"><see cref="WaybillErrorCode.LimitExceeded"/>: there are too many, or one is too large.</exception>
    public void Add(ReadOnlySpan<byte> payload, long place)
    {
        if (++_records > SignatureLimits.MaxRecords)
        {
            throw SignatureLimits.Exceeded("The bundle has more than 64 SIGNATURE records", place);
        }

        try
        {
            _statements.Add(SignedStatementCodec.Decode(payload, place));
        }
        catch (BundleFormatException e) when (e.Code != WaybillErrorCode.LimitExceeded)
        {
            // Not a statement, so it states nothing.
        }
    }
}
