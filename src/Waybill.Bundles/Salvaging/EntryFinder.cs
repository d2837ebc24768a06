using Waybill.Bundles.Entries;
using Waybill.Bundles.Format;

namespace Waybill.Bundles.Salvaging;

/// <summary>Cuts what is left of a stream of entries into entries (spec 8.1). After a gap it searches for the next entry by magic and checksums.</summary>
internal sealed class EntryFinder<T>(StreamKind kind, Func<RawEntry, T?> decode)
    where T : class
{
    // Beyond this much work on what only looked like entries, long ones are not considered any more: a forger could make them overlap.
    private const long FreeSearchBytes = 64 << 20;
    private const int ShortMeta = 64 * 1024;

    private readonly long _maxBody = kind == StreamKind.FileMeta ? 0 : BundleFormat.MaxResourceLength;
    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private long _place;
    private long _consumed;
    private long _wasted;
    private bool _searching;
    private bool _followsGap;
    private bool _gap;
    private bool _lost;

    /// <summary>Gets whether everything so far was entries, and the last one is complete.</summary>
    public bool IsAtEntry => !_lost && _start == _end;

    /// <summary>Whether zeros that come next cannot belong to an entry: none begins with them, and none is as long.</summary>
    public bool IgnoresZeros(long length) => _start == _end || _searching || length > BundleFormat.MaxEntryMetaLength + _maxBody;

    /// <summary>Takes the bytes that come next.</summary>
    public void Append(ReadOnlySpan<byte> bytes, long offset)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_buffer.Length - _end < bytes.Length)
        {
            Array.Resize(ref _buffer, Math.Max(_end + bytes.Length, 2 * _buffer.Length));
        }

        _place = offset - _end;
        bytes.CopyTo(_buffer.AsSpan(_end));
        _end += bytes.Length;
        _gap = false;
    }

    /// <summary>Says that the bytes that come next are lost.</summary>
    public void BeginGap()
    {
        _gap = true;
        _lost = true;
    }

    /// <summary>Takes the next entry out; call it until it says no, after each <see cref="Append"/> and each <see cref="BeginGap"/>.</summary>
    public bool TryTake(out SalvagedEntry<T> entry)
    {
        while (_start < _end && (!_searching || FindMagic()))
        {
            switch (TryRead(out entry, out int length))
            {
                case Outcome.Entry:
                    Skip(length);
                    _searching = false;
                    return true;
                case Outcome.Wait when !_gap:
                    return false;
                case Outcome.Wait when !_followsGap:
                    // It begins where an entry must, so the rest of it is what the gap took.
                    Skip(_end - _start);
                    break;
                case Outcome.Refused when !_followsGap:
                    _lost = true;
                    Skip(length);
                    break;
                default:
                    Search();
                    break;
            }
        }

        if (_gap)
        {
            Skip(_end - _start);
            _searching = true;
            _followsGap = true;
        }

        entry = default;
        return false;
    }

    private Outcome TryRead(out SalvagedEntry<T> entry, out int length)
    {
        entry = default;
        length = 0;
        ReadOnlySpan<byte> bytes = _buffer.AsSpan(_start, _end - _start);
        if (bytes.Length < EntryHeader.Size)
        {
            return Outcome.Wait;
        }

        if (!TryReadHeader(bytes, out EntryHeader header) || (_searching && header.MetaLength > ShortMeta && _wasted > FreeSearchBytes + (16 * _consumed)))
        {
            return Outcome.Invalid;
        }

        long total = EntryHeader.Size + header.MetaLength + header.BodyLength;
        if (bytes.Length < total)
        {
            return Outcome.Wait;
        }

        length = (int)total;
        byte[] meta = bytes.Slice(EntryHeader.Size, header.MetaLength).ToArray();
        if (Crc32C.Compute(meta) != header.MetaCrc)
        {
            _wasted += header.MetaLength;
            return Outcome.Invalid;
        }

        bool? follows = _searching ? MayFollow(bytes[length..]) : true;
        if (follows is null)
        {
            return Outcome.Wait;
        }

        if (follows is false)
        {
            _wasted += header.MetaLength;
            return Outcome.Invalid;
        }

        T? value = decode(new RawEntry(meta, bytes[(EntryHeader.Size + header.MetaLength)..length].ToArray(), _place + _start));
        if (value is null)
        {
            _wasted += total;
            return Outcome.Refused;
        }

        entry = new SalvagedEntry<T>(value, _followsGap);
        return Outcome.Entry;
    }

    /// <summary>
    /// Whether another entry follows, or the gap, so that what looks like an entry is no part of one; <see langword="null"/> if more bytes must come first.
    /// </summary>
    private bool? MayFollow(ReadOnlySpan<byte> rest)
    {
        if (rest.Length >= EntryHeader.Size)
        {
            return TryReadHeader(rest, out _);
        }

        ReadOnlySpan<byte> magic = BundleFormat.EntryMagic;
        int common = Math.Min(rest.Length, magic.Length);
        return !rest[..common].SequenceEqual(magic[..common]) ? false : _gap ? true : null;
    }

    private bool TryReadHeader(ReadOnlySpan<byte> bytes, out EntryHeader header)
    {
        try
        {
            header = EntryHeader.Read(bytes, _maxBody, _place + _start);
            return true;
        }
        catch (BundleFormatException)
        {
            header = default;
            return false;
        }
    }

    private bool FindMagic()
    {
        int at = _buffer.AsSpan(_start, _end - _start).IndexOf(BundleFormat.EntryMagic);
        Skip(at >= 0 ? at : Math.Max(0, _end - _start - (BundleFormat.EntryMagic.Length - 1)));
        return at >= 0;
    }

    private void Search()
    {
        Skip(1);
        _searching = true;
        _followsGap = true;
        _lost = true;
    }

    private void Skip(int length)
    {
        _start += length;
        _consumed += length;
    }

    private enum Outcome
    {
        /// <summary>An entry.</summary>
        Entry,

        /// <summary>The beginning of one, as far as can be seen.</summary>
        Wait,

        /// <summary>Not an entry.</summary>
        Invalid,

        /// <summary>An entry whose content is not valid.</summary>
        Refused,
    }
}
