using System.Collections.Concurrent;
using Waybill.Bundles.Format;
using Waybill.Bundles.Tests.Support;
using Waybill.Tests.Shared;

namespace Waybill.Bundles.Tests.Salvaging;

public sealed class CutBundleTests
{
    [Fact]
    [Spec("T-03")]
    public async Task CutAtEveryByte_SmallBundle_GivesWhatLiesBeforeTheCut()
    {
        SalvageSample sample = await SalvageLab.SmallAsync();
        await CheckAsync(sample, Enumerable.Range(0, sample.Bundle.Length));
    }

    [Fact]
    [Spec("T-03")]
    public async Task CutAtEveryByte_SmallIncremental_GivesWhatLiesBeforeTheCut()
    {
        SalvageSample sample = await SalvageLab.SmallIncrementalAsync();
        int body = BundleMap.First(sample.Bundle, RecordType.StreamBegin).Start;
        await CheckAsync(sample, Enumerable.Range(body, sample.Bundle.Length - body));
    }

    [Fact]
    [Spec("T-03")]
    public async Task CutAroundEveryRecord_LargeBundle_GivesWhatLiesBeforeTheCut()
    {
        SalvageSample sample = await SalvageLab.LargeAsync();
        IEnumerable<int> edges = BundleMap.Of(sample.Bundle).SelectMany(r => new[] { r.Start - 1, r.Start, r.Start + 1, r.End - 1, r.End });

        // Every sixtieth record, and all at the end where index and manifest are.
        int[] cuts = [.. edges.Where((cut, i) => i / 5 % 60 == 0 || cut > sample.Bundle.Length - 3_000).Distinct()];
        await CheckAsync(sample, cuts, readContent: false);
    }

    [Fact]
    public async Task Intact_AnyBundle_IsVerifiedThroughout()
    {
        foreach (SalvageSample sample in new[] { await SalvageLab.SmallAsync(), await SalvageLab.SmallIncrementalAsync(), await SalvageLab.LargeAsync() })
        {
            SalvageReport report = await SalvageLab.ScanAsync(sample.Bundle);

            Assert.Empty(report.Damage);
            Assert.True(report.IsComplete);
            Assert.True(report.HasTrailer);
            Assert.Equal(SalvageIdentity.Preamble, report.Identity);
            Assert.Equal(report.Manifest!.Id, report.Id);
            Assert.Equal(Lab.Application, report.Application);
            Assert.Equal(report.Manifest.Application, report.Prologue!.Application);
            Assert.All(report.Streams, s => Assert.True(s.IsVerified));
            Assert.Equal(report.Manifest.Streams.Select(s => (s.Name, s.VirtualLength)), report.Streams.Select(s => (s.Name!, s.VirtualLength!.Value)));
            await SalvageLab.MustBeTrueAsync(report, sample.Content, "intact");
        }
    }

    [Fact]
    [Spec("T-03")]
    public async Task CutInsideOfTheMagic_IsIncompleteAndNotForeign()
    {
        byte[] bundle = (await SalvageLab.SmallAsync()).Bundle;
        for (int cut = 0; cut < 70; cut++)
        {
            SalvageReport report = await SalvageLab.ScanAsync(bundle[..cut]);

            Assert.False(report.IsComplete);
            Assert.Empty(report.Streams);
            Assert.NotEmpty(report.Damage);
        }

        byte[] foreign = new byte[1000];
        BundleFormatException refusal = await Assert.ThrowsAsync<BundleFormatException>(() => SalvageLab.ScanAsync(foreign));
        Assert.Equal(WaybillErrorCode.NotABundle, refusal.Code);
    }

    private static async Task CheckAsync(SalvageSample sample, IEnumerable<int> cuts, bool readContent = true)
    {
        // What lies before a cut is a number of whole records from the front, so there is one model for each number.
        IReadOnlyList<MappedRecord> records = BundleMap.Of(sample.Bundle);
        var expected = new ConcurrentDictionary<int, (IReadOnlyDictionary<int, ModelStream> Model, HashSet<int> Ended)>();
        await Parallel.ForEachAsync(cuts, async (cut, _) =>
        {
            SalvageReport report = await SalvageLab.ScanAsync(sample.Bundle[..cut]);

            int whole = records.TakeWhile(r => r.End <= cut).Count();
            (IReadOnlyDictionary<int, ModelStream> model, HashSet<int> ended) = expected.GetOrAdd(whole, _ => (
                SalvageModel.Of(records, r => r.End <= cut),
                [.. records.Take(whole).Where(r => r.Header.Type == RecordType.StreamEnd).Select(r => (int)Wire.StreamResult.Parser.ParseFrom(r.Payload).StreamNo)]));
            SalvageLab.MustEqual(model, report, $"cut at {cut}", ended.Contains);
            Assert.False(report.IsComplete);
            Assert.False(report.HasTrailer);
            Assert.Equal(whole, report.Records);
            if (readContent && (cut % 64 == 0 || (whole > 0 && records[whole - 1].End == cut)))
            {
                await SalvageLab.MustBeTrueAsync(report, sample.Content, $"cut at {cut}");
            }
        });
    }
}
