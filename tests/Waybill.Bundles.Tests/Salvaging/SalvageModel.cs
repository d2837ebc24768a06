using Waybill.Bundles.Format;

namespace Waybill.Bundles.Tests.Salvaging;

/// <summary>
/// What salvage must find, computed from the records that are known to be intact. Works on single leaves and knows no trees: a stream of one tile is
/// proven if its root is stated, its grid is known, and the tile is there or all that it names.
/// </summary>
internal static class SalvageModel
{
    public static IReadOnlyDictionary<int, ModelStream> Of(IReadOnlyList<MappedRecord> all, Func<MappedRecord, bool> isIntact)
    {
        var streams = new SortedDictionary<int, ModelStream>();
        ModelStream Find(long number)
        {
            if (!streams.TryGetValue((int)number, out ModelStream? stream))
            {
                stream = new ModelStream();
                streams.Add((int)number, stream);
            }

            return stream;
        }

        // The grid first: without it no mask can be read, wherever the record that tells it stands.
        MappedRecord[] intact = [.. all.Where(isIntact)];
        foreach (MappedRecord record in intact)
        {
            switch (record.Header.Type)
            {
                case RecordType.StreamBegin:
                    StreamInfo info = StreamCodec.HeaderFromWire(Wire.StreamBegin.Parser.ParseFrom(record.Payload).Header);
                    Find(info.Number).BlockSize = info.BlockSize;
                    break;
                case RecordType.StreamEnd:
                    Wire.StreamResult end = Wire.StreamResult.Parser.ParseFrom(record.Payload);
                    Find(end.StreamNo).VirtualLength = (long)end.VirtualLength;
                    break;
                case RecordType.Manifest:
                    foreach (Wire.Stream stream in Wire.Manifest.Parser.ParseFrom(record.Payload).Streams)
                    {
                        Find(stream.Header.StreamNo).BlockSize = (int)stream.Header.BlockSize;
                        Find(stream.Header.StreamNo).VirtualLength = (long)stream.Result.VirtualLength;
                    }

                    break;
            }
        }

        foreach (MappedRecord record in all)
        {
            switch (record.Header.Type)
            {
                case RecordType.Chunk:
                    ChunkHeader chunk = ChunkHeader.Read(record.Payload, true, record.Start);
                    byte[] mask = record.Payload.AsSpan(chunk.DataOffset - chunk.MaskLength, chunk.MaskLength).ToArray();
                    if (isIntact(record))
                    {
                        Find(chunk.StreamNumber).Add(chunk.Leaf, mask);
                    }
                    else if (streams.TryGetValue(chunk.StreamNumber, out ModelStream? poorer))
                    {
                        poorer.LeavesLost = true;
                    }

                    break;
                case RecordType.Runs:
                    (int number, Leaf[] runs) = RunsPayload.Read(record.Payload, record.Start);
                    if (isIntact(record))
                    {
                        Array.ForEach(runs, r => Find(number).Add(r, []));
                    }
                    else if (streams.TryGetValue(number, out ModelStream? poorer))
                    {
                        poorer.LeavesLost = true;
                    }

                    break;
                case RecordType.Tile when isIntact(record):
                    Tile tile = Tile.Read(record.Payload, record.Start);
                    Find(tile.StreamNumber).AddTile(tile);
                    break;
            }
        }

        return streams;
    }
}

/// <summary>One stream of the model.</summary>
internal sealed class ModelStream
{
    private readonly SortedDictionary<long, (Leaf Leaf, byte[] Mask)> _leaves = [];
    private int _tiles;

    public int? BlockSize { get; set; }

    public long? VirtualLength { get; set; }

    public bool LeavesLost { get; set; }

    /// <summary>Gets whether the root proves the leaves; true only of a stream with one tile.</summary>
    public bool IsProven => VirtualLength is not null && BlockSize is not null && (_tiles > 0 || !LeavesLost);

    public void Add(Leaf leaf, byte[] mask) => _leaves[leaf.Offset] = (leaf, mask);

    public void AddTile(Tile tile)
    {
        _tiles++;
        foreach (TileEntry entry in tile.Entries)
        {
            if (!entry.Leaf.HasChunk)
            {
                _leaves.TryAdd(entry.Leaf.Offset, (entry.Leaf, []));
            }
            else if (!_leaves.ContainsKey(entry.Leaf.Offset))
            {
                // Known, but only where it would lie.
                _leaves.Add(entry.Leaf.Offset, (entry.Leaf with { State = LeafState.None }, []));
            }
        }
    }

    /// <summary>Lists the ranges that must be reported, joined.</summary>
    public IReadOnlyList<SalvageRange> Ranges(bool isProven)
    {
        SalvageState held = isProven ? SalvageState.Verified : SalvageState.Present;
        List<SalvageRange> ranges = [];
        long position = 0;
        foreach ((Leaf leaf, byte[] mask) in _leaves.Values)
        {
            if (leaf.State == LeafState.Masked && BlockSize is null)
            {
                continue;
            }

            Join(ranges, position, leaf.Offset, SalvageState.Unknown, false);
            if (leaf.State != LeafState.Masked)
            {
                Join(ranges, leaf.Offset, leaf.End, StateOf(leaf.State, held), leaf.State == LeafState.Zero);
            }
            else
            {
                int block = 0;
                int blockSize = BlockSize!.Value;
                for (long start = leaf.Offset; start < leaf.End; start += blockSize)
                {
                    BlockState state = BlockMask.Get(mask, block++);
                    Join(ranges, start, Math.Min(leaf.End, start + blockSize), state == BlockState.Inherit ? SalvageState.Inherited : held, state == BlockState.Zero);
                }
            }

            position = leaf.End;
        }

        Join(ranges, position, VirtualLength ?? position, SalvageState.Unknown, false);
        return ranges;
    }

    private static SalvageState StateOf(LeafState leaf, SalvageState held) => leaf switch
    {
        LeafState.None => SalvageState.Unknown,
        LeafState.Inherit => SalvageState.Inherited,
        _ => held,
    };

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
