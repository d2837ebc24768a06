using System.Buffers;
using Waybill.Bundles.Format;

namespace Waybill.Bundles.Salvaging;

/// <summary>Finds the intact records of one bundle in a damaged source, front to back, and says what lies between them (spec 12).</summary>
/// <remarks>
/// A header is trusted if its checksum and its tag fit, and its place too: either it stands where it says, or bytes were inserted or removed
/// before it and its sequence number and offset can follow those of the record before. So neither a bundle inside of a stream nor an old copy of
/// this bundle is taken for a part of it.
/// </remarks>
internal sealed class RecordFinder(DamagedSource source, uint tag, List<SalvageDamage> damage)
{
    // Searching inside of damaged records reads some bytes twice. A forged bundle could make that every byte very often.
    private readonly long _maxRepeatedBytes = (64L << 20) + (4 * source.Length);
    private RecordHeader? _last;
    private RecordHeader? _lastInPlace;
    private long _next = Preamble.Size;
    private long _searchFrom;
    private long _accounted = Math.Min(Preamble.Size, source.Length);
    private long _shift;
    private long _repeatedBytes;
    private string? _reason;
    private bool _ended;

    /// <summary>Gets the trailer, once it was found.</summary>
    public Trailer? Trailer { get; private set; }

    /// <summary>Gets whether the trailer stands where it must, as the last bytes.</summary>
    public bool TrailerInPlace { get; private set; }

    /// <summary>Gets how much of the source was searched.</summary>
    public long Position => _next;

    /// <summary>Says that the preamble is intact, so that the first record follows it.</summary>
    public void AcceptPreamble() => _searchFrom = Preamble.Size;

    /// <summary>Finds the next intact record; <see langword="null"/> at the end.</summary>
    public async ValueTask<FoundRecord?> NextAsync(CancellationToken cancellationToken)
    {
        while (!_ended)
        {
            cancellationToken.ThrowIfCancellationRequested();
            long position = await IsStartAsync(_next, cancellationToken).ConfigureAwait(false)
                ? _next
                : await SearchAsync(_searchFrom, cancellationToken).ConfigureAwait(false);
            if (position < 0)
            {
                Account(source.Length, null);
                damage.Add(new SalvageDamage(source.Length, 0, "There is no trailer: the bundle was never finished, or its end is missing"));
                _next = source.Length;
                _ended = true;
            }
            else if (await ReadHeaderAsync(position, cancellationToken).ConfigureAwait(false) is not { } header)
            {
                await TakeTrailerAsync(position, cancellationToken).ConfigureAwait(false);
            }
            else if (await TakeRecordAsync(header, position, cancellationToken).ConfigureAwait(false) is { } record)
            {
                return record;
            }
        }

        return null;
    }

    private static string Describe(RecordType type) => Enum.IsDefined(type) ? type.ToString() : $"{(byte)type:X2}";

    private async ValueTask<bool> IsStartAsync(long position, CancellationToken cancellationToken) =>
        await ReadHeaderAsync(position, cancellationToken).ConfigureAwait(false) is not null
        || await ReadTrailerAsync(position, cancellationToken).ConfigureAwait(false) is not null;

    private async ValueTask<RecordHeader?> ReadHeaderAsync(long position, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> bytes = await source.PeekAsync(position, RecordHeader.Size, cancellationToken).ConfigureAwait(false);
        return RecordHeader.TryRead(bytes.Span, out RecordHeader header) && IsTrusted(header, position) ? header : null;
    }

    private async ValueTask<Trailer?> ReadTrailerAsync(long position, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> bytes = await source.PeekAsync(position, Format.Trailer.Size, cancellationToken).ConfigureAwait(false);
        return DamagedHead.TryReadTrailer(bytes.Span) is { } trailer && RecordHeader.TagOf(trailer.BundleId) == tag
            && trailer.TotalLength - Format.Trailer.Size >= (_last?.NextOffset ?? Preamble.Size)
            ? trailer
            : null;
    }

    private bool IsTrusted(in RecordHeader header, long position)
    {
        if (header.BundleTag != tag || !DamagedHead.IsPossible(header))
        {
            return false;
        }

        if (header.Offset == position)
        {
            return _lastInPlace is not { } before || position >= before.NextOffset;
        }

        long missing = header.Sequence - ((_last?.Sequence ?? -1) + 1);
        long gap = header.Offset - (_last?.NextOffset ?? Preamble.Size);
        return missing >= 0 && gap >= 0 && (missing == 0) == (gap == 0) && missing <= gap / RecordHeader.Size;
    }

    private async ValueTask<long> SearchAsync(long from, CancellationToken cancellationToken)
    {
        while (from < source.Length)
        {
            ReadOnlyMemory<byte> window = await source.PeekAsync(from, Format.Trailer.Size, cancellationToken).ConfigureAwait(false);
            int candidate = FindCandidate(window.Span);
            if (candidate < 0)
            {
                if (from + window.Length >= source.Length)
                {
                    return -1;
                }

                // A mark may begin in the last bytes of the window.
                from += Math.Max(1, window.Length - (BundleFormat.TrailerMagic.Length - 1));
                continue;
            }

            from += candidate;
            if (await IsStartAsync(from, cancellationToken).ConfigureAwait(false))
            {
                return from;
            }

            from++;
        }

        return -1;
    }

    private static int FindCandidate(ReadOnlySpan<byte> window)
    {
        int record = window.IndexOf(BundleFormat.RecordSync);
        int trailer = (record < 0 ? window : window[..record]).IndexOf(BundleFormat.TrailerMagic);
        return trailer >= 0 ? trailer : record;
    }

    private async ValueTask<FoundRecord?> TakeRecordAsync(RecordHeader header, long position, CancellationToken cancellationToken)
    {
        Account(position, (header.Offset, header.Sequence));
        long payloadStart = position + RecordHeader.Size;
        long payloadEnd = payloadStart + header.PayloadLength;
        _last = header;
        _lastInPlace = header.Offset == position ? header : _lastInPlace;
        _shift = position - header.Offset;
        _next = header.NextOffset + _shift;
        _accounted = position;
        _searchFrom = payloadStart;
        if (payloadEnd > source.Length)
        {
            _reason = $"The bundle ends inside a {Describe(header.Type)} record";
            return null;
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(Math.Max(1, header.PayloadLength));
        await source.FillAsync(payloadStart, buffer.AsMemory(0, header.PayloadLength), cancellationToken).ConfigureAwait(false);
        var record = new FoundRecord(header, position, buffer);
        if (Crc32C.Compute(record.Payload) == header.PayloadCrc)
        {
            _accounted = payloadEnd;
            _searchFrom = payloadEnd;
            await CheckPaddingAsync(payloadEnd, header.PaddingLength, cancellationToken).ConfigureAwait(false);
            return record;
        }

        record.Release();
        _reason = $"The payload of a {Describe(header.Type)} record does not match its checksum";
        _repeatedBytes += header.PayloadLength;
        if (_repeatedBytes > _maxRepeatedBytes)
        {
            _searchFrom = payloadEnd;
        }

        return null;
    }

    private async ValueTask CheckPaddingAsync(long start, int length, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> padding = await source.PeekAsync(start, length, cancellationToken).ConfigureAwait(false);
        if (padding.Length >= length && !padding.Span[..length].ContainsAnyExcept((byte)0))
        {
            _accounted = start + length;
        }
    }

    private async ValueTask TakeTrailerAsync(long position, CancellationToken cancellationToken)
    {
        Trailer trailer = (await ReadTrailerAsync(position, cancellationToken).ConfigureAwait(false))!.Value;
        Account(position, (trailer.TotalLength - Format.Trailer.Size, trailer.RecordCount));
        long end = position + Format.Trailer.Size;
        Trailer = trailer;
        TrailerInPlace = trailer.TotalLength == end && end == source.Length;
        if (end < source.Length)
        {
            damage.Add(new SalvageDamage(end, source.Length - end, "There are bytes after the trailer"));
        }

        _next = source.Length;
        _ended = true;
    }

    /// <summary>Says what is wrong between the last intact record and a place that is known again, with the offset and number that it states.</summary>
    private void Account(long position, (long Offset, long Sequence)? known)
    {
        long lost = known is { } k ? Math.Max(0, k.Sequence - ((_last?.Sequence ?? -1) + 1)) : 0;
        long moved = known is { } m ? position - m.Offset - _shift : 0;
        if (position > _accounted || moved != 0 || lost > 0)
        {
            string reason = _reason
                ?? (position <= _accounted ? "Bytes are missing"
                : position == _next && position - _accounted < BundleFormat.RecordAlignment ? "The padding after a record is not zero"
                : "There is no intact record");
            string records = lost > 0 ? FormattableString.Invariant($"; records missing: {lost}") : "";
            string bytes = moved < 0 ? FormattableString.Invariant($"; bytes missing: {-moved}")
                : moved > 0 ? FormattableString.Invariant($"; bytes too many: {moved}")
                : "";
            damage.Add(new SalvageDamage(Math.Min(_accounted, position), Math.Max(0, position - _accounted), reason + records + bytes));
        }

        _reason = null;
    }
}
