using K4os.Compression.LZ4;
using Waybill.Bundles.Codecs;
using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Codecs;

/// <summary>What the encoder makes, read back by the appendix, by our decoder and by one of other authors.</summary>
public sealed class Lz4EncoderTests
{
    [Theory, Spec("C-03")]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Encode_AnyContent_DecodesEverywhere(int seed)
    {
        var random = new Random(seed);
        var encoder = new Lz4Encoder();
        int shorter = 0;
        for (int i = 0; i < 1_000; i++)
        {
            byte[] content = Content(random, random.Next(1, random.Next(4) == 0 ? 150_000 : 2_000));
            var target = new byte[content.Length + (content.Length / 255) + 64];
            int length = encoder.TryEncode(content, target);
            Assert.True(length > 0, $"seed {seed}, case {i}: refused although there is room");
            byte[] block = target[..length];
            var decoded = new byte[content.Length];

            Assert.Equal(content, Lz4Reference.Decode(block, content.Length));
            Assert.True(Lz4Decoder.TryDecode(block, decoded));
            Assert.Equal(content, decoded);
            Array.Clear(decoded);
            Assert.Equal(content.Length, LZ4Codec.Decode(block, decoded));
            Assert.Equal(content, decoded);
            AssertEndsAsOthersWant(block, content.Length);
            shorter += length < content.Length ? 1 : 0;
        }

        Assert.InRange(shorter, 300, 990);
    }

    [Fact]
    public void Encode_TargetsOfEveryLength_FitsOrRefuses()
    {
        byte[] content = [.. Lab.Noise(300, 7), .. new byte[700], .. Lab.Noise(40, 8)];
        var encoder = new Lz4Encoder();
        var room = new byte[2_000];
        int needed = encoder.TryEncode(content, room);
        int fits = 0;
        for (int length = 0; length <= content.Length + 64; length++)
        {
            using var target = new GuardedBytes(length, atEnd: true);
            int encoded = encoder.TryEncode(content, target.Span);
            Assert.True(encoded == -1 || encoded == needed);
            Assert.True(encoded <= length);
            fits += encoded == needed ? 1 : 0;
        }

        // All but the few lengths where the wide copies would not have had room.
        Assert.InRange(content.Length + 65 - needed - fits, 0, 64);
    }

    [Fact]
    public void EncodeAndDecode_BetweenForbiddenPages_TouchNothingOutside()
    {
        var random = new Random(11);
        var encoder = new Lz4Encoder();
        for (int i = 0; i < 400; i++)
        {
            byte[] content = Content(random, random.Next(0, 9_000));
            foreach (bool atEnd in (bool[])[false, true])
            {
                using var source = new GuardedBytes(content.Length, atEnd);
                using var target = new GuardedBytes(content.Length + (content.Length / 255) + 64, atEnd);
                content.CopyTo(source.Span);
                int length = encoder.TryEncode(source.Span, target.Span);
                using var block = new GuardedBytes(length, atEnd);
                target.Span[..length].CopyTo(block.Span);
                source.Span.Clear();

                Assert.True(Lz4Decoder.TryDecode(block.Span, source.Span));
                Assert.True(source.Span.SequenceEqual(content));
                for (int damaged = 0; damaged < 5 && length > 0; damaged++)
                {
                    block.Span[random.Next(length)] = (byte)random.Next(256);
                    _ = Lz4Decoder.TryDecode(block.Span, source.Span);
                }
            }
        }
    }

    [Fact]
    public void Encode_SameContentTwice_SameBlock()
    {
        var encoder = new Lz4Encoder();
        byte[] content = Lab.MixedVolume(300_000, 4);
        var first = new byte[400_000];
        var second = new byte[400_000];
        int length = encoder.TryEncode(content, first);
        _ = encoder.TryEncode(Lab.Noise(100_000, 3), second);

        Assert.Equal(length, encoder.TryEncode(content, second));
        Assert.Equal(first.AsSpan(0, length), second.AsSpan(0, length));
    }

    [Fact]
    public void Encode_LargestCell_OfOneByte_IsTiny()
    {
        byte[] content = [.. Enumerable.Repeat((byte)7, 8 << 20)];
        var target = new byte[content.Length];
        int length = new Lz4Encoder().TryEncode(content, target);

        Assert.InRange(length, 1, 40_000);
        Assert.Equal(content, Lz4Reference.Decode(target.AsSpan(0, length), content.Length));
    }

    [Fact]
    public void Encode_TextAfterNoise_IsFoundAgain()
    {
        // The step has grown over the noise; it must not stay large.
        byte[] content = [.. Lab.Noise(2 << 20, 5), .. Enumerable.Range(0, 60_000).SelectMany(i => "all work and no play "u8.ToArray())];
        var target = new byte[content.Length + 16_384];

        Assert.InRange(new Lz4Encoder().TryEncode(content, target), 2 << 20, (2 << 20) + 24_000);
    }

    private static byte[] Content(Random random, int length)
    {
        var content = new byte[length];
        for (int at = 0; at < length;)
        {
            int run = Math.Min(random.Next(1, random.Next(10) == 0 ? 3_000 : 60), length - at);
            switch (random.Next(4))
            {
                case 0 when at > 0:
                    int from = random.Next(Math.Max(0, at - 70_000), at);
                    for (int i = 0; i < run; i++)
                    {
                        content[at + i] = content[from + i];
                    }

                    break;
                case 1:
                    content.AsSpan(at, run).Fill((byte)random.Next(256));
                    break;
                case 2:
                    for (int i = 0; i < run; i++)
                    {
                        content[at + i] = (byte)"the quick brown fox"[random.Next(19)];
                    }

                    break;
                default:
                    random.NextBytes(content.AsSpan(at, run));
                    break;
            }

            at += run;
        }

        return content;
    }

    /// <summary>The last five bytes are literals, and the last match begins twelve bytes before the end or earlier.</summary>
    private static void AssertEndsAsOthersWant(byte[] block, int contentLength)
    {
        int position = 0;
        int written = 0;
        int lastMatch = -1;
        while (true)
        {
            int token = block[position++];
            int literals = ReadLength(block, ref position, token >> 4);
            position += literals;
            written += literals;
            if (position == block.Length)
            {
                Assert.Equal(contentLength, written);
                Assert.True(lastMatch < 0 || (literals >= 5 && lastMatch <= contentLength - 12));
                return;
            }

            position += 2;
            lastMatch = written;
            written += 4 + ReadLength(block, ref position, token & 15);
        }
    }

    private static int ReadLength(byte[] block, ref int position, int length)
    {
        if (length == 15)
        {
            byte more;
            do
            {
                more = block[position++];
                length += more;
            }
            while (more == 255);
        }

        return length;
    }
}
