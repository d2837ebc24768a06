using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Chains;

/// <summary>Random histories of a volume: every backup in the chain gives back what the volume held when it was made.</summary>
public sealed class HistoryPropertyTests
{
    [Fact, Spec("I-01"), Spec("I-02"), Spec("I-03"), Spec("I-06"), Spec("M-03"), Spec("M-07"), Spec("M-22"), Spec("M-30")]
    public Task EveryPointOfAHistory_ReadsBackAndVerifies() => Properties.CheckAsync(HistoryGenerator.Histories(), 60, async history =>
    {
        RecordedHistory recorded = await RecordedHistory.PlayAsync(history);
        for (int point = 0; point < recorded.Points.Count; point++)
        {
            byte[][] chain = recorded.ChainTo(point);
            Lab.AssertSame(recorded.Points[point].Volume, await Lab.ReadVolumeAsync(chain), $"point {point}");

            VerificationReport report = await Lab.VerifyAsync(chain);
            Assert.Null(report.Problem);
            Assert.True(report.IsValid && report.ParentsChecked);

            Digest stated = report.Manifest!.Streams[0].ContentRoot;
            bool readEverything = point > 0 && history.Steps[point].List == ListKind.None;
            Assert.True(stated.IsDefault ? !readEverything : stated == await recorded.FullRootAsync(point), $"the content root of point {point} is {stated}");
        }
    });

    [Fact]
    public Task Incremental_StoresInProportionToWhatChanged() => Properties.CheckAsync(HistoryGenerator.Histories(3, minBackups: 2), 60, async history =>
    {
        RecordedHistory recorded = await RecordedHistory.PlayAsync(history);
        for (int point = 1; point < recorded.Points.Count; point++)
        {
            if (history.Steps[point].List == ListKind.StoreAll)
            {
                continue;
            }

            await using BundleReader reader = await BundleReader.OpenAsync(new MemoryByteSource(recorded.Points[point].Bundle), TrustPolicy.AcceptUnsigned);
            long bound = MostThatNeedsStoring(history, recorded.Points[point - 1], recorded.Points[point]);
            Assert.InRange(reader.Manifest.Streams[0].DataBytes, 0, bound);
        }
    });

    /// <summary>Changed or listed blocks; whole cells where those are seven eighths of the cell, or where the parent has nothing but zeros to build on.</summary>
    private static long MostThatNeedsStoring(History history, RecordedPoint before, RecordedPoint now)
    {
        long total = 0;
        for (int start = 0; start < now.Volume.Length; start += history.CellSize)
        {
            int length = Math.Min(history.CellSize, now.Volume.Length - start);
            long changed = 0;
            for (int block = start; block < start + length; block += history.BlockSize)
            {
                var range = new ByteRange(block, Math.Min(history.BlockSize, start + length - block));
                changed += NeedsStoring(range, history.BlockSize, before.Volume, now) ? range.Length : 0;
            }

            int known = Math.Clamp(before.Volume.Length - start, 0, length);
            bool onZeros = changed > 0 && !before.Volume.AsSpan(Math.Min(start, before.Volume.Length), known).ContainsAnyExcept((byte)0);
            total += onZeros || changed >= (0.875 * length) - history.BlockSize ? length : changed;
        }

        return total;
    }

    private static bool NeedsStoring(ByteRange block, int blockSize, byte[] before, RecordedPoint now)
    {
        if (now.Changed is { } listed)
        {
            return listed.Any(range => !range.Intersect(block).IsEmpty);
        }

        bool inherited = block.End <= before.Length && (block.Length == blockSize || before.Length == now.Volume.Length)
            && before.AsSpan((int)block.Offset, (int)block.Length).SequenceEqual(now.Volume.AsSpan((int)block.Offset, (int)block.Length));
        return !inherited;
    }
}
