using Waybill.Bundles.Format;
using Waybill.Bundles.Sealing;

namespace Waybill.Bundles.Reading;

/// <summary>Reads single records of a bundle at known places, checking each. The end of the bundle, fetched once, is kept.</summary>
internal sealed class RecordSource(ByteSource source, BundleId bundleId, long tailStart, ReadOnlyMemory<byte> tail, bool encrypted, RecordCipher? cipher = null) : IDisposable
{
    private readonly uint _bundleTag = RecordHeader.TagOf(bundleId);
    private readonly List<(long Sequence, UInt128 Salt, long Place)> _unchecked = [];
    private RunTable? _runs;

    public string Name => source.Name;

    /// <summary>Gets the most bytes a stored payload has more than the opened one.</summary>
    public int Overhead => cipher is null ? 0 : SealPrefix.Overhead;

    /// <summary>Takes what LAYOUT says of the writer's runs; what was read before is checked now, what is read later as it comes.</summary>
    public void UseRuns(RunTable runs)
    {
        foreach ((long sequence, UInt128 salt, long place) in _unchecked)
        {
            runs.Check(sequence, salt, place);
        }

        _unchecked.Clear();
        _runs = runs;
    }

    /// <summary>Reads the payload of a record of a given type and length.</summary>
    /// <param name="type">The type.</param>
    /// <param name="kind">The kind of the stream it belongs to, for records whose scope depends on it.</param>
    /// <param name="offset">Where it stands.</param>
    /// <param name="payloadLength">The length of its payload as stored.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    public async ValueTask<ReadOnlyMemory<byte>> ReadPayloadAsync(RecordType type, StreamKind kind, long offset, int payloadLength, CancellationToken cancellationToken) =>
        await ReadRecordAsync(type, kind, offset, payloadLength, new byte[RecordHeader.Size + payloadLength], cancellationToken).ConfigureAwait(false);

    /// <summary>Reads a record into <paramref name="record"/>, checks and opens it.</summary>
    /// <returns>The payload, a part of <paramref name="record"/>.</returns>
    public async ValueTask<ReadOnlyMemory<byte>> ReadRecordAsync(RecordType type, StreamKind kind, long offset, int payloadLength, Memory<byte> record, CancellationToken cancellationToken)
    {
        record = record[..(RecordHeader.Size + payloadLength)];
        if (offset < Preamble.Size || offset > source.Length - record.Length)
        {
            throw Invalid("A record would lie outside the bundle", offset);
        }

        await FillAsync(offset, record, cancellationToken).ConfigureAwait(false);
        RecordHeader header = RecordHeader.Read(record.Span, offset, _bundleTag, encrypted);
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

        return cipher is null || !header.IsSealed ? record[RecordHeader.Size..] : Open(header, kind, record[RecordHeader.Size..]);
    }

    /// <summary>Reads the header of the record at a place, whatever it is.</summary>
    public async ValueTask<RecordHeader> ReadHeaderAsync(long offset, CancellationToken cancellationToken)
    {
        var header = new byte[RecordHeader.Size];
        if (offset > source.Length - header.Length)
        {
            throw Invalid("A record would lie outside the bundle", offset);
        }

        await FillAsync(offset, header, cancellationToken).ConfigureAwait(false);
        return RecordHeader.Read(header, offset, _bundleTag, encrypted);
    }

    public void Dispose() => cipher?.Dispose();

    private ReadOnlyMemory<byte> Open(in RecordHeader header, StreamKind kind, Memory<byte> payload)
    {
        SealPrefix prefix = cipher!.Open(header, payload.Span, header.Offset);
        SealScopes.Check(prefix, header.Type, kind, header.Offset);
        if (_runs is { } runs)
        {
            runs.Check(header.Sequence, prefix.RunSalt, header.Offset);
        }
        else
        {
            _unchecked.Add((header.Sequence, prefix.RunSalt, header.Offset));
        }

        return payload[SealPrefix.Size..^SealPrefix.TagSize];
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
