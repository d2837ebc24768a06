using FsCheck;
using FsCheck.Fluent;
using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Merging;

/// <summary>Merging random histories: whatever is merged first, the result is the same.</summary>
public sealed class MergePropertyTests
{
    [Fact, Spec("I-08")]
    public Task Merge_InAnyOrder_GivesTheSameRoots() => Properties.CheckAsync(Cases(), 60, async test =>
    {
        RecordedHistory recorded = await RecordedHistory.PlayAsync(test.History);
        int newest = recorded.Points.Count - 1;
        for (int oldest = 0; oldest < newest; oldest++)
        {
            byte[][] part = recorded.Part(newest, oldest);
            byte[] atOnce = await MergeLab.MergeAsync(recorded.Options(), part);
            byte[] byTree = await MergeTreeAsync(recorded, part, new Random(test.Tree + oldest));
            StreamInfo expected = (await MergeLab.ManifestOfAsync(atOnce)).Streams[0];
            StreamInfo actual = (await MergeLab.ManifestOfAsync(byTree)).Streams[0];
            Assert.Equal(expected.Root, actual.Root);
            Assert.Equal(expected.ContentRoot, actual.ContentRoot);

            // What was merged still builds on what came before, and shows the same volume.
            byte[][] chain = [atOnce, .. recorded.Points.Take(oldest).Reverse().Select(p => p.Bundle)];
            Lab.AssertSame(recorded.Points[newest].Volume, await Lab.ReadVolumeAsync(chain), $"merged from {oldest} to {newest}");
            VerificationReport report = await Lab.VerifyAsync(chain);
            Assert.Null(report.Problem);
            Assert.True(report.IsValid);
            if (oldest == 0)
            {
                Assert.False(report.Manifest!.IsIncremental);
                Assert.Equal(await recorded.FullRootAsync(newest), expected.Root);
                Lab.AssertSame(recorded.Points[newest].Volume, await Lab.ReadVolumeAsync(byTree), "merged by tree");
            }
        }
    });

    private static Arbitrary<MergeCase> Cases()
    {
        Arbitrary<History> histories = HistoryGenerator.Histories(5, minBackups: 2);
        Gen<MergeCase> cases = from history in histories.Generator from tree in Gen.Choose(0, 1_000_000) select new MergeCase(history, tree);
        return Arb.From(cases, c => histories.Shrinker(c.History).Select(h => c with { History = h }));
    }

    /// <summary>Merges neighbours in a random order until one bundle is left.</summary>
    private static async Task<byte[]> MergeTreeAsync(RecordedHistory recorded, byte[][] bundles, Random random)
    {
        List<byte[]> left = [.. bundles];
        while (left.Count > 1)
        {
            int first = random.Next(left.Count - 1);
            int count = random.Next(2, Math.Min(3, left.Count - first) + 1);
            byte[] merged = await MergeLab.MergeLeavesAsync(recorded.Options(BundleCodec.None), [.. left.Skip(first).Take(count)]);
            left.RemoveRange(first, count);
            left.Insert(first, merged);
        }

        return left[0];
    }

    private sealed record MergeCase(History History, int Tree)
    {
        public override string ToString() => $"tree {Tree}, {History}";
    }
}
