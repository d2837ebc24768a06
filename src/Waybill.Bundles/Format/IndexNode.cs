using System.Buffers.Binary;

namespace Waybill.Bundles.Format;

/// <summary>A node of the index above the tiles, spec 5.2.</summary>
internal sealed class IndexNode
{
    public const int HeaderSize = 24;
    public const int MaxLevel = 5;
    public const int MaxPayloadLength = HeaderSize + (BundleFormat.TileFanOut * IndexEntry.Size);

    public required int StreamNumber { get; init; }

    public required long FirstLeaf { get; init; }

    public required int Level { get; init; }

    public required IndexEntry[] Entries { get; init; }

    /// <summary>Gets how many leaves a full child of a node of this level has below it.</summary>
    public static long LeavesPerChild(int level) => 1L << (8 * level);

    public static int Write(Span<byte> destination, int streamNumber, long firstLeaf, int level, ReadOnlySpan<IndexEntry> entries)
    {
        BinaryPrimitives.WriteInt32LittleEndian(destination, streamNumber);
        BinaryPrimitives.WriteInt32LittleEndian(destination[4..], entries.Length);
        BinaryPrimitives.WriteInt64LittleEndian(destination[8..], firstLeaf);
        BinaryPrimitives.WriteInt32LittleEndian(destination[16..], level);
        BinaryPrimitives.WriteInt32LittleEndian(destination[20..], 0);
        int position = HeaderSize;
        foreach (IndexEntry entry in entries)
        {
            entry.Write(destination[position..]);
            position += IndexEntry.Size;
        }

        return position;
    }

    public static IndexNode Read(ReadOnlySpan<byte> payload, long place)
    {
        if (payload.Length < HeaderSize)
        {
            throw Invalid("An index node is shorter than its header", place);
        }

        uint stream = BinaryPrimitives.ReadUInt32LittleEndian(payload);
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(payload[4..]);
        long firstLeaf = BinaryPrimitives.ReadInt64LittleEndian(payload[8..]);
        uint level = BinaryPrimitives.ReadUInt32LittleEndian(payload[16..]);
        if (stream >= BundleFormat.MaxStreams || count is 0 or > BundleFormat.TileFanOut
            || payload.Length != HeaderSize + (count * IndexEntry.Size) || level is 0 or > MaxLevel
            || BinaryPrimitives.ReadUInt32LittleEndian(payload[20..]) != 0
            || firstLeaf < 0 || firstLeaf > BundleFormat.MaxLeaves || firstLeaf % LeavesPerChild((int)level + 1) != 0)
        {
            throw Invalid("An index node's header is not valid", place);
        }

        var entries = new IndexEntry[count];
        for (int i = 0; i < entries.Length; i++)
        {
            int at = HeaderSize + (i * IndexEntry.Size);
            entries[i] = IndexEntry.Read(payload.Slice(at, IndexEntry.Size), place + at);
            bool full = entries[i].LeafCount == LeavesPerChild((int)level);
            bool partialAllowed = i == entries.Length - 1 && entries[i].LeafCount < LeavesPerChild((int)level);
            if (!(full || partialAllowed) || (i > 0 && entries[i].FirstOffset <= entries[i - 1].FirstOffset))
            {
                throw Invalid("An index node's children are not full or not in order", place + at);
            }
        }

        return new IndexNode { StreamNumber = (int)stream, FirstLeaf = firstLeaf, Level = (int)level, Entries = entries };
    }

    private static BundleFormatException Invalid(string message, long place) =>
        new(WaybillErrorCode.LeavesInvalid, message) { Offset = place };
}
