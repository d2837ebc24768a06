using System.Buffers.Binary;

namespace Waybill.Bundles.Format;

/// <summary>Up to 256 consecutive leaves with their places, spec 5.1.</summary>
internal sealed class Tile
{
    public const int HeaderSize = 16;
    public const int MaxPayloadLength = HeaderSize + (BundleFormat.TileFanOut * TileEntry.Size);

    public required int StreamNumber { get; init; }

    public required long FirstLeaf { get; init; }

    public required TileEntry[] Entries { get; init; }

    public static int Write(Span<byte> destination, int streamNumber, long firstLeaf, ReadOnlySpan<TileEntry> entries)
    {
        BinaryPrimitives.WriteInt32LittleEndian(destination, streamNumber);
        BinaryPrimitives.WriteInt32LittleEndian(destination[4..], entries.Length);
        BinaryPrimitives.WriteInt64LittleEndian(destination[8..], firstLeaf);
        int position = HeaderSize;
        foreach (TileEntry entry in entries)
        {
            entry.Write(destination[position..]);
            position += TileEntry.Size;
        }

        return position;
    }

    public static Tile Read(ReadOnlySpan<byte> payload, long place)
    {
        if (payload.Length < HeaderSize)
        {
            throw Invalid("A tile is shorter than its header", place);
        }

        uint stream = BinaryPrimitives.ReadUInt32LittleEndian(payload);
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(payload[4..]);
        long firstLeaf = BinaryPrimitives.ReadInt64LittleEndian(payload[8..]);
        if (stream >= BundleFormat.MaxStreams || count is 0 or > BundleFormat.TileFanOut
            || payload.Length != HeaderSize + (count * TileEntry.Size)
            || firstLeaf < 0 || firstLeaf > BundleFormat.MaxLeaves || firstLeaf % BundleFormat.TileFanOut != 0)
        {
            throw Invalid("A tile's header is not valid", place);
        }

        var entries = new TileEntry[count];
        for (int i = 0; i < entries.Length; i++)
        {
            int at = HeaderSize + (i * TileEntry.Size);
            entries[i] = TileEntry.Read(payload.Slice(at, TileEntry.Size), place + at);
        }

        return new Tile { StreamNumber = (int)stream, FirstLeaf = firstLeaf, Entries = entries };
    }

    private static BundleFormatException Invalid(string message, long place) =>
        new(WaybillErrorCode.LeavesInvalid, message) { Offset = place };
}
