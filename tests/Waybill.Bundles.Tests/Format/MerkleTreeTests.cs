using System.Buffers.Binary;
using System.Security.Cryptography;
using Waybill.Bundles.Format;

namespace Waybill.Bundles.Tests.Format;

/// <summary>The tree over leaves, in each of the ways the code computes it, against the recursive definition of RFC 9162.</summary>
public sealed class MerkleTreeTests
{
    [Theory, Spec("M-26"), Spec("M-28"), Spec("M-29")]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    public void TreeHash_FrontierAndIndex_AreTheRecursiveDefinition(int count)
    {
        Leaf[] leaves = [.. Enumerable.Range(0, count).Select(MakeLeaf)];
        Digest expected = new(ByDefinition(leaves));
        var frontier = new MerkleFrontier();
        foreach (Leaf leaf in leaves)
        {
            frontier.Add(leaf);
        }

        Assert.Equal(count, frontier.Count);
        Assert.Equal(expected, frontier.TreeHash());
        Assert.Equal(expected, ByIndex(leaves));
    }

    [Fact]
    public void TreeHash_ReadAfterEveryLeaf_LeavesTheFrontierAsItWas()
    {
        var frontier = new MerkleFrontier();
        var leaves = new List<Leaf>();
        for (int i = 0; i < 70; i++)
        {
            Assert.Equal(new Digest(ByDefinition([.. leaves])), frontier.TreeHash());
            Assert.Equal(System.Numerics.BitOperations.PopCount((uint)i), frontier.Subtrees().Count);
            leaves.Add(MakeLeaf(i));
            frontier.Add(leaves[^1]);
        }
    }

    [Fact]
    public void Subtrees_OfACheckpoint_FoldToTheTreeHash()
    {
        var frontier = new MerkleFrontier();
        for (int i = 0; i < 300; i++)
        {
            frontier.Add(MakeLeaf(i));
        }

        IReadOnlyList<Digest> subtrees = frontier.Subtrees();
        Digest hash = subtrees[^1];
        foreach (Digest left in subtrees.Reverse().Skip(1))
        {
            hash = MerkleTree.HashNode(left, hash);
        }

        Assert.Equal(frontier.TreeHash(), hash);
    }

    [Fact]
    public void TreeHash_LastLeafTwice_IsAnotherTree()
    {
        Leaf[] three = [.. Enumerable.Range(0, 3).Select(MakeLeaf)];

        Assert.NotEqual(ByIndex(three), ByIndex([.. three, three[^1]]));
    }

    [Fact]
    public void HashNode_OfTwoHalves_IsNoLeafHash()
    {
        // A node's input is 64 bytes like a leaf's; only the first byte hashed keeps them apart.
        Digest left = MerkleTree.HashLeaf(MakeLeaf(0));
        Digest right = MerkleTree.HashLeaf(MakeLeaf(1));
        byte[] asLeaf = [0, .. left.ToByteArray(), .. right.ToByteArray()];

        Assert.NotEqual(Digest.Of(asLeaf), MerkleTree.HashNode(left, right));
    }

    [Fact, Spec("M-29")]
    public void StreamRoot_IsTheHashOfItsParts()
    {
        Digest tree = new(ByDefinition([MakeLeaf(0), MakeLeaf(1)]));
        var input = new byte[73];
        input[0] = 2;
        "WBL1-stream"u8.CopyTo(input.AsSpan(1));
        BinaryPrimitives.WriteUInt32LittleEndian(input.AsSpan(17), 4096);
        BinaryPrimitives.WriteUInt32LittleEndian(input.AsSpan(21), 65_536);
        BinaryPrimitives.WriteUInt64LittleEndian(input.AsSpan(25), 131_072);
        BinaryPrimitives.WriteUInt64LittleEndian(input.AsSpan(33), 2);
        tree.ToByteArray().CopyTo(input, 41);
        Digest expected = new(SHA256.HashData(input));

        Assert.Equal(expected, MerkleTree.StreamRoot(4096, 65_536, 131_072, 2, tree));
        Digest[] others =
        [
            MerkleTree.StreamRoot(512, 65_536, 131_072, 2, tree),
            MerkleTree.StreamRoot(4096, 131_072, 131_072, 2, tree),
            MerkleTree.StreamRoot(4096, 65_536, 131_071, 2, tree),
            MerkleTree.StreamRoot(4096, 65_536, 131_072, 1, tree),
            MerkleTree.StreamRoot(4096, 65_536, 131_072, 2, MerkleTree.Empty),
        ];
        Assert.DoesNotContain(expected, others);
    }

    private static Leaf MakeLeaf(int number) => number % 3 == 0
        ? Leaf.Run(LeafState.Zero, number * 65_536L, 65_536)
        : new Leaf(LeafState.Data, number * 65_536L, 65_536, 65_536, Digest.Of(BitConverter.GetBytes(number)));

    /// <summary>The recursion as the specification writes it, on bytes only.</summary>
    private static byte[] ByDefinition(ReadOnlySpan<Leaf> leaves)
    {
        if (leaves.IsEmpty)
        {
            return SHA256.HashData([]);
        }

        if (leaves.Length == 1)
        {
            return SHA256.HashData([0, .. Describe(leaves[0])]);
        }

        int split = 1;
        while (split * 2 < leaves.Length)
        {
            split *= 2;
        }

        return SHA256.HashData([1, .. ByDefinition(leaves[..split]), .. ByDefinition(leaves[split..])]);
    }

    private static byte[] Describe(Leaf leaf)
    {
        var bytes = new byte[64];
        bytes[0] = (byte)leaf.State;
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), (ulong)leaf.Offset);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(16), (ulong)leaf.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(24), (ulong)leaf.ContentLength);
        leaf.Digest.ToByteArray().CopyTo(bytes, 32);
        return bytes;
    }

    /// <summary>Tiles of 256 leaves, nodes of 256 children, up to one.</summary>
    private static Digest ByIndex(Leaf[] leaves)
    {
        if (leaves.Length == 0)
        {
            return MerkleTree.HashAll([]);
        }

        Digest[] level = [.. leaves.Chunk(256).Select(tile => MerkleTree.HashTile([.. tile.Select(l => new TileEntry(l, 0, 0, BundleCodec.None))]))];
        while (level.Length > 1)
        {
            level = [.. level.Chunk(256).Select(node => MerkleTree.HashIndexNode([.. node.Select(hash => new IndexEntry(0, 1, 64, 1, hash))]))];
        }

        return level[0];
    }
}
