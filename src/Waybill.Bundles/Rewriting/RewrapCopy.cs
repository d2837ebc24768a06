using Waybill.Bundles.Format;
using Waybill.Bundles.Reading;
using Waybill.Bundles.Sealing;

namespace Waybill.Bundles.Rewriting;

/// <summary>Copies a bundle that was verified before, byte for byte but for its envelope and what covers it, spec 15.5.</summary>
internal sealed class RewrapCopy(RecordReader input, Stream output, byte[] envelope, BundleKeys keys)
{
    private readonly byte[] _padding = new byte[BundleFormat.RecordAlignment];
    private long _offset;
    private long _records;

    public async Task RunAsync(IProgress<BundleProgress>? progress, CancellationToken cancellationToken)
    {
        var preamble = new byte[Preamble.Size];
        new Preamble(input.Preamble.Minor, input.Preamble.Features, input.Preamble.BundleId).Write(preamble);
        await WriteAsync(preamble, cancellationToken).ConfigureAwait(false);
        while (await input.ReadRecordAsync(cancellationToken).ConfigureAwait(false) is { } record)
        {
            if (record.Header.Type != RecordType.Checkpoint)
            {
                record.CheckPayload();
            }

            bool isDropped = record.Header.Type == RecordType.Signature && StatementTypes.IsAboutStorage(record.Payload);
            if (!isDropped)
            {
                await CopyAsync(record, cancellationToken).ConfigureAwait(false);
            }

            input.Return(record);
            progress?.Report(new BundleProgress("", input.Offset, null, _offset));
        }

        Trailer trailer = await input.ReadTrailerAsync(cancellationToken).ConfigureAwait(false);
        var bytes = new byte[Trailer.Size];
        (trailer with { TotalLength = _offset + Trailer.Size, RecordCount = _records, StoredRoot = default }).Write(bytes, keys);
        await WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask CopyAsync(RawRecord record, CancellationToken cancellationToken)
    {
        bool isEnvelope = record.Header.Type is RecordType.Envelope or RecordType.EnvelopeCopy;
        ReadOnlyMemory<byte> payload = isEnvelope ? envelope : record.PayloadMemory;
        RecordHeader header = record.Header with { PayloadCrc = isEnvelope ? Crc32C.Compute(envelope) : record.Header.PayloadCrc, Sequence = _records, Offset = _offset };
        var bytes = new byte[RecordHeader.Size];
        header.Write(bytes);
        await WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        await WriteAsync(payload, cancellationToken).ConfigureAwait(false);
        await WriteAsync(_padding.AsMemory(0, header.PaddingLength), cancellationToken).ConfigureAwait(false);
        _records++;
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await output.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        _offset += bytes.Length;
    }
}
