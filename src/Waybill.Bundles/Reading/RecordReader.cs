using Waybill.Bundles.Format;
using Waybill.Bundles.Writing;

namespace Waybill.Bundles.Reading;

/// <summary>A record as it stands in the bundle. The payload lies behind the header in a buffer of the reader's pool.</summary>
internal readonly record struct RawRecord(RecordHeader Header, byte[] Buffer)
{
    public ReadOnlySpan<byte> Payload => Buffer.AsSpan(RecordHeader.Size, Header.PayloadLength);

    public void CheckPayload()
    {
        if (Crc32C.Compute(Payload) != Header.PayloadCrc)
        {
            throw new BundleFormatException(WaybillErrorCode.RecordDamaged, $"The payload of a {Header.Type} record does not match its checksum")
            {
                Offset = Header.Offset,
                Hint = "The bundle is damaged here. Take another copy of it, or salvage what is intact.",
            };
        }
    }
}

/// <summary>Reads preamble, records and trailer one after the other, from anything that only goes forward.</summary>
internal sealed class RecordReader(Stream input)
{
    // Nearly all records are a chunk of a default cell or smaller; the few larger ones get a buffer of their own.
    private const int PooledPayload = (1024 * 1024) + (64 * 1024);

    private readonly BufferPool _pool = new(RecordHeader.Size + PooledPayload);
    private readonly byte[] _header = new byte[Math.Max(RecordHeader.Size, BundleFormat.RecordAlignment)];
    private uint _bundleTag;

    public long Offset { get; private set; }

    public long RecordCount { get; private set; }

    public Preamble Preamble { get; private set; }

    public async ValueTask ReadPreambleAsync(CancellationToken cancellationToken)
    {
        var bytes = new byte[Preamble.Size];
        int read = await ReadUpToAsync(bytes, cancellationToken).ConfigureAwait(false);
        Preamble = Preamble.Read(bytes.AsSpan(0, read));
        _bundleTag = RecordHeader.TagOf(Preamble.BundleId);
    }

    /// <summary>Reads the next record, or <see langword="null"/> where the trailer begins; then <see cref="ReadTrailerAsync"/> is next.</summary>
    public async ValueTask<RawRecord?> ReadRecordAsync(CancellationToken cancellationToken)
    {
        long start = Offset;
        int read = await ReadUpToAsync(_header.AsMemory(0, RecordHeader.Size), cancellationToken).ConfigureAwait(false);
        if (read == RecordHeader.Size && Trailer.HasMagic(_header))
        {
            return null;
        }

        RequireFull(read, RecordHeader.Size, start);
        RecordHeader header = RecordHeader.Read(_header, start, _bundleTag);
        if (header.Sequence != RecordCount)
        {
            throw new BundleFormatException(WaybillErrorCode.FramingInvalid, $"A record has the sequence number {header.Sequence}; {RecordCount} is next") { Offset = start };
        }

        byte[] buffer = header.PayloadLength <= PooledPayload ? _pool.Rent() : new byte[RecordHeader.Size + header.PayloadLength];
        _header.AsSpan(0, RecordHeader.Size).CopyTo(buffer);
        read = await ReadUpToAsync(buffer.AsMemory(RecordHeader.Size, header.PayloadLength), cancellationToken).ConfigureAwait(false);
        RequireFull(read, header.PayloadLength, start);
        read = await ReadUpToAsync(_header.AsMemory(0, header.PaddingLength), cancellationToken).ConfigureAwait(false);
        RequireFull(read, header.PaddingLength, start);
        if (_header.AsSpan(0, header.PaddingLength).ContainsAnyExcept((byte)0))
        {
            throw new BundleFormatException(WaybillErrorCode.FramingInvalid, "The padding after a record is not zero") { Offset = Offset - header.PaddingLength };
        }

        RecordCount++;
        return new RawRecord(header, buffer);
    }

    /// <summary>Reads the rest of the trailer, whose first bytes <see cref="ReadRecordAsync"/> has seen, and makes sure that nothing follows.</summary>
    public async ValueTask<Trailer> ReadTrailerAsync(CancellationToken cancellationToken)
    {
        long start = Offset - RecordHeader.Size;
        var bytes = new byte[Trailer.Size];
        _header.AsSpan(0, RecordHeader.Size).CopyTo(bytes);
        int read = await ReadUpToAsync(bytes.AsMemory(RecordHeader.Size), cancellationToken).ConfigureAwait(false);
        RequireFull(read, Trailer.Size - RecordHeader.Size, start);
        Trailer trailer = Trailer.Read(bytes, start);
        trailer.CheckPreamble(Preamble, start);
        if (trailer.RecordCount != RecordCount)
        {
            throw new BundleFormatException(WaybillErrorCode.FramingInvalid, $"The trailer counts {trailer.RecordCount} records; there are {RecordCount}") { Offset = start };
        }

        read = await ReadUpToAsync(_header.AsMemory(0, 1), cancellationToken).ConfigureAwait(false);
        return read == 0
            ? trailer
            : throw new BundleFormatException(WaybillErrorCode.FramingInvalid, "There are bytes after the trailer") { Offset = start + Trailer.Size };
    }

    public void Return(RawRecord record)
    {
        if (record.Buffer.Length == _pool.BufferSize)
        {
            _pool.Return(record.Buffer);
        }
    }

    private static void RequireFull(int read, int wanted, long start)
    {
        if (read != wanted)
        {
            throw new BundleFormatException(WaybillErrorCode.Incomplete, "The bundle ends before its trailer: it was never finished, or its end is missing")
            {
                Offset = start,
                Hint = "Make the backup again, or recover what is there with salvage.",
            };
        }
    }

    private async ValueTask<int> ReadUpToAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        int total = 0;
        while (total < destination.Length)
        {
            int read = await input.ReadAsync(destination[total..], cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                break;
            }

            total += read;
        }

        Offset += total;
        return total;
    }
}
