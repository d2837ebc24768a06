using FsCheck;
using FsCheck.Fluent;

namespace Waybill.Abstractions.Tests.Data;

public sealed class ByteRangeTests
{
    private static readonly Arbitrary<ByteRange> s_small =
        (from offset in Gen.Choose(0, 20) from length in Gen.Choose(0, 20) select new ByteRange(offset, length)).ToArbitrary();

    [Fact]
    public void FromBounds_GivesTheBytesBetween()
    {
        ByteRange range = ByteRange.FromBounds(3, 10);

        Assert.Equal(new ByteRange(3, 7), range);
        Assert.Equal(10, range.End);
        Assert.False(range.IsEmpty);
        Assert.True(ByteRange.FromBounds(3, 3).IsEmpty);
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(5, 4)]
    public void FromBounds_OfNoRange_Throws(long start, long end) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ByteRange.FromBounds(start, end));

    [Fact]
    public void End_BeyondTheLargestOffset_Throws() => Assert.Throws<OverflowException>(() => new ByteRange(long.MaxValue, 1).End);

    [Fact]
    public void Intersect_HoldsExactlyTheBytesOfBoth() =>
        Prop.ForAll(s_small, s_small, (left, right) => Bytes(left.Intersect(right)).SequenceEqual(Bytes(left).Intersect(Bytes(right))))
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Comparisons_AgreeWithTheOrderOfOffsetThenLength() =>
        Prop.ForAll(s_small, s_small, (left, right) =>
        {
            int expected = (left.Offset, left.Length).CompareTo((right.Offset, right.Length));
            return Math.Sign(left.CompareTo(right)) == expected
                && left < right == expected < 0 && left > right == expected > 0
                && left <= right == expected <= 0 && left >= right == expected >= 0;
        }).QuickCheckThrowOnFailure();

    private static IEnumerable<long> Bytes(ByteRange range) => Enumerable.Range(0, (int)range.Length).Select(index => range.Offset + index);
}
