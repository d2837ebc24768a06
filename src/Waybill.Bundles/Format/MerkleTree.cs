using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Waybill.Bundles.Format;

/// <summary>Hashes of the tree over a stream's leaves, spec 6.</summary>
internal static class MerkleTree
{
    private const int RootInputSize = 1 + 16 + 4 + 4 + 8 + 8 + Digest.Size;

    public static Digest Empty { get; } = Digest.Of([]);

    public static Digest HashLeaf(in Leaf leaf)
    {
        Span<byte> input = stackalloc byte[1 + Leaf.Size];
        input[0] = 0;
        leaf.Write(input[1..]);
        return Digest.Of(input);
    }

    public static Digest HashNode(Digest left, Digest right)
    {
        Span<byte> input = stackalloc byte[1 + (2 * Digest.Size)];
        input[0] = 1;
        left.CopyTo(input[1..]);
        right.CopyTo(input[(1 + Digest.Size)..]);
        return Digest.Of(input);
    }

    /// <summary>The tree hash over hashes that are already subtrees of equal size, but for the last.</summary>
    public static Digest HashAll(ReadOnlySpan<Digest> hashes)
    {
        if (hashes.IsEmpty)
        {
            return Empty;
        }

        if (hashes.Length == 1)
        {
            return hashes[0];
        }

        int split = 1 << (31 - System.Numerics.BitOperations.LeadingZeroCount((uint)(hashes.Length - 1)));
        return HashNode(HashAll(hashes[..split]), HashAll(hashes[split..]));
    }

    public static Digest HashTile(ReadOnlySpan<TileEntry> entries)
    {
        var hashes = new Digest[entries.Length];
        for (int i = 0; i < hashes.Length; i++)
        {
            hashes[i] = HashLeaf(entries[i].Leaf);
        }

        return HashAll(hashes);
    }

    public static Digest HashIndexNode(ReadOnlySpan<IndexEntry> entries)
    {
        var hashes = new Digest[entries.Length];
        for (int i = 0; i < hashes.Length; i++)
        {
            hashes[i] = entries[i].Hash;
        }

        return HashAll(hashes);
    }

    public static Digest StreamRoot(int blockSize, int cellSize, long virtualLength, long leafCount, Digest treeHash)
    {
        Span<byte> input = stackalloc byte[RootInputSize];
        input.Clear();
        input[0] = 2;
        "WBL1-stream"u8.CopyTo(input[1..]);
        BinaryPrimitives.WriteInt32LittleEndian(input[17..], blockSize);
        BinaryPrimitives.WriteInt32LittleEndian(input[21..], cellSize);
        BinaryPrimitives.WriteInt64LittleEndian(input[25..], virtualLength);
        BinaryPrimitives.WriteInt64LittleEndian(input[33..], leafCount);
        treeHash.CopyTo(input[41..]);
        return Digest.Of(input);
    }

    public static Digest ManifestDigest(ReadOnlySpan<byte> manifest)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("WBL1-manifest\0"u8);
        hash.AppendData(manifest);
        return new Digest(hash.GetHashAndReset());
    }
}
