using System.Text;

namespace Waybill.Abstractions.Tests.Data;

public sealed class DigestTests
{
    // FIPS 180-4, example for the message "abc".
    private const string OfAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    [Fact]
    public void Of_KnownMessage_IsTheKnownDigest() => Assert.Equal("sha256:" + OfAbc, Digest.Of("abc"u8).ToString());

    [Theory]
    [InlineData(OfAbc)]
    [InlineData("sha256:" + OfAbc)]
    public void Parse_WithAndWithoutPrefix_GivesTheDigest(string text) => Assert.Equal(Digest.Of("abc"u8), Digest.Parse(text));

    [Fact]
    public void Parse_UpperCase_IsAccepted() => Assert.Equal(Digest.Of("abc"u8), Digest.Parse(OfAbc.ToUpperInvariant()));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("sha256:")]
    [InlineData("sha512:" + OfAbc)]
    [InlineData("SHA256:" + OfAbc)]
    [InlineData(OfAbc + "00")]
    [InlineData("xa7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    public void TryParse_SomethingElse_IsRefused(string? text)
    {
        Assert.False(Digest.TryParse(text, null, out Digest digest));
        Assert.True(digest.IsDefault);
    }

    [Fact]
    public void Parse_SomethingElse_SaysWhat() => Assert.Contains("'12'", Assert.Throws<FormatException>(() => Digest.Parse("12")).Message, StringComparison.Ordinal);

    [Fact]
    public void Bytes_ComeBackInTheirOrder()
    {
        byte[] bytes = [.. Enumerable.Range(1, 32).Select(number => (byte)number)];
        byte[] copy = new byte[40];

        Digest digest = new(bytes);
        digest.CopyTo(copy);

        Assert.Equal(bytes, digest.ToByteArray());
        Assert.Equal(bytes, copy[..32]);
        Assert.All(copy[32..], rest => Assert.Equal(0, rest));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    public void Constructor_OtherLength_Throws(int length) => Assert.Throws<ArgumentException>(() => new Digest(new byte[length]));

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(31)]
    public void Equality_EveryByteCounts(int changed)
    {
        byte[] bytes = Digest.Of(Encoding.ASCII.GetBytes("x")).ToByteArray();
        Digest before = new(bytes);
        bytes[changed] ^= 1;
        Digest after = new(bytes);

        Assert.NotEqual(before, after);
        Assert.True(before != after);
        Assert.False(before == after);
        Assert.False(before.Equals((object)after));
    }

    [Fact]
    public void Default_StandsForNone()
    {
        Assert.True(default(Digest).IsDefault);
        Assert.False(Digest.Of([]).IsDefault);
    }
}
