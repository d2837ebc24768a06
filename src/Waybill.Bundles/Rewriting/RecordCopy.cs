using Waybill.Bundles.Format;
using Waybill.Bundles.Reading;
using Waybill.Bundles.Sealing;
using Waybill.Bundles.Signing;

namespace Waybill.Bundles.Rewriting;

/// <summary>Copies a bundle that was verified before, record by record as stored, with another envelope or with more signatures, spec 15.5.</summary>
/// <param name="input">Reads the records, without opening them.</param>
/// <param name="output">Receives the copy.</param>
/// <param name="keys">What the trailer's MAC needs; <see langword="null"/> if the bundle is not encrypted.</param>
/// <param name="envelope">The payload of the new envelope; <see langword="null"/> to keep the old one.</param>
/// <param name="statements">Payloads of SIGNATURE records to add.</param>
/// <param name="storedRoot">What the trailer states; a copy with another envelope has none.</param>
internal sealed class RecordCopy(RecordReader input, Stream output, BundleKeys? keys, byte[]? envelope, IReadOnlyList<byte[]> statements, Digest storedRoot)
{
    private readonly byte[] _padding = new byte[BundleFormat.RecordAlignment];
    private readonly uint _tag = RecordHeader.TagOf(input.Preamble.BundleId);
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

            if (envelope is null || !IsAboutStorage(record))
            {
                await CopyAsync(record, cancellationToken).ConfigureAwait(false);
            }

            input.Return(record);
            progress?.Report(new BundleProgress("", input.Offset, null, _offset));
        }

        foreach (byte[] statement in statements)
        {
            await EmitAsync(new RecordHeader(RecordType.Signature, RecordFlags.None, statement.Length, Crc32C.Compute(statement), 0, 0, _tag), statement, cancellationToken).ConfigureAwait(false);
        }

        Trailer trailer = await input.ReadTrailerAsync(cancellationToken).ConfigureAwait(false);
        var bytes = new byte[Trailer.Size];
        (trailer with { TotalLength = _offset + Trailer.Size, RecordCount = _records, StoredRoot = storedRoot }).Write(bytes, keys);
        await WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether a record is a statement about stored bytes, which does not hold for others. What cannot be read speaks of nothing.</summary>
    internal static bool IsAboutStorage(in RawRecord record)
    {
        if (record.Header.Type != RecordType.Signature)
        {
            return false;
        }

        var list = new StatementList();
        list.Add(record.Payload, record.Header.Offset);
        return list.Statements is [{ Kind: StatementKinds.Storage }];
    }

    private ValueTask CopyAsync(RawRecord record, CancellationToken cancellationToken) => record.Header.Type is RecordType.Envelope or RecordType.EnvelopeCopy && envelope is not null
        ? EmitAsync(record.Header with { PayloadCrc = Crc32C.Compute(envelope) }, envelope, cancellationToken)
        : EmitAsync(record.Header, record.PayloadMemory, cancellationToken);

    private async ValueTask EmitAsync(RecordHeader header, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        header = header with { Sequence = _records, Offset = _offset };
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
