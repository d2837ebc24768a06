using Waybill.Bundles.Format;

namespace Waybill.Bundles.Tests.Salvaging;

/// <summary>
/// What salvage must find, computed from the records that are known to be intact: a chunk or run counts if its record is there, as verified
/// if the root can be checked. Works on the level of single leaves, without trees.
/// </summary>
internal static class SalvageModel
{
    public static IReadOnlyDictionary<int, ModelStream> Of(IReadOnlyList<MappedRecord> all, Func<MappedRecord, bool> isIntact)
    {
        var streams = new SortedDictionary<int, ModelStream>();
        BundleManifest? manifest = null;
        foreach (MappedRecord record in all)
        {
            long place = record.Start;
            if (record.Header.Type == RecordType.Manifest && isIntact(record))
            {
                Wire.Manifest wire = Wire.Manifest.Parser.ParseFrom(record.Payload);
                manifest = ManifestCodec.Decode(record.Payload, new BundleId(wire.BundleId.Span), place);
            }

            if (record.Header.Type == RecordType.StreamBegin && isIntact(record))
            {
                StreamInfo info = StreamCodec.HeaderFromWire(Wire.StreamBegin.Parser.ParseFrom(record.Payload).Header);
                streams.Add(info.Number, new ModelStream { BlockSize = info.BlockSize });
            }

            if (record.Header.Type == RecordType.StreamEnd && isIntact(record))
            {
                Wire.StreamResult wire = Wire.StreamResult.Parser.ParseFrom(record.Payload);
                streams[(int)wire.StreamNo].End((long)wire.VirtualLength);
            }

            if (record.Header.Type == RecordType.Chunk && isIntact(record))
            {
                ChunkHeader chunk = ChunkHeader.Read(record.Payload, true, place);
                byte[] mask = record.Payload.AsSpan(chunk.DataOffset - chunk.MaskLength, chunk.MaskLength).ToArray();
                streams[chunk.StreamNumber].Add(chunk.Leaf, mask);
            }

            if (record.Header.Type == RecordType.Runs && isIntact(record))
            {
                (int number, Leaf[] runs) = RunsPayload.Read(record.Payload, place);
                Array.ForEach(runs, r => streams[number].Add(r, []));
            }
        }

        foreach (StreamInfo stream in manifest?.Streams ?? [])
        {
            streams[stream.Number].End(stream.VirtualLength);
        }

        return streams;
    }
}

/// <summary>One stream of the model.</summary>
internal sealed class ModelStream
{
    private readonly List<(ByteRange Range, BlockState State)> _pieces = [];

    public required int BlockSize { get; init; }

    public long? VirtualLength { get; private set; }

    public void End(long virtualLength) => VirtualLength = virtualLength;

    public void Add(Leaf leaf, byte[] mask)
    {
        if (leaf.State != LeafState.Masked)
        {
            BlockState state = leaf.State switch { LeafState.Data => BlockState.Data, LeafState.Zero => BlockState.Zero, _ => BlockState.Inherit };
            _pieces.Add((new ByteRange(leaf.Offset, leaf.Length), state));
            return;
        }

        for (long start = leaf.Offset, block = 0; start < leaf.End; start += BlockSize, block++)
        {
            _pieces.Add((ByteRange.FromBounds(start, Math.Min(leaf.End, start + BlockSize)), BlockMask.Get(mask, (int)block)));
        }
    }

    /// <summary>Lists the ranges that must be reported, joined.</summary>
    public IReadOnlyList<SalvageRange> Ranges(bool isProven)
    {
        SalvageState held = isProven ? SalvageState.Verified : SalvageState.Present;
        List<SalvageRange> ranges = [];
        long position = 0;
        foreach ((ByteRange range, BlockState state) in _pieces)
        {
            Join(ranges, position, range.Offset, SalvageState.Unknown, false);
            Join(ranges, range.Offset, range.End, state == BlockState.Inherit ? SalvageState.Inherited : held, state == BlockState.Zero);
            position = range.End;
        }

        Join(ranges, position, VirtualLength ?? position, SalvageState.Unknown, false);
        return ranges;
    }

    private static void Join(List<SalvageRange> ranges, long start, long end, SalvageState state, bool zero)
    {
        if (end == start)
        {
            return;
        }

        if (ranges.Count > 0 && ranges[^1].State == state && ranges[^1].IsZero == zero)
        {
            ranges[^1] = ranges[^1] with { Range = ByteRange.FromBounds(ranges[^1].Range.Offset, end) };
        }
        else
        {
            ranges.Add(new SalvageRange(ByteRange.FromBounds(start, end), state, zero));
        }
    }
}
