using System.Buffers.Binary;
using System.Security.Cryptography;
using Google.Protobuf;
using Waybill.Bundles;
using Waybill.Bundles.Format;
using Wire = Waybill.Bundles.Wire;

namespace Waybill.Vectors.Images;

/// <summary>What the records of one stream amount to: leaves, tiles, nodes and root, from the bytes as they are, valid or not.</summary>
internal sealed class LayoutStream(Wire.StreamHeader header)
{
    private readonly List<(byte[] Leaf, long Offset, int Length, byte Codec)> _untiled = [];
    private readonly List<Digest> _leafHashes = [];
    private readonly List<List<Child>> _children = [[]];
    private readonly List<long> _written = [0];
    private long _tiledLeaves;
    private long _end;
    private long _dataBytes;
    private long _storedBytes;
    private Child? _top;
    private int _topLevel;

    public Wire.StreamHeader Header => header;

    public Wire.StreamResult? Result { get; set; }

    public Wire.StreamPlace Place(int number) => new()
    {
        StreamNo = (uint)number,
        IndexOffset = (ulong)(_top?.Offset ?? 0),
        IndexLength = (uint)(_top?.PayloadLength ?? 0),
        IndexLevel = (uint)(_top is null ? 0 : _topLevel),
        StoredBytes = (ulong)_storedBytes,
    };

    public void AddChunk(byte[] payload, long offset, int storedLength)
    {
        var leaf = new byte[Leaf.Size];
        leaf[0] = payload[4];
        payload.AsSpan(8, 16).CopyTo(leaf.AsSpan(8));
        payload.AsSpan(24, 4).CopyTo(leaf.AsSpan(24));
        payload.AsSpan(32, 32).CopyTo(leaf.AsSpan(32));
        _dataBytes += BinaryPrimitives.ReadUInt32LittleEndian(payload.AsSpan(24));
        _storedBytes += storedLength;
        Add(leaf, offset, storedLength, payload[5]);
    }

    public void AddRuns(byte[] payload)
    {
        for (int at = RunsPayload.HeaderSize; at + Leaf.Size <= payload.Length; at += Leaf.Size)
        {
            Add(payload[at..(at + Leaf.Size)], 0, 0, 0);
        }
    }

    public byte[] TakeTile(long offset, int overhead)
    {
        int count = Math.Min(BundleFormat.TileFanOut, _untiled.Count);
        var payload = new byte[Tile.HeaderSize + (count * TileEntry.Size)];
        WriteHeader(payload, count, _tiledLeaves);
        for (int i = 0; i < count; i++)
        {
            Span<byte> entry = payload.AsSpan(Tile.HeaderSize + (i * TileEntry.Size), TileEntry.Size);
            _untiled[i].Leaf.CopyTo(entry);
            BinaryPrimitives.WriteInt64LittleEndian(entry[64..], _untiled[i].Offset);
            BinaryPrimitives.WriteInt32LittleEndian(entry[72..], _untiled[i].Length);
            entry[76] = _untiled[i].Codec;
        }

        if (count > 0)
        {
            Digest hash = MerkleTree.HashAll([.. _leafHashes.Skip((int)_tiledLeaves).Take(count)]);
            AddChild(0, new Child(BinaryPrimitives.ReadInt64LittleEndian(_untiled[0].Leaf.AsSpan(8)), count, offset, payload.Length + overhead, hash));
        }

        _untiled.RemoveRange(0, count);
        _tiledLeaves += count;
        return payload;
    }

    public byte[] TakeNode(int level, long offset, int overhead)
    {
        while (_children.Count <= level)
        {
            _children.Add([]);
            _written.Add(0);
        }

        List<Child> below = _children[level - 1];
        Child[] taken = [.. below.Take(BundleFormat.TileFanOut)];
        below.RemoveRange(0, taken.Length);
        var payload = new byte[IndexNode.HeaderSize + (taken.Length * IndexEntry.Size)];
        WriteHeader(payload, taken.Length, _written[level]);
        BinaryPrimitives.WriteInt32LittleEndian(payload.AsSpan(16), level);
        for (int i = 0; i < taken.Length; i++)
        {
            new IndexEntry(taken[i].FirstOffset, taken[i].Leaves, taken[i].Offset, taken[i].PayloadLength, taken[i].Hash)
                .Write(payload.AsSpan(IndexNode.HeaderSize + (i * IndexEntry.Size)));
        }

        long leaves = taken.Sum(c => c.Leaves);
        _written[level] += leaves;
        if (taken.Length > 0)
        {
            AddChild(level, new Child(taken[0].FirstOffset, leaves, offset, payload.Length + overhead, MerkleTree.HashAll([.. taken.Select(c => c.Hash)])));
        }

        return payload;
    }

    public Wire.StreamResult End(long? virtualLength, Digest contentRoot)
    {
        long length = virtualLength ?? _end;
        Digest root = MerkleTree.StreamRoot((int)header.BlockSize, (int)header.CellSize, length, _leafHashes.Count, MerkleTree.HashAll([.. _leafHashes]));
        return new Wire.StreamResult
        {
            StreamNo = header.StreamNo,
            VirtualLength = (ulong)length,
            LeafCount = (ulong)_leafHashes.Count,
            StreamRoot = ByteString.CopyFrom(root.ToByteArray()),
            ContentRoot = contentRoot.IsDefault ? ByteString.Empty : ByteString.CopyFrom(contentRoot.ToByteArray()),
            DataBytes = (ulong)_dataBytes,
        };
    }

    private void Add(byte[] leaf, long offset, int length, byte codec)
    {
        _leafHashes.Add(new Digest(SHA256.HashData([0, .. leaf])));
        _untiled.Add((leaf, offset, length, codec));
        _end = BinaryPrimitives.ReadInt64LittleEndian(leaf.AsSpan(8)) + BinaryPrimitives.ReadInt64LittleEndian(leaf.AsSpan(16));
    }

    private void AddChild(int level, Child child)
    {
        _children[level].Add(child);
        _top = child;
        _topLevel = level;
    }

    private void WriteHeader(Span<byte> payload, int count, long firstLeaf)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(payload, header.StreamNo);
        BinaryPrimitives.WriteInt32LittleEndian(payload[4..], count);
        BinaryPrimitives.WriteInt64LittleEndian(payload[8..], firstLeaf);
    }

    private sealed record Child(long FirstOffset, long Leaves, long Offset, int PayloadLength, Digest Hash);
}
