using FsCheck;
using FsCheck.Fluent;

namespace Waybill.Testing.Tests;

public sealed class BlockRangeTests
{
    private const int Length = 64;

    private static readonly Gen<BlockRange[]> s_ranges = Gen.Choose(0, Length + 8).SelectMany(offset => Gen.Choose(0, 12).Select(size => new BlockRange(offset, size))).ArrayOf();

    [Fact]
    public void Cover_IsWhatTheRangesCover_FromTheOffsetOn_InPiecesThatDoNotTouch()
    {
        Prop.ForAll(s_ranges.ToArbitrary(), Gen.Choose(0, Length).ToArbitrary(), (ranges, from) =>
        {
            List<BlockRange> cover = BlockRange.Cover(ranges, from);

            Assert.Equal(Bytes(ranges).Where(place => place >= from), Bytes(cover));
            Assert.All(cover.Zip(cover.Skip(1)), pair => Assert.True(pair.First.End < pair.Second.Offset));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Gaps_AreWhatTheRangesDoNotCover()
    {
        Prop.ForAll(s_ranges.ToArbitrary(), ranges => Assert.Equal(
            Enumerable.Range(0, Length).Select(place => (long)place).Except(Bytes(ranges)), Bytes(BlockRange.Gaps(ranges, Length)))).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void End_OfARangeThatIsTooLarge_IsTheLargestNumber() => Assert.Equal(long.MaxValue, new BlockRange(10, long.MaxValue).End);

    private static IEnumerable<long> Bytes(IEnumerable<BlockRange> ranges) =>
        ranges.SelectMany(range => Enumerable.Range(0, (int)range.Size).Select(i => range.Offset + i)).Distinct().Order();
}
