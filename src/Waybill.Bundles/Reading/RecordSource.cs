using Waybill.Bundles.Format;

namespace Waybill.Bundles.Reading;

/// <summary>Reads single records of a bundle at known places, checking each. The end of the bundle, fetched once, is kept.</summary>
internal sealed class RecordSource(ByteSource source, BundleId bundleId, long tailStart, ReadOnlyMemory<byte> tail)
{
    private readonly uint _bundleTag = RecordHeader.TagOf(bundleId);

    public string Name => source.Name;

    /// <summary>Reads the payload of a record of a given type and length.</summary>
    public async ValueTask<byte[]> ReadPayloadAsync(RecordType type, long offset, int payloadLength, CancellationToken cancellationToken)
    {
        var record = new byte[RecordHeader.Size + payloadLength];
        await ReadRecordAsync(type, offset, payloadLength, record, cancellationToken).ConfigureAwait(false);
        return record[RecordHeader.Size..];
    }

    /// <summary>Reads a record into <paramref name="record"/>: header, then payload. Checks both.</summary>
    public async ValueTask ReadRecordAsync(RecordType type, long offset, int payloadLength, Memory<byte> record, CancellationToken cancellationToken)
    {
        record = record[..(RecordHeader.Size + payloadLength)];
        if (offset < Preamble.Size || offset > source.Length - record.Length)
        {
            throw Invalid("A record would lie outside the bundle", offset);
        }

        await FillAsync(offset, record, cancellationToken).ConfigureAwait(false);
        RecordHeader header = RecordHeader.Read(record.Span, offset, _bundleTag);
        if (header.Type != type || header.PayloadLength != payloadLength)
        {
            throw Invalid($"There is no {type} record of {payloadLength} bytes where there should be one", offset);
        }

        if (Crc32C.Compute(record.Span[RecordHeader.Size..]) != header.PayloadCrc)
        {
            throw new BundleFormatException(WaybillErrorCode.RecordDamaged, "The payload of a record does not match its checksum")
            {
                ObjectName = source.Name,
                Offset = offset,
                Hint = "The bundle is damaged here. Take another copy of it, or salvage what is intact.",
            };
        }
    }

    private async ValueTask FillAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (offset >= tailStart)
        {
            tail.Slice((int)(offset - tailStart), destination.Length).CopyTo(destination);
            return;
        }

        int read = await source.ReadAsync(offset, destination, cancellationToken).ConfigureAwait(false);
        if (read != destination.Length)
        {
            throw new BundleFormatException(WaybillErrorCode.Incomplete, "The bundle ended while it was read") { ObjectName = source.Name, Offset = offset + read };
        }
    }

    private BundleFormatException Invalid(string message, long offset) =>
        new(WaybillErrorCode.LeavesInvalid, message) { ObjectName = source.Name, Offset = offset };
}
