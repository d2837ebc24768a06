using FsCheck;
using FsCheck.Fluent;

namespace Waybill.Abstractions.Tests.Data;

public sealed class TimestampTests
{
    [Theory]
    [InlineData("1970-01-01T00:00:00Z", 0, 0)]
    [InlineData("2026-11-22T21:56:01.1234567Z", 1795384561, 123456700)]
    [InlineData("1969-12-31T23:59:59.9Z", -1, 900000000)]
    [InlineData("1970-01-01T01:00:00+01:00", 0, 0)]
    public void From_Time_CountsNanosecondsForward(string text, long seconds, int nanoseconds)
    {
        DateTimeOffset time = DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

        Assert.Equal(new Timestamp(seconds, nanoseconds), Timestamp.From(time));
    }

    [Fact]
    public void From_And_Back_KeepsEveryTick() =>
        Prop.ForAll(ArbMap.Default.ArbFor<DateTimeOffset>(), time => Timestamp.From(time).ToDateTimeOffset() == time).QuickCheckThrowOnFailure();

    [Fact]
    public void ToDateTimeOffset_OutsideTheCalendar_GivesItsEnds()
    {
        Assert.Equal(DateTimeOffset.MinValue, new Timestamp(long.MinValue, 0).ToDateTimeOffset());
        Assert.Equal(DateTimeOffset.MaxValue, new Timestamp(long.MaxValue, 999_999_999).ToDateTimeOffset());
    }

    [Theory]
    [InlineData(0, 0, "1970-01-01T00:00:00Z")]
    [InlineData(0, 1, "1970-01-01T00:00:00.000000001Z")]
    [InlineData(-1, 500_000_000, "1969-12-31T23:59:59.500000000Z")]
    [InlineData(long.MaxValue, 5, "@9223372036854775807.000000005")]
    [InlineData(long.MinValue, 0, "@-9223372036854775808.000000000")]
    public void ToString_IsIso8601_WhereTheCalendarReaches(long seconds, int nanoseconds, string expected) =>
        Assert.Equal(expected, new Timestamp(seconds, nanoseconds).ToString());

    [Fact]
    public void Order_IsThatOfTime()
    {
        Timestamp[] times = [new(-2, 999_999_999), new(-1, 0), new(-1, 1), new(0, 0), new(7, 0)];
        for (int i = 1; i < times.Length; i++)
        {
            Assert.True(times[i - 1] < times[i] && times[i - 1] <= times[i] && times[i] > times[i - 1] && times[i] >= times[i - 1]);
        }

        Assert.Equal(0, times[0].CompareTo(times[0]));
    }
}
