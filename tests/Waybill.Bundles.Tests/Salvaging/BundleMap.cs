using Waybill.Bundles.Format;

namespace Waybill.Bundles.Tests.Salvaging;

/// <summary>A record of an intact bundle and where it lies.</summary>
internal readonly record struct MappedRecord(RecordHeader Header, byte[] Payload)
{
    public int Start => (int)Header.Offset;

    public int PayloadStart => Start + RecordHeader.Size;

    /// <summary>Gets the end without padding: what lies before a cut here is whole.</summary>
    public int End => PayloadStart + Payload.Length;

    public int Next => (int)Header.NextOffset;

    public bool Equals(MappedRecord other) => Start == other.Start;

    public override int GetHashCode() => Start;
}

/// <summary>The records of an intact bundle, read without any of the code under test.</summary>
internal static class BundleMap
{
    public static IReadOnlyList<MappedRecord> Of(byte[] bundle)
    {
        List<MappedRecord> records = [];
        Preamble preamble = Preamble.Read(bundle);
        uint tag = RecordHeader.TagOf(preamble.BundleId);
        for (int position = Preamble.Size; position < bundle.Length - Trailer.Size;)
        {
            RecordHeader header = RecordHeader.Read(bundle.AsSpan(position), position, tag, preamble.Features.IsEncrypted);
            records.Add(new MappedRecord(header, bundle.AsSpan(position + RecordHeader.Size, header.PayloadLength).ToArray()));
            position = (int)header.NextOffset;
        }

        return records;
    }

    public static MappedRecord Last(byte[] bundle, RecordType type) => Of(bundle).Last(r => r.Header.Type == type);

    public static MappedRecord First(byte[] bundle, RecordType type) => Of(bundle).First(r => r.Header.Type == type);

    /// <summary>The same bundle with a record's payload damaged.</summary>
    public static byte[] Damage(byte[] bundle, params IEnumerable<MappedRecord> records)
    {
        byte[] copy = (byte[])bundle.Clone();
        foreach (MappedRecord record in records)
        {
            copy[record.PayloadStart + (record.Payload.Length / 2)] ^= 0x10;
        }

        return copy;
    }

    /// <summary>The same bundle without some bytes.</summary>
    public static byte[] Remove(byte[] bundle, int offset, int length) => [.. bundle.AsSpan(0, offset), .. bundle.AsSpan(offset + length)];

    /// <summary>The same bundle with some bytes more.</summary>
    public static byte[] Insert(byte[] bundle, int offset, byte[] bytes) => [.. bundle.AsSpan(0, offset), .. bytes, .. bundle.AsSpan(offset)];

    /// <summary>A record as bytes, with padding, for a bundle and a place.</summary>
    public static byte[] Forge(byte[] bundle, RecordType type, byte[] payload, long sequence, long offset)
    {
        Preamble preamble = Preamble.Read(bundle);
        uint tag = RecordHeader.TagOf(preamble.BundleId);
        var header = new RecordHeader(type, RecordFlags.Critical, payload.Length, Crc32C.Compute(payload), sequence, offset, tag);
        var bytes = new byte[header.NextOffset - offset];
        header.Write(bytes);
        payload.CopyTo(bytes, RecordHeader.Size);
        return bytes;
    }
}
