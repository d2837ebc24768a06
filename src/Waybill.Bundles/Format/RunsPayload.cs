using System.Buffers.Binary;

namespace Waybill.Bundles.Format;

/// <summary>The payload of a RUNS record, spec 4.3.</summary>
internal static class RunsPayload
{
    public const int HeaderSize = 8;

    public static int SizeFor(int count) => HeaderSize + (count * Leaf.Size);

    public static void Write(Span<byte> destination, int streamNumber, IReadOnlyList<Leaf> runs)
    {
        BinaryPrimitives.WriteInt32LittleEndian(destination, streamNumber);
        BinaryPrimitives.WriteInt32LittleEndian(destination[4..], runs.Count);
        for (int i = 0; i < runs.Count; i++)
        {
            runs[i].Write(destination[(HeaderSize + (i * Leaf.Size))..]);
        }
    }

    public static (int StreamNumber, Leaf[] Runs) Read(ReadOnlySpan<byte> payload, long place)
    {
        if (payload.Length < HeaderSize)
        {
            throw Invalid("A RUNS record is shorter than its header", place);
        }

        uint stream = BinaryPrimitives.ReadUInt32LittleEndian(payload);
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(payload[4..]);
        if (stream >= BundleFormat.MaxStreams || count is 0 or > BundleFormat.MaxRunsPerRecord || payload.Length != SizeFor((int)count))
        {
            throw Invalid("A RUNS record's count does not fit its length", place);
        }

        var runs = new Leaf[count];
        for (int i = 0; i < runs.Length; i++)
        {
            int at = HeaderSize + (i * Leaf.Size);
            runs[i] = Leaf.Read(payload.Slice(at, Leaf.Size), place + at);
            if (runs[i].HasChunk)
            {
                throw Invalid("A RUNS record holds a leaf that needs a chunk", place + at);
            }
        }

        return ((int)stream, runs);
    }

    private static BundleFormatException Invalid(string message, long place) =>
        new(WaybillErrorCode.LeavesInvalid, message) { Offset = place };
}
