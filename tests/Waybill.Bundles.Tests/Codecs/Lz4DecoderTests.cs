using Waybill.Bundles.Codecs;
using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Codecs;

/// <summary>The library's LZ4 decoder against one written from appendix A: the same verdict and the same bytes.</summary>
public sealed class Lz4DecoderTests
{
    [Theory, Spec("C-03")]
    [InlineData(1)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(254)]
    [InlineData(255)]
    [InlineData(269)]
    [InlineData(270)]
    [InlineData(271)]
    [InlineData(524)]
    [InlineData(525)]
    [InlineData(65_536)]
    public void Decode_LiteralsOnly_AreCopied(int length)
    {
        byte[] content = Lab.Noise(length, length);

        AssertDecodes(new Lz4BlockBuilder().End(content), content);
    }

    [Theory, Spec("C-03")]
    [InlineData(1, 4)]
    [InlineData(1, 18)]
    [InlineData(1, 19)]
    [InlineData(1, 273)]
    [InlineData(1, 274)]
    [InlineData(1, 60_000)]
    [InlineData(2, 37)]
    [InlineData(3, 38)]
    [InlineData(4, 39)]
    [InlineData(7, 100)]
    [InlineData(8, 100)]
    [InlineData(9, 100)]
    [InlineData(15, 64)]
    [InlineData(16, 64)]
    [InlineData(17, 64)]
    public void Decode_MatchThatOverlapsItself_Repeats(int distance, int length)
    {
        byte[] start = Lab.Noise(distance, 1);
        byte[] end = Lab.Noise(12, 2);
        byte[] repeated = [.. Enumerable.Range(0, length).Select(i => start[i % distance])];

        AssertDecodes(new Lz4BlockBuilder().Sequence(start, distance, length).End(end), [.. start, .. repeated, .. end]);
    }

    [Theory, Spec("C-03")]
    [InlineData(65_535)]
    [InlineData(65_534)]
    [InlineData(256)]
    public void Decode_MatchFarBack_IsFound(int distance)
    {
        byte[] start = Lab.Noise(distance, 3);
        byte[] end = Lab.Noise(12, 4);

        AssertDecodes(new Lz4BlockBuilder().Sequence(start, distance, 40).End(end), [.. start, .. start[..40], .. end]);
    }

    [Fact, Spec("C-02")]
    public void Decode_BestRatioThereIs_StaysBelowTheBombLimit()
    {
        byte[] content = Enumerable.Repeat((byte)'x', 1024 * 1024).ToArray();
        byte[] block = new Lz4BlockBuilder().Sequence("x"u8, 1, content.Length - 13).End(content.AsSpan(0, 12));

        Assert.InRange(content.Length, 1, (255 * block.Length) + 64);
        AssertDecodes(block, content);
    }

    [Theory, Spec("C-03")]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(65_535)]
    public void Decode_DistanceBeforeTheStart_IsRefused(int distance) =>
        AssertRefused(new Lz4BlockBuilder().Sequence("a"u8, distance, 20).End(Lab.Noise(12, 1)), 33);

    [Theory, Spec("C-03")]
    [InlineData(4)]
    [InlineData(20)]
    [InlineData(300)]
    public void Decode_DistanceZero_IsRefused(int matchLength) =>
        AssertRefused(new Lz4BlockBuilder().Sequence("abcd"u8, 0, matchLength).End(Lab.Noise(12, 1)), 16 + matchLength);

    [Fact, Spec("C-03")]
    public void Decode_CutAnywhere_IsRefused()
    {
        byte[] start = Lab.Noise(300, 5);
        byte[] block = new Lz4BlockBuilder().Sequence(start, 290, 400).Sequence("abc"u8, 1, 19).End(Lab.Noise(30, 6));
        int length = 300 + 400 + 3 + 19 + 30;
        Assert.NotNull(Lz4Reference.Decode(block, length));

        for (int cut = 0; cut < block.Length; cut++)
        {
            AssertRefused(block[..cut], length);
        }
    }

    [Theory, Spec("C-03")]
    [InlineData(-1)]
    [InlineData(-13)]
    [InlineData(1)]
    [InlineData(100)]
    public void Decode_OtherLengthThanDeclared_IsRefused(int difference)
    {
        byte[] block = new Lz4BlockBuilder().Sequence("abcd"u8, 4, 100).End(Lab.Noise(12, 1));

        AssertRefused(block, 116 + difference);
    }

    [Fact, Spec("C-03")]
    public void Decode_BytesLeftOver_AreRefused() =>
        AssertRefused([.. new Lz4BlockBuilder().Sequence("abcd"u8, 4, 100).End(Lab.Noise(12, 1)), 0], 116);

    [Theory, Spec("C-03")]
    [InlineData(0xF0)]
    [InlineData(0x0F)]
    [InlineData(0xFF)]
    public void Decode_EndlessLengths_AreRefused(byte token)
    {
        foreach (int run in (int[])[1, 2, 300, 70_000])
        {
            byte[] lengths = [.. Enumerable.Repeat((byte)0xFF, run)];
            AssertRefused([token, .. lengths], 65_536);
            AssertRefused([0x10, (byte)'a', 1, 0, token, .. lengths, 0], 65_536);
            AssertRefused(new Lz4BlockBuilder().Raw([(byte)(token & 0x0F | 0x10), (byte)'a', 1, 0, .. lengths, 7, 0x50, 1, 2, 3, 4, 5]), 65_536);
        }
    }

    [Fact, Spec("C-03")]
    public void Decode_LiteralsBeyondTheInput_AreRefused() => AssertRefused([0xE0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13], 14);

    [Theory, Spec("C-03")]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(30)]
    public void Decode_EndNoEncoderWouldMake_IsDecodedAllTheSame(int lastLiterals)
    {
        // Encoders keep the last 5 bytes literal; appendix A asks decoders for nothing of the kind.
        byte[] end = Lab.Noise(lastLiterals, 8);

        AssertDecodes(new Lz4BlockBuilder().Sequence("abcde"u8, 5, 10).End(end), [.. "abcdeabcdeabcde"u8, .. end]);
    }

    [Fact]
    public void Encode_ShortInputs_ComeBackOrAreStoredAsTheyAre()
    {
        using var codec = new CellCodec();
        for (int length = 1; length < 40; length++)
        {
            byte[] content = Enumerable.Repeat((byte)7, length).ToArray();
            var target = new byte[CellCodec.MaxEncodedLength(BundleCodec.Lz4, length)];
            int encoded = codec.TryEncode(BundleCodec.Lz4, 1, content, target);
            if (encoded >= 0)
            {
                AssertDecodes(target[..encoded], content);
            }
        }
    }

    internal static void AssertDecodes(byte[] block, byte[] expected)
    {
        Assert.Equal(expected, Lz4Reference.Decode(block, expected.Length));
        Assert.Equal(expected, Library(block, expected.Length));
    }

    internal static byte[]? Library(byte[] block, int length)
    {
        const int Guard = 64;
        using var codec = new CellCodec();

        // What the buffer held before must not become content, and what lies around it must stay.
        byte[] buffer = [.. Enumerable.Repeat((byte)0xA5, Guard + length + Guard)];
        byte[]? result;
        try
        {
            codec.Decode(BundleCodec.Lz4, block, buffer.AsSpan(Guard, length), 0);
            result = buffer[Guard..^Guard];
        }
        catch (BundleFormatException e)
        {
            Assert.Equal(WaybillErrorCode.CodecFailed, e.Code);
            result = null;
        }

        Assert.False(buffer.AsSpan(0, Guard).ContainsAnyExcept((byte)0xA5), "The decoder wrote before its target.");
        Assert.False(buffer.AsSpan(Guard + length).ContainsAnyExcept((byte)0xA5), "The decoder wrote behind its target.");
        return result;
    }

    private static void AssertRefused(byte[] block, int length)
    {
        Assert.Null(Lz4Reference.Decode(block, length));
        Assert.Null(Library(block, length));
    }
}
