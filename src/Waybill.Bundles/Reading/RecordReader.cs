using System.Security.Cryptography;
using Waybill.Bundles.Format;
using Waybill.Bundles.Sealing;
using Waybill.Bundles.Signing;
using Waybill.Bundles.Writing;

namespace Waybill.Bundles.Reading;

/// <summary>A record as it stands in the bundle, or opened in place. The payload lies in a buffer of the reader's pool.</summary>
/// <param name="Header">The header.</param>
/// <param name="Buffer">Header and payload.</param>
/// <param name="Opened">How it was sealed, if it was opened.</param>
/// <param name="Closed">How it says that it is sealed, if the key of its scope is not at hand. Its checksum was checked; nothing proves the rest.</param>
internal readonly record struct RawRecord(RecordHeader Header, byte[] Buffer, SealPrefix? Opened = null, SealPrefix? Closed = null)
{
    public ReadOnlySpan<byte> Payload => PayloadMemory.Span;

    public ReadOnlyMemory<byte> PayloadMemory => Opened is null
        ? Buffer.AsMemory(RecordHeader.Size, Header.PayloadLength)
        : Buffer.AsMemory(RecordHeader.Size + SealPrefix.Size, Header.PayloadLength - SealPrefix.Overhead);

    /// <summary>Checks the payload against its checksum. One whose seal was looked at was checked before.</summary>
    public void CheckPayload()
    {
        if (Opened is null && Closed is null && Crc32C.Compute(Payload) != Header.PayloadCrc)
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
/// <param name="input">The bundle.</param>
/// <param name="tracksStored">Whether the stored root is computed.</param>
/// <param name="passesClosed">Whether records of streams whose key is not at hand are passed on as they are, instead of being refused.</param>
internal sealed class RecordReader(Stream input, bool tracksStored = false, bool passesClosed = false) : IDisposable
{
    // Nearly all records are a chunk of a default cell or smaller; the few larger ones get a buffer of their own.
    private const int PooledPayload = (1024 * 1024) + (64 * 1024);

    private readonly BufferPool _pool = new(RecordHeader.Size + PooledPayload);
    private readonly byte[] _header = new byte[Math.Max(RecordHeader.Size, BundleFormat.RecordAlignment)];
    private uint _bundleTag;
    private IncrementalHash? _head;
    private RecordCipher? _cipher;
    private StoredRoot? _stored;

    public long Offset { get; private set; }

    public long RecordCount { get; private set; }

    public Preamble Preamble { get; private set; }

    /// <summary>Gets the stored bytes up to and with MANIFEST, once that was read; <see langword="null"/> if they are not tracked.</summary>
    public StorageFacts? Stored { get; private set; }

    public async ValueTask ReadPreambleAsync(CancellationToken cancellationToken)
    {
        var bytes = new byte[Preamble.Size];
        int read = await ReadUpToAsync(bytes, cancellationToken).ConfigureAwait(false);
        Preamble = Preamble.Read(bytes.AsSpan(0, read));
        _stored = tracksStored ? new StoredRoot(bytes) : null;
        if (Preamble.Features.IsEncrypted)
        {
            _head = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            _head.AppendData(bytes);
        }

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
        RecordHeader header = RecordHeader.Read(_header, start, _bundleTag, Preamble.Features.IsEncrypted);
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
        if (header.Type != RecordType.Envelope)
        {
            _head?.AppendData(buffer.AsSpan(0, RecordHeader.Size + header.PayloadLength));
            _head?.AppendData(_header.AsSpan(0, header.PaddingLength));
        }

        TrackStored(header, buffer);
        return Open(new RawRecord(header, buffer));
    }

    /// <summary>Gets the digest of everything before the ENVELOPE record, which was just read.</summary>
    public Digest TakeHeadDigest()
    {
        Span<byte> hash = stackalloc byte[Digest.Size];
        _head!.GetHashAndReset(hash);
        _head.Dispose();
        _head = null;
        return new Digest(hash);
    }

    /// <summary>Gets whether the records of a scope are passed on as they are.</summary>
    public bool IsClosed(SealScope scope) => passesClosed && _cipher is { } cipher && cipher.Keys.Find(scope) is null;

    /// <summary>Gets what can be opened; everything of a bundle that is not encrypted.</summary>
    public KeyScopes Scopes => _cipher?.Keys.Scopes ?? (Offset > 0 && !Preamble.Features.IsEncrypted ? KeyScopes.All : KeyScopes.None);

    /// <summary>Opens sealed records from here on; <paramref name="cipher"/> is disposed with the reader.</summary>
    public void UseCipher(RecordCipher cipher) => _cipher = cipher;

    public void Dispose()
    {
        _head?.Dispose();
        _cipher?.Dispose();
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
        if (_cipher is { } cipher)
        {
            trailer.CheckMac(cipher.Keys, start);
        }

        if (Stored is { } stored && !trailer.StoredRoot.IsDefault && trailer.StoredRoot != stored.StoredRoot)
        {
            throw new BundleFormatException(WaybillErrorCode.DigestMismatch, "The records of the bundle do not match its stored root") { Offset = start };
        }

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

    private void TrackStored(in RecordHeader header, byte[] buffer)
    {
        if (_stored is not { } stored || Stored is not null)
        {
            return;
        }

        stored.Add(buffer.AsSpan(0, RecordHeader.Size), Digest.Of(buffer.AsSpan(RecordHeader.Size, header.PayloadLength)));
        if (header.Type == RecordType.Manifest)
        {
            Stored = new StorageFacts(stored.Compute(), stored.RecordCount, header.NextOffset);
        }
    }

    private RawRecord Open(RawRecord record)
    {
        if (_cipher is null || !record.Header.IsSealed || !Enum.IsDefined(record.Header.Type))
        {
            return record;
        }

        if (record.Header.Type == RecordType.Checkpoint)
        {
            return TryOpenCheckpoint(record);
        }

        // Opening in place destroys what does not open, so damage is told apart from intent before.
        record.CheckPayload();
        if (passesClosed && SealScopes.DependsOnStream(record.Header.Type) && SealPrefix.Read(record.Payload, record.Header.Offset) is var closed && IsClosed(closed.Scope))
        {
            return record with { Closed = closed };
        }

        SealPrefix prefix = _cipher.Open(record.Header, record.Buffer.AsSpan(RecordHeader.Size, record.Header.PayloadLength), record.Header.Offset);
        return record with { Opened = prefix };
    }

    /// <summary>A checkpoint is an aid: one that is damaged or does not open is as good as none (spec 12).</summary>
    private RawRecord TryOpenCheckpoint(RawRecord record)
    {
        try
        {
            record.CheckPayload();
            _cipher!.Open(record.Header, record.Buffer.AsSpan(RecordHeader.Size, record.Header.PayloadLength), record.Header.Offset);
        }
        catch (BundleFormatException)
        {
            return record;
        }

        return record with { Opened = SealPrefix.Read(record.Buffer.AsSpan(RecordHeader.Size), record.Header.Offset) };
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
            int read = await ReadPieceAsync(destination[total..], Offset + total, cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                break;
            }

            total += read;
        }

        Offset += total;
        return total;
    }

    private async ValueTask<int> ReadPieceAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken)
    {
        try
        {
            return await input.ReadAsync(destination, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            // A stream has no name; whoever was told one adds it.
            throw ReportingByteSource.ToError(e, null, offset);
        }
    }
}
