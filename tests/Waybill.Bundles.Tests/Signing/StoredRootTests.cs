using System.Buffers.Binary;
using System.Security.Cryptography;
using Waybill.Bundles.Signing;
using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Signing;

/// <summary>The root over stored records against the recursive definition of RFC 9162.</summary>
public sealed class StoredRootTests
{
    private static readonly byte[] s_preamble = Lab.Noise(64, 1);

    [Fact, Spec("S-06")]
    public void Compute_AfterEveryRecord_IsTheDefinition()
    {
        var root = new StoredRoot(s_preamble);
        List<byte[]> hashes = [];
        for (int i = 0; i <= 600; i++)
        {
            Assert.Equal(i, root.RecordCount);
            if (i < 40 || i % 51 == 0)
            {
                Assert.Equal(Define(s_preamble, hashes), root.Compute());
            }

            (byte[] header, Digest payload) = Record(i);
            root.Add(header, payload);
            hashes.Add(SHA256.HashData([0, .. header, .. payload.ToByteArray()]));
        }
    }

    [Theory, Spec("S-06")]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(255)]
    [InlineData(257)]
    [InlineData(4096)]
    [InlineData(5000)]
    public void Compute_OfManyRecords_IsTheDefinition(int count)
    {
        var root = new StoredRoot(s_preamble);
        for (int i = 0; i < count; i++)
        {
            (byte[] header, Digest payload) = Record(i);
            root.Add(header, payload);
        }

        Assert.Equal(Define(s_preamble, [.. Enumerable.Range(0, count).Select(i => Record(i)).Select(r => SHA256.HashData([0, .. r.Header, .. r.Payload.ToByteArray()]))]), root.Compute());
    }

    [Fact, Spec("S-06")]
    public void Compute_AnyByteOfAnything_Counts()
    {
        HashSet<Digest> roots = [Root(s_preamble, Record(0), Record(1))];
        for (int i = 0; i < 64; i++)
        {
            Assert.True(roots.Add(Root(Flip(s_preamble, i), Record(0), Record(1))), $"byte {i} of the preamble");
        }

        for (int i = 0; i < 40; i++)
        {
            (byte[] header, Digest payload) = Record(1);
            Assert.True(roots.Add(Root(s_preamble, Record(0), (Flip(header, i), payload))), $"byte {i} of a header");
        }

        Assert.True(roots.Add(Root(s_preamble, Record(0), (Record(1).Header, Record(2).Payload))));
        Assert.True(roots.Add(Root(s_preamble, Record(1), Record(0))));
        Assert.True(roots.Add(Root(s_preamble, Record(0))));
        Assert.True(roots.Add(Root(s_preamble, Record(0), Record(1), Record(1))));
    }

    [Fact]
    public void Lengths_ThatAreNotThoseOfTheFormat_AreRefused()
    {
        Assert.Throws<ArgumentException>(() => new StoredRoot(new byte[63]));
        Assert.Throws<ArgumentException>(() => new StoredRoot(s_preamble).Add(new byte[41], default));
    }

    private static Digest Root(byte[] preamble, params (byte[] Header, Digest Payload)[] records)
    {
        var root = new StoredRoot(preamble);
        foreach ((byte[] header, Digest payload) in records)
        {
            root.Add(header, payload);
        }

        return root.Compute();
    }

    private static (byte[] Header, Digest Payload) Record(int number) => (Lab.Noise(40, number + 10), Digest.Of(BitConverter.GetBytes(number)));

    private static byte[] Flip(byte[] bytes, int place)
    {
        byte[] copy = [.. bytes];
        copy[place] ^= 1;
        return copy;
    }

    private static Digest Define(byte[] preamble, List<byte[]> hashes)
    {
        var input = new byte[89];
        input[0] = 2;
        "WBL1-stored"u8.CopyTo(input.AsSpan(1));
        SHA256.HashData(preamble).CopyTo(input, 17);
        BinaryPrimitives.WriteUInt64LittleEndian(input.AsSpan(49), (ulong)hashes.Count);
        Tree([.. hashes]).CopyTo(input, 57);
        return new Digest(SHA256.HashData(input));
    }

    private static byte[] Tree(ReadOnlySpan<byte[]> hashes)
    {
        if (hashes.IsEmpty)
        {
            return SHA256.HashData([]);
        }

        if (hashes.Length == 1)
        {
            return hashes[0];
        }

        int split = 1;
        while (split * 2 < hashes.Length)
        {
            split *= 2;
        }

        return SHA256.HashData([1, .. Tree(hashes[..split]), .. Tree(hashes[split..])]);
    }
}
