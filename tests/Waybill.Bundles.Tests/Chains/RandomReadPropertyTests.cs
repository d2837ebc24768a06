using FsCheck;
using FsCheck.Fluent;
using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Chains;

/// <summary>Any range of any point of a history is the same slice of the model.</summary>
public sealed class RandomReadPropertyTests
{
    [Fact, Spec("M-15"), Spec("M-25"), Spec("M-28")]
    public Task AnyRange_IsTheSliceOfTheVolume() => Properties.CheckAsync(Cases(), 60, async test =>
    {
        RecordedHistory recorded = await RecordedHistory.PlayAsync(test.History);
        byte[] volume = recorded.Points[^1].Volume;
        await using BundleChain chain = await Lab.OpenChainAsync(recorded.ChainTo(recorded.Points.Count - 1));
        await using BlockReader content = chain.OpenStream(StreamKind.BlockVolume, Lab.Volume);
        Assert.Equal(volume.Length, content.Length);
        foreach (ByteRange range in test.Ranges)
        {
            byte[] destination = Lab.Noise((int)range.Length, 1);
            int expected = (int)Math.Clamp(volume.Length - range.Offset, 0, range.Length);

            Assert.Equal(expected, await content.ReadAsync(range.Offset, destination));
            Lab.AssertSame(volume.AsSpan((int)Math.Min(range.Offset, volume.Length), expected).ToArray(), destination[..expected], range.ToString());
            Lab.AssertSame(Lab.Noise((int)range.Length, 1)[expected..], destination[expected..], $"what lies behind {range}");
        }
    });

    [Fact]
    public Task DataRanges_CoverEverythingThatIsNotZero() => Properties.CheckAsync(HistoryGenerator.Histories(4), 60, async history =>
    {
        RecordedHistory recorded = await RecordedHistory.PlayAsync(history);
        byte[] volume = recorded.Points[^1].Volume;
        await using BundleChain chain = await Lab.OpenChainAsync(recorded.ChainTo(recorded.Points.Count - 1));
        await using BlockReader content = chain.OpenStream(StreamKind.BlockVolume, Lab.Volume);
        long position = 0;
        await foreach (ByteRange range in content.GetDataRangesAsync())
        {
            // Neighbours are joined, so there is something between two ranges, and that is zeros.
            Assert.True(range.Length > 0 && range.End <= volume.Length && (position == 0 || range.Offset > position), $"{range} after {position}");
            Assert.False(volume.AsSpan((int)position, (int)(range.Offset - position)).ContainsAnyExcept((byte)0));
            position = range.End;
        }

        Assert.False(volume.AsSpan((int)position).ContainsAnyExcept((byte)0));
    });

    private static Arbitrary<ReadCase> Cases()
    {
        Arbitrary<History> histories = HistoryGenerator.Histories(4);
        Gen<ByteRange> ranges =
            from offset in Gen.Frequency((3, HistoryGenerator.Lengths), (2, Gen.Choose(0, 330_000)))
            from length in Gen.Frequency((3, Gen.Choose(0, 1200)), (1, Gen.Choose(0, 150_000)))
            select new ByteRange(offset, length);
        Gen<ReadCase> cases = from history in histories.Generator from some in ranges.ListOf(12) select new ReadCase(history, [.. some]);
        return Arb.From(cases, Shrink);

        IEnumerable<ReadCase> Shrink(ReadCase test)
        {
            if (test.Ranges.Count > 1)
            {
                yield return test with { Ranges = [.. test.Ranges.Take(test.Ranges.Count / 2)] };
                yield return test with { Ranges = [.. test.Ranges.Skip(test.Ranges.Count / 2)] };
            }

            foreach (History history in histories.Shrinker(test.History))
            {
                yield return test with { History = history };
            }
        }
    }

    private sealed record ReadCase(History History, IReadOnlyList<ByteRange> Ranges)
    {
        public override string ToString() => $"read {string.Join(' ', Ranges)} of {History}";
    }
}
