using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Waybill.Bundles;
using Waybill.Bundles.Format;
using Waybill.Vectors.Images;
using Wire = Waybill.Bundles.Wire;

namespace Waybill.Vectors.Sketches;

/// <summary>Adds the records of one stream to a bundle, tiles and nodes where they belong.</summary>
internal sealed class StreamSketch
{
    private readonly BundleSketch _bundle;
    private readonly StreamSketch? _origin;
    private int _untiled;
    private int _tiles;
    private int _fullNodes;

    public StreamSketch(BundleSketch bundle, int number, StreamKind kind, string name, int blockSize, int cellSize, StreamSketch? origin)
    {
        _bundle = bundle;
        _origin = origin;
        Kind = kind;
        Header = new Wire.StreamHeader
        {
            StreamNo = (uint)number,
            StreamId = ByteString.CopyFrom(SHA256.HashData(Encoding.UTF8.GetBytes($"stream {(int)kind} {name}")).AsSpan(0, 16)),
            Kind = (Wire.StreamKind)kind,
            Name = name,
            BlockSize = (uint)blockSize,
            CellSize = (uint)cellSize,
        };
        if (origin is not null)
        {
            Header.ParentRoot = origin.Result.StreamRoot;
            Header.ParentLength = origin.Result.VirtualLength;
            Header.StreamId = origin.Header.StreamId;
        }
    }

    public int Number => (int)Header.StreamNo;

    public StreamKind Kind { get; }

    public string Name => Header.Name;

    public Wire.StreamHeader Header { get; }

    public Wire.StreamResult Result { get; set; } = new();

    /// <summary>Gets the manifest's entry, for facts the records do not hold.</summary>
    public Wire.Stream ManifestEntry { get; } = new() { Change = new Wire.ChangeSource { Kind = Wire.ChangeKind.FullRead } };

    /// <summary>Gets what the stream must read as.</summary>
    public SparseContent Expected { get; } = new();

    public ImageRecord EndRecord { get; private set; } = null!;

    private long Position => Expected.Length;

    private int BlockSize => (int)Header.BlockSize;

    private int CellSize => (int)Header.CellSize;

    /// <summary>Appends whole content: cells of data and runs of zeros.</summary>
    public StreamSketch Content(byte[] content)
    {
        for (int start = 0; start < content.Length;)
        {
            ReadOnlySpan<byte> cell = Cell(content, start);
            if (cell.ContainsAnyExcept((byte)0))
            {
                Data(cell.ToArray());
                start += cell.Length;
                continue;
            }

            int end = start;
            while (end < content.Length && !Cell(content, end).ContainsAnyExcept((byte)0))
            {
                end = Math.Min(content.Length, end + CellSize);
            }

            Zero(end - start);
            start = end;
        }

        return this;
    }

    /// <summary>Appends a DATA cell.</summary>
    public StreamSketch Data(byte[] cell, BundleCodec codec = BundleCodec.None, byte[]? encoded = null)
    {
        AddChunk(LeafState.Data, cell.Length, codec, cell.Length, SHA256.HashData(cell), [], encoded ?? cell);
        Expected.Add(cell);
        AddTiles(1);
        return this;
    }

    public StreamSketch Zero(long length) => Runs((LeafState.Zero, length));

    public StreamSketch Inherit(long length) => Runs((LeafState.Inherit, length));

    /// <summary>Appends runs in as few records as possible.</summary>
    public StreamSketch Runs(params (LeafState State, long Length)[] runs)
    {
        foreach ((LeafState State, long Length)[] batch in runs.Chunk(BundleFormat.MaxRunsPerRecord))
        {
            var payload = new byte[RunsPayload.SizeFor(batch.Length)];
            var leaves = new List<Leaf>();
            foreach ((LeafState state, long length) in batch)
            {
                leaves.Add(Leaf.Run(state, Position, length));
                if (state == LeafState.Zero || _origin is null)
                {
                    Expected.AddZeros(length);
                }
                else
                {
                    Expected.AddFrom(_origin.Expected, length);
                }
            }

            RunsPayload.Write(payload, Number, leaves);
            _bundle.Add(RecordType.Runs, payload);
            AddTiles(leaves.Count);
        }

        return this;
    }

    /// <summary>Appends a MASKED cell.</summary>
    /// <param name="mask">A letter for each block: <c>i</c> inherit, <c>d</c> data, <c>z</c> zero; a count may follow it, as in <c>i100 d28</c>.</param>
    /// <param name="data">The data blocks.</param>
    /// <param name="length">The length of the cell.</param>
    /// <param name="withCellDigest">Whether the digest of the whole cell is given.</param>
    /// <param name="codec">How the data is encoded.</param>
    /// <param name="encoded">The encoded data.</param>
    public StreamSketch Masked(string mask, byte[] data, int length = 65_536, bool withCellDigest = true, BundleCodec codec = BundleCodec.None, byte[]? encoded = null)
    {
        BlockState[] states = ExpandMask(mask);
        var maskBytes = new byte[BlockMask.SizeFor(states.Length)];
        byte[] filled = FillCell(states, data, length, maskBytes);
        byte[] prefix = withCellDigest ? SHA256.HashData(filled) : [];
        byte[] digest = SHA256.HashData([.. BitConverter.GetBytes(withCellDigest ? 1 : 0), .. prefix, .. maskBytes, .. data]);
        AddChunk(LeafState.Masked, length, codec, data.Length, digest, [.. prefix, .. maskBytes], encoded ?? data, maskBytes.Length, withCellDigest ? 1u : 0u);
        Expected.Add(filled);
        AddTiles(1);
        return this;
    }

    public StreamSketch End()
    {
        if (_untiled > 0)
        {
            AddTile();
        }

        EndRecord = new ImageRecord(RecordType.StreamEnd, []) { Stream = Number };
        _bundle.Image.Records.Add(EndRecord);
        return this;
    }

    /// <summary>Adds the nodes of one level that were held back (spec M-27).</summary>
    public void AddHeldBack(int level)
    {
        if (_tiles < 2)
        {
            return;
        }

        int nodes = (_tiles + 255) / 256;
        for (int above = 1; above < level; above++)
        {
            if (nodes == 1)
            {
                return;
            }

            nodes = (nodes + 255) / 256;
        }

        for (int node = level == 1 ? _fullNodes : 0; node < nodes; node++)
        {
            _bundle.Image.Records.Add(new ImageRecord(RecordType.IndexNode, []) { Stream = Number, Level = level });
        }
    }

    private ReadOnlySpan<byte> Cell(byte[] content, int start) => content.AsSpan(start, Math.Min(CellSize, content.Length - start));

    private void AddChunk(LeafState state, int length, BundleCodec codec, int rawLength, byte[] digest, byte[] between, byte[] encoded, int maskLength = 0, uint flags = 0)
    {
        var payload = new byte[ChunkHeader.Size + between.Length + encoded.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(payload, Header.StreamNo);
        payload[4] = (byte)state;
        payload[5] = (byte)codec;
        BinaryPrimitives.WriteUInt16LittleEndian(payload.AsSpan(6), (ushort)maskLength);
        BinaryPrimitives.WriteInt64LittleEndian(payload.AsSpan(8), Position);
        BinaryPrimitives.WriteInt64LittleEndian(payload.AsSpan(16), length);
        BinaryPrimitives.WriteInt32LittleEndian(payload.AsSpan(24), rawLength);
        BinaryPrimitives.WriteUInt32LittleEndian(payload.AsSpan(28), flags);
        digest.CopyTo(payload, 32);
        between.CopyTo(payload, ChunkHeader.Size);
        encoded.CopyTo(payload, ChunkHeader.Size + between.Length);
        _bundle.Add(RecordType.Chunk, payload);
    }

    private byte[] FillCell(BlockState[] states, byte[] data, int length, byte[] maskBytes)
    {
        byte[] before = _origin?.Expected.Slice(Position, length) ?? [];
        var filled = new byte[length];
        int used = 0;
        for (int block = 0; block < states.Length; block++)
        {
            BlockMask.Set(maskBytes, block, states[block]);
            int start = block * BlockSize;
            int size = Math.Clamp(length - start, 0, BlockSize);
            if (states[block] == BlockState.Data)
            {
                size = Math.Min(size, data.Length - used);
                data.AsSpan(used, size).CopyTo(filled.AsSpan(start));
                used += size;
            }
            else if (states[block] == BlockState.Inherit && start + size <= before.Length)
            {
                before.AsSpan(start, size).CopyTo(filled.AsSpan(start));
            }
        }

        return filled;
    }

    private static BlockState[] ExpandMask(string mask)
    {
        var states = new List<BlockState>();
        foreach (string part in mask.Split(' '))
        {
            BlockState state = part[0] switch { 'd' => BlockState.Data, 'z' => BlockState.Zero, _ => BlockState.Inherit };
            int count = part.Length > 1 ? int.Parse(part[1..], System.Globalization.CultureInfo.InvariantCulture) : 1;
            states.AddRange(Enumerable.Repeat(state, count));
        }

        return [.. states];
    }

    private void AddTiles(int leaves)
    {
        for (_untiled += leaves; _untiled >= BundleFormat.TileFanOut;)
        {
            AddTile();
        }
    }

    private void AddTile()
    {
        _bundle.Image.Records.Add(new ImageRecord(RecordType.Tile, []) { Stream = Number });
        _untiled = Math.Max(0, _untiled - BundleFormat.TileFanOut);
        _tiles++;
        if (_tiles > 1 && _tiles % BundleFormat.TileFanOut == 1)
        {
            _bundle.Image.Records.Add(new ImageRecord(RecordType.IndexNode, []) { Stream = Number, Level = 1 });
            _fullNodes++;
        }
    }
}
