using Waybill.Cli.Terminal;

namespace Waybill.Cli.Tests.Terminal;

public class HumanUnitsTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1024, "1.00 KiB")]
    [InlineData(1280, "1.25 KiB")]
    [InlineData(10 * 1024, "10.0 KiB")]
    [InlineData(100 * 1024, "100 KiB")]
    [InlineData(1024 * 1024 - 1, "1.00 MiB")]
    [InlineData(1L << 40, "1.00 TiB")]
    [InlineData(long.MaxValue, "8.00 EiB")]
    public void Size_HasThreeDigits(long bytes, string expected) => Assert.Equal(expected, HumanUnits.Size(bytes));

    [Theory]
    [InlineData(1, "1 object")]
    [InlineData(0, "0 objects")]
    [InlineData(12345, "12,345 objects")]
    public void Count_AgreesWithItsNoun(long count, string expected) => Assert.Equal(expected, HumanUnits.Count(count, "object", "objects"));

    [Theory]
    [InlineData(-1, "")]
    [InlineData(30, "just now")]
    [InlineData(90, "1 minute ago")]
    [InlineData(3 * 3600, "3 hours ago")]
    [InlineData(5 * 86400, "5 days ago")]
    [InlineData(3 * 366 * 86400, "3 years ago")]
    public void Ago_TakesTheLargestUnit(long seconds, string expected)
    {
        DateTimeOffset now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        Assert.Equal(expected, HumanUnits.Ago(Timestamp.From(now.AddSeconds(-seconds)), now));
    }

    [Fact]
    public void Moment_IsUtcToTheSecond() => Assert.Equal("1970-01-01 00:00:05 UTC", HumanUnits.Moment(new Timestamp(5, 999_999_999)));

    [Theory]
    [InlineData("0", 0)]
    [InlineData("4096", 4096)]
    [InlineData("4096B", 4096)]
    [InlineData("64K", 65536)]
    [InlineData("64KiB", 65536)]
    [InlineData("1m", 1 << 20)]
    [InlineData("2GB", 2L << 30)]
    [InlineData("3T", 3L << 40)]
    [InlineData("8388607T", 8388607L << 40)]
    public void SizeText_Reads(string text, long expected)
    {
        Assert.True(SizeText.TryParse(text, out long bytes));
        Assert.Equal(expected, bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("K")]
    [InlineData("-1")]
    [InlineData("1.5M")]
    [InlineData("1 M")]
    [InlineData("0x10")]
    [InlineData("1KK")]
    [InlineData("1iB")]
    [InlineData("1Bi")]
    [InlineData("1Ki")]
    [InlineData("8388608T")]
    [InlineData("9223372036854775808")]
    public void SizeText_Refuses(string text) => Assert.False(SizeText.TryParse(text, out _));
}
