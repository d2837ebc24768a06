using FsCheck;
using FsCheck.Fluent;
using Waybill.Csi.Tests.Support;

namespace Waybill.Csi.Tests.ChangedBlocks;

public sealed class RangeLayoutTests
{
    public sealed record Example(long Unit, long Capacity, long Start, bool IsFixed, IReadOnlyList<ByteRange> Ranges);

    private static Gen<Example> Examples =>
        from unit in Gen.Elements(1L, 4L, 16L)
        from units in Gen.Choose(0, 40)
        from isFixed in Gen.Elements(true, false)
        from gaps in Gen.ListOf(from gap in Gen.Choose(0, 9) from length in Gen.Choose(1, 40) select (gap, length))
        let capacity = units * unit
        from start in Gen.Choose(0, (int)capacity)
        select new Example(unit, capacity, start, isFixed, Place(gaps, capacity));

    [Fact]
    public void Add_OfAnyRanges_LosesNothingAndBreaksNoRule() =>
        Prop.ForAll(Examples.ToArbitrary(), test =>
        {
            List<ByteRange> sent = Run(test, test.Start);

            CheckRules(test, test.Start, sent);

            // Without a unit exactly what the platform listed; with blocks of one length those that it touches, and no others.
            IEnumerable<ByteRange> expected = test.Ranges.Where(range => range.End > test.Start);
            if (test.IsFixed)
            {
                expected = expected.Select(range => ByteRange.FromBounds(
                    range.Offset / test.Unit * test.Unit, (range.End + test.Unit - 1) / test.Unit * test.Unit));
            }

            Assert.Equal(Bytes(expected, test.Start), Bytes(sent, test.Start));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Add_CutAnywhereAndResumed_GivesTheSameBytes() =>
        Prop.ForAll((from test in Examples from cut in Gen.Choose(0, 30) select (test, cut)).ToArbitrary(), given =>
        {
            (Example test, int cut) = given;
            List<ByteRange> all = Run(test, 0);

            // What was received before the cut, and what comes from the byte behind it on.
            List<ByteRange> received = [.. all.Take(cut)];
            long resume = received.Count == 0 ? 0 : received[^1].End;
            received.AddRange(Run(test, resume));

            Assert.Equal(Bytes(all, 0), Bytes(received, 0));
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, -5)]
    [InlineData(-8, 16)]
    [InlineData(96, 8)]
    [InlineData(101, 1)]
    [InlineData(50, long.MaxValue)]
    [InlineData(long.MaxValue, 1)]
    public void Add_OfARangeThatBreaksTheContract_IsRefused(long offset, long length)
    {
        var layout = new RangeLayout("p", 100, 0, 0, isFixed: false);

        ProviderException error = Assert.Throws<ProviderException>(() => layout.Add(new ByteRange(offset, length)).ToList());

        Assert.Equal(WaybillErrorCode.DeltaInvalid, error.Code);
    }

    [Theory]
    [InlineData(0, 8)]
    [InlineData(8, 8)]
    [InlineData(15, 1)]
    public void Add_OfARangeThatOverlapsOrGoesBack_IsRefusedAlsoBeforeTheStart(long offset, long length)
    {
        var layout = new RangeLayout("p", 100, 50, 0, isFixed: false);
        Assert.Empty(layout.Add(new ByteRange(8, 8)));

        Assert.Throws<ProviderException>(() => layout.Add(new ByteRange(offset, length)).ToList());
    }

    [Fact]
    public void Add_OfAHugeRangeInBlocks_IsNotMadeBeforeItIsTaken()
    {
        var layout = new RangeLayout("p", 1L << 46, 0, 4096, isFixed: true);

        Assert.Equal(new ByteRange(4096 * 3L, 4096), layout.Add(new ByteRange(0, 1L << 46)).ElementAt(3));
    }

    private static void CheckRules(Example test, long start, List<ByteRange> sent)
    {
        long end = 0;
        foreach (ByteRange range in sent)
        {
            Assert.True(range.Length > 0 && range.Offset >= end && range.End <= test.Capacity && range.End > start, $"{range} follows {end} in {test}.");
            Assert.True(!test.IsFixed || range.Length == test.Unit, $"{range} is not one block of {test.Unit}.");
            end = range.End;
        }
    }

    private static List<ByteRange> Run(Example test, long start)
    {
        var layout = new RangeLayout("p", test.Capacity, start, test.Unit, test.IsFixed);
        return [.. test.Ranges.SelectMany(layout.Add), .. layout.Finish()];
    }

    private static List<ByteRange> Place(IEnumerable<(int Gap, int Length)> gaps, long capacity)
    {
        var result = new List<ByteRange>();
        long end = 0;
        foreach ((int gap, int length) in gaps)
        {
            var range = new ByteRange(end + gap, length);
            if (range.End > capacity)
            {
                break;
            }

            result.Add(range);
            end = range.End;
        }

        return result;
    }

    private static List<ByteRange> Bytes(IEnumerable<ByteRange> ranges, long start)
    {
        // Blocks of neighbouring ranges may be the same block.
        var joined = new List<ByteRange>();
        foreach (ByteRange range in ranges)
        {
            if (joined.Count > 0 && joined[^1].End >= range.Offset)
            {
                joined[^1] = ByteRange.FromBounds(joined[^1].Offset, Math.Max(joined[^1].End, range.End));
            }
            else
            {
                joined.Add(range);
            }
        }

        return [.. MetadataAnswer.From(joined, start)];
    }
}
