using Waybill.Bundles.Format;
using Waybill.Bundles.Tests.Support;
using Waybill.Tests.Shared;

namespace Waybill.Bundles.Tests.Salvaging;

/// <summary>Which bundle it is when its beginning is lost, and what is refused.</summary>
public sealed class IdentityTests
{
    [Fact]
    public async Task PreambleLost_TheTrailerNamesTheBundle()
    {
        SalvageSample sample = await SalvageLab.SmallAsync();
        SalvageReport report = await SalvageLab.ScanAsync(WithoutPreamble(sample.Bundle));

        Assert.Equal(SalvageIdentity.Trailer, report.Identity);
        await MustBeWholeAsync(report, sample);
    }

    [Fact]
    public async Task PreambleAndTrailerLost_ARecordNamesTheBundle()
    {
        SalvageSample sample = await SalvageLab.SmallAsync();
        SalvageReport report = await SalvageLab.ScanAsync(WithoutPreamble(sample.Bundle)[..^Trailer.Size]);

        Assert.Equal(SalvageIdentity.Record, report.Identity);
        await MustBeWholeAsync(report, sample);
    }

    [Fact]
    public async Task EverythingThatNamesTheBundleLost_ContentIsStillFound()
    {
        SalvageSample sample = await SalvageLab.SmallAsync();
        IEnumerable<MappedRecord> naming = BundleMap.Of(sample.Bundle).Where(r => r.Header.Type is RecordType.Prologue or RecordType.StreamBegin or RecordType.Manifest);
        SalvageReport report = await SalvageLab.ScanAsync(WithoutPreamble(BundleMap.Damage(sample.Bundle, naming))[..^Trailer.Size]);

        Assert.Equal(SalvageIdentity.MarkOnly, report.Identity);
        Assert.Null(report.Id);
        Assert.Null(report.Application);
        Assert.Equal([0, 1, 2], report.Streams.Select(s => s.Number));
        Assert.All(report.Streams, s => Assert.Equal((null, null, 0L), (s.Name, s.Kind, s.UnknownBytes)));
        Assert.Equal(sample.Content[0].Length, report.Streams[0].PresentBytes);
        await SalvageLab.MustBeTrueAsync(report, sample.Content, "nameless");
    }

    [Fact]
    public async Task BeginningCutOff_TheRestIsFound()
    {
        SalvageSample sample = await SalvageLab.SmallAsync();
        IReadOnlyList<MappedRecord> records = BundleMap.Of(sample.Bundle);
        for (int cut = 1; cut < sample.Bundle.Length - Trailer.Size; cut += 509)
        {
            foreach (byte[] rest in new[] { sample.Bundle[cut..], sample.Bundle[cut..^Trailer.Size] })
            {
                if (!records.Any(r => r.Start >= cut))
                {
                    continue;
                }

                SalvageReport report = await SalvageLab.ScanAsync(rest);
                SalvageLab.MustEqual(SalvageModel.Of(records, r => r.Start >= cut), report, $"first {cut} bytes cut off");
                Assert.False(report.IsComplete);
                await SalvageLab.MustBeTrueAsync(report, sample.Content, $"first {cut} bytes cut off");
            }
        }
    }

    [Fact]
    public async Task StreamBeginsLost_TheManifestTellsTheGridOfMaskedCells()
    {
        SalvageSample sample = await SalvageLab.SmallIncrementalAsync();
        MappedRecord begin = BundleMap.First(sample.Bundle, RecordType.StreamBegin);
        byte[] damaged = BundleMap.Damage(sample.Bundle, begin);
        SalvageReport report = await SalvageLab.ScanAsync(damaged[..^Trailer.Size]);
        Assert.True(report.Streams[0].IsVerified);
        await SalvageLab.MustBeTrueAsync(report, sample.Content, "grid from the manifest");

        report = await SalvageLab.ScanAsync(damaged[..BundleMap.First(sample.Bundle, RecordType.Manifest).Start]);
        Assert.Null(report.Streams[0].Kind);
        Assert.Equal(0, report.Streams[0].VerifiedBytes);
        Assert.Contains(report.Damage, d => d.Reason.Contains("block size", StringComparison.Ordinal));
        await SalvageLab.MustBeTrueAsync(report, sample.Content, "no grid");
    }

    [Fact]
    public async Task Features_UnknownOnes_AreRefusedWhereverTheyAreStated()
    {
        BundleWriterOptions options = Lab.SmallCells(BundleCodec.Zstd);
        byte[] bundle = await Lab.FullAsync(Lab.MixedVolume(100_000), options);
        var strange = new Features(Features.Zstd | (1UL << 40), 0, Features.Schema);
        Preamble preamble = Preamble.Read(bundle) with { Features = strange };
        Trailer trailer = Trailer.Read(bundle.AsSpan(bundle.Length - Trailer.Size), bundle.Length - Trailer.Size) with { Features = strange };
        var stated = (byte[])bundle.Clone();
        preamble.Write(stated);
        trailer.Write(stated.AsSpan(bundle.Length - Trailer.Size));

        await MustRefuseAsync(stated, WaybillErrorCode.UnsupportedFeature);
        await MustRefuseAsync(WithoutPreamble(stated), WaybillErrorCode.UnsupportedFeature);

        MappedRecord names = BundleMap.First(bundle, RecordType.FeatureNames);
        Wire.FeatureNames message = Wire.FeatureNames.Parser.ParseFrom(names.Payload);
        message.Features[0].Bit = 40;
        byte[] payload = Google.Protobuf.MessageExtensions.ToByteArray(message);
        Assert.Equal(names.Payload.Length, payload.Length);
        byte[] named = (byte[])bundle.Clone();
        BundleMap.Forge(bundle, RecordType.FeatureNames, payload, names.Header.Sequence, names.Start).CopyTo(named, names.Start);
        await MustRefuseAsync(WithoutPreamble(named)[..^Trailer.Size], WaybillErrorCode.UnsupportedFeature);

        // And where nothing tells the features, zstd is tried.
        SalvageReport report = await SalvageLab.ScanAsync(WithoutPreamble(BundleMap.Damage(bundle, names))[..^Trailer.Size]);
        Assert.True(report.Streams[0].IsVerified);
    }

    [Fact]
    public async Task Version_Unknown_IsRefused()
    {
        byte[] bundle = (await SalvageLab.SmallAsync()).Bundle;
        bundle[8] = 2;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(bundle.AsSpan(60), Crc32C.Compute(bundle.AsSpan(0, 60)));

        await MustRefuseAsync(bundle, WaybillErrorCode.UnsupportedVersion);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task UnreadablePlaces_CostWhatLiesThere(int place)
    {
        SalvageSample sample = await SalvageLab.LargeAsync(300);
        IReadOnlyList<MappedRecord> records = BundleMap.Of(sample.Bundle);
        int start = new[] { 0, records[100].Start + 3, sample.Bundle.Length - 1000 }[place] & ~4095;
        var bad = new ByteRange(start, 512);
        var source = new FailingByteSource(sample.Bundle, bad);

        SalvageReport report = await BundleSalvager.ScanAsync(source);

        // A piece of 4 KiB is the least that is tried, counted from where the reader stood.
        SalvageDamage unreadable = report.Damage.First(d => d.Reason.Contains("cannot be read", StringComparison.Ordinal));
        Assert.InRange(start, unreadable.Offset, unreadable.Offset + unreadable.Length - 1);
        SalvageLab.MustEqual(
            SalvageModel.Of(records, r => r.End <= unreadable.Offset || r.Start >= unreadable.Offset + unreadable.Length),
            report,
            $"unreadable at {bad}",
            _ => report.Streams[0].VerifiedBytes > 0);
        Assert.InRange(source.Failures, 1, 100);
        await SalvageLab.MustBeTrueAsync(report, sample.Content, "unreadable");
    }

    [Fact]
    public async Task UnreadableThroughout_IsAnErrorAndNotAnEmptyBundle()
    {
        byte[] bundle = (await SalvageLab.SmallAsync()).Bundle;
        var source = new FailingByteSource(bundle, new ByteRange(0, bundle.Length));

        ProviderException failure = await Assert.ThrowsAsync<ProviderException>(() => BundleSalvager.ScanAsync(source));

        Assert.Equal(WaybillErrorCode.SourceReadFailed, failure.Code);
    }

    [Fact]
    public async Task Scan_Cancelled_Ends()
    {
        SalvageSample sample = await SalvageLab.LargeAsync(20);
        using var stop = new CancellationTokenSource();
        var progress = new StopAtOnce(stop);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => BundleSalvager.ScanAsync(new MemoryByteSource(sample.Bundle), null, progress, stop.Token));
    }

    private static byte[] WithoutPreamble(byte[] bundle)
    {
        byte[] copy = (byte[])bundle.Clone();
        copy.AsSpan(0, Preamble.Size).Clear();
        return copy;
    }

    private static async Task MustBeWholeAsync(SalvageReport report, SalvageSample sample)
    {
        Assert.Equal(Preamble.Read(sample.Bundle).BundleId, report.Id);
        Assert.False(report.IsComplete);
        Assert.All(report.Streams, s => Assert.True(s.IsVerified));
        Assert.Equal(3, report.Streams.Length);
        await SalvageLab.MustBeTrueAsync(report, sample.Content, "no preamble");
    }

    private static async Task MustRefuseAsync(byte[] bundle, WaybillErrorCode code)
    {
        BundleFormatException refusal = await Assert.ThrowsAsync<BundleFormatException>(() => SalvageLab.ScanAsync(bundle));
        Assert.Equal(code, refusal.Code);
    }

    private sealed class StopAtOnce(CancellationTokenSource stop) : IProgress<BundleProgress>
    {
        public void Report(BundleProgress value) => stop.Cancel();
    }
}
