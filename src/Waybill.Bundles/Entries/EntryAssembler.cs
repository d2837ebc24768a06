using Waybill.Bundles.Format;

namespace Waybill.Bundles.Entries;

/// <summary>An entry of a stream of entries as stored: its metadata and its body.</summary>
internal readonly record struct RawEntry(ReadOnlyMemory<byte> Meta, ReadOnlyMemory<byte> Body, long Place);

/// <summary>Cuts a stream of entries, received piece by piece, into entries (spec 8.1). Memory grows only with bytes that have arrived.</summary>
internal sealed class EntryAssembler(StreamKind kind)
{
    private readonly long _maxBody = kind == StreamKind.FileMeta ? 0 : BundleFormat.MaxResourceLength;
    private byte[] _pending = [];
    private int _pendingLength;
    private long _place;

    /// <summary>Gets the number of entries completed so far.</summary>
    public long Count { get; private set; }

    /// <summary>Takes the next bytes of the stream and returns the entries they complete.</summary>
    public IReadOnlyList<RawEntry> Append(ReadOnlySpan<byte> bytes)
    {
        EnsureRoom(bytes.Length);
        bytes.CopyTo(_pending.AsSpan(_pendingLength));
        _pendingLength += bytes.Length;
        List<RawEntry> complete = [];
        int position = 0;
        while (TryTake(_pending.AsSpan(position, _pendingLength - position), out int length, out RawEntry entry))
        {
            complete.Add(entry);
            position += length;
            _place += length;
            Count++;
        }

        _pending.AsSpan(position, _pendingLength - position).CopyTo(_pending);
        _pendingLength -= position;
        return complete;
    }

    /// <summary>Checks that the stream ended with the end of an entry .</summary>
    public void Complete()
    {
        if (_pendingLength > 0)
        {
            throw new BundleFormatException(WaybillErrorCode.EntryInvalid, "A stream of entries ends inside an entry") { Offset = _place };
        }
    }

    private void EnsureRoom(int more)
    {
        if (_pending.Length - _pendingLength < more)
        {
            Array.Resize(ref _pending, Math.Max(_pendingLength + more, 2 * _pendingLength));
        }
    }

    private bool TryTake(ReadOnlySpan<byte> bytes, out int length, out RawEntry entry)
    {
        length = 0;
        entry = default;
        if (bytes.Length < EntryHeader.Size)
        {
            return false;
        }

        EntryHeader header = EntryHeader.Read(bytes, _maxBody, _place);
        long total = EntryHeader.Size + header.MetaLength + header.BodyLength;
        if (bytes.Length < total)
        {
            return false;
        }

        length = (int)total;
        ReadOnlySpan<byte> meta = bytes.Slice(EntryHeader.Size, header.MetaLength);
        if (Crc32C.Compute(meta) != header.MetaCrc)
        {
            throw new BundleFormatException(WaybillErrorCode.EntryInvalid, "The metadata of an entry does not match its checksum") { Offset = _place };
        }

        entry = new RawEntry(meta.ToArray(), bytes.Slice(EntryHeader.Size + header.MetaLength, (int)header.BodyLength).ToArray(), _place);
        return true;
    }
}
