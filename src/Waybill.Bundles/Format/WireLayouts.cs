namespace Waybill.Bundles.Format;

/// <summary>One field of a fixed binary structure.</summary>
internal readonly record struct WireField(string Name, int Offset, int Size);

/// <summary>The fixed structures as the code reads and writes them; a test compares them with the specification's tables.</summary>
internal static class WireLayouts
{
    public static IReadOnlyDictionary<string, IReadOnlyList<WireField>> All { get; } = new Dictionary<string, IReadOnlyList<WireField>>
    {
        ["Preamble"] = Fields(Preamble.Size, ("magic", 8), ("major", 2), ("minor", 2), ("preamble_length", 4), ("incompat", 8), ("transform_compat", 8), ("compat", 8), ("bundle_id", 16), ("reserved", 4), ("crc", 4)),
        ["RecordHeader"] = Fields(RecordHeader.Size, ("sync", 4), ("type", 1), ("flags", 1), ("reserved", 2), ("payload_length", 4), ("payload_crc", 4), ("sequence", 8), ("offset", 8), ("bundle_tag", 4), ("header_crc", 4)),
        ["Trailer"] = Fields(Trailer.Size, ("magic", 8), ("bundle_id", 16), ("incompat", 8), ("transform_compat", 8), ("compat", 8), ("total_length", 8), ("record_count", 8), ("manifest_offset", 8), ("manifest_length", 4), ("flags", 4), ("tail_offset", 8), ("checkpoint_offset", 8), ("manifest_digest", 32), ("stored_root", 32), ("mac", 32), ("layout_offset", 8), ("layout_length", 4), ("reserved", 48), ("crc", 4)),
        ["Envelope"] = Fields(8, ("message_length", 4), ("reserved", 4)),
        ["Seal"] = Fields(Sealing.SealPrefix.Size, ("scope", 1), ("reserved", 7), ("run_salt", 16)),
        ["Leaf"] = Fields(Leaf.Size, ("state", 1), ("reserved", 7), ("offset", 8), ("length", 8), ("content_length", 8), ("digest", 32)),
        ["Chunk"] = Fields(ChunkHeader.Size, ("stream_no", 4), ("state", 1), ("codec", 1), ("mask_length", 2), ("offset", 8), ("length", 8), ("raw_length", 4), ("flags", 4), ("digest", 32)),
        ["Runs"] = Fields(RunsPayload.HeaderSize, ("stream_no", 4), ("count", 4)),
        ["Tile"] = Fields(Tile.HeaderSize, ("stream_no", 4), ("count", 4), ("first_leaf", 8)),
        ["TileEntry"] = Fields(TileEntry.Size, ("leaf", 64), ("record_offset", 8), ("payload_length", 4), ("codec", 1), ("reserved", 3)),
        ["IndexNode"] = Fields(IndexNode.HeaderSize, ("stream_no", 4), ("count", 4), ("first_leaf", 8), ("level", 4), ("reserved", 4)),
        ["IndexEntry"] = Fields(IndexEntry.Size, ("first_offset", 8), ("leaf_count", 8), ("record_offset", 8), ("payload_length", 4), ("reserved", 4), ("hash", 32)),
        ["EntryHeader"] = Fields(EntryHeader.Size, ("magic", 4), ("meta_length", 4), ("body_length", 8), ("meta_crc", 4), ("header_crc", 4)),
    };

    private static List<WireField> Fields(int totalSize, params (string Name, int Size)[] fields)
    {
        var result = new List<WireField>(fields.Length);
        int offset = 0;
        foreach ((string name, int size) in fields)
        {
            result.Add(new WireField(name, offset, size));
            offset += size;
        }

        return offset == totalSize ? result : throw new InvalidOperationException($"A structure of {totalSize} bytes has fields of {offset}.");
    }
}
