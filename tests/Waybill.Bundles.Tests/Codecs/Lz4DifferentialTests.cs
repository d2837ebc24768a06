using Waybill.Bundles.Codecs;
using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Codecs;

/// <summary>Blocks as they come and damaged ones through both decoders.</summary>
public sealed class Lz4DifferentialTests
{
    [Theory, Spec("C-03")]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Decode_MutatedBlocks_SameVerdictAndSameBytes(int seed)
    {
        var random = new Random(seed);
        int accepted = 0;
        for (int i = 0; i < 2_500; i++)
        {
            (byte[] block, int length) = MakeBlock(random);
            byte[] mutated = Mutate(block, random);
            int declared = random.Next(8) == 0 ? Math.Max(1, length + random.Next(-20, 20)) : length;

            byte[]? expected = Lz4Reference.Decode(mutated, declared);
            byte[]? actual = Lz4DecoderTests.Library(mutated, declared);
            Assert.True(
                expected is null ? actual is null : actual is not null && expected.AsSpan().SequenceEqual(actual),
                $"seed {seed}, case {i}: reference {(expected is null ? "refuses" : "accepts")}, library {(actual is null ? "refuses" : "accepts")}: {declared} bytes from {Convert.ToHexString(mutated)}");
            accepted += expected is null ? 0 : 1;
        }

        // Mutations that are all refused, or none, would not compare much.
        Assert.InRange(accepted, 250, 2_250);
    }

    private static (byte[] Block, int Length) MakeBlock(Random random)
    {
        if (random.Next(2) == 0)
        {
            return HandMade(random);
        }

        byte[] content = new byte[random.Next(1, 600)];
        for (int at = 0; at < content.Length;)
        {
            int run = Math.Min(random.Next(1, 60), content.Length - at);
            if (at > 0 && random.Next(2) == 0)
            {
                int from = random.Next(at);
                for (int i = 0; i < run; i++)
                {
                    content[at + i] = content[from + i];
                }
            }
            else
            {
                random.NextBytes(content.AsSpan(at, run));
            }

            at += run;
        }

        using var codec = new CellCodec();
        var target = new byte[CellCodec.MaxEncodedLength(BundleCodec.Lz4, content.Length)];
        int encoded = codec.TryEncode(BundleCodec.Lz4, 1, content, target);
        return encoded < 0 ? (new Lz4BlockBuilder().End(content), content.Length) : (target[..encoded], content.Length);
    }

    private static (byte[] Block, int Length) HandMade(Random random)
    {
        var builder = new Lz4BlockBuilder();
        int length = 0;
        for (int sequences = random.Next(4); sequences > 0; sequences--)
        {
            byte[] literals = Lab.Noise(random.Next(length == 0 ? 1 : 0, 24), random.Next());
            int match = random.Next(4, 40);
            length += literals.Length;
            builder.Sequence(literals, random.Next(1, length + 1), match);
            length += match;
        }

        // Any number of last literals: appendix A asks encoders for five, and decoders for nothing.
        byte[] end = Lab.Noise(random.Next(length == 0 ? 1 : 0, 24), random.Next());
        return (builder.End(end), length + end.Length);
    }

    private static byte[] Mutate(byte[] block, Random random)
    {
        byte[] mutated = (byte[])block.Clone();
        for (int changes = random.Next(3); changes > 0; changes--)
        {
            int at = random.Next(mutated.Length);
            switch (random.Next(5))
            {
                case 0:
                    mutated[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    mutated[at] = (byte)random.Next(256);
                    break;
                case 2:
                    mutated[at] = (byte)(random.Next(2) == 0 ? 0 : 255);
                    break;
                case 3:
                    mutated = at == 0 ? mutated : mutated[..at];
                    break;
                default:
                    mutated = [.. mutated[..at], (byte)random.Next(256), .. mutated[at..]];
                    break;
            }
        }

        return mutated;
    }
}
