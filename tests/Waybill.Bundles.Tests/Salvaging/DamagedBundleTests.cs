using Waybill.Bundles.Format;
using Waybill.Bundles.Tests.Support;
using Waybill.Tests.Shared;

namespace Waybill.Bundles.Tests.Salvaging;

/// <summary>Bundles with a hole, with something lost, or with something too many.</summary>
public sealed class DamagedBundleTests
{
    [Fact]
    public async Task TrailerLost_EverythingIsVerified()
    {
        foreach (SalvageSample sample in await SamplesAsync())
        {
            await CheckAsync(sample, sample.Bundle[..^1], _ => true, "a part of the trailer is lost");
            await CheckAsync(sample, sample.Bundle[..^Trailer.Size], _ => true, "the trailer is lost");
        }
    }

    [Fact]
    public async Task ManifestAndAllBehindItLost_EverythingIsVerifiedThroughTheStreamsEnds()
    {
        foreach (SalvageSample sample in await SamplesAsync())
        {
            int manifest = BundleMap.First(sample.Bundle, RecordType.Manifest).Start;
            SalvageReport report = await CheckAsync(sample, sample.Bundle[..manifest], r => r.Start < manifest, "manifest lost");
            Assert.Null(report.Manifest);
            Assert.NotNull(report.Prologue);
            Assert.All(report.Streams, s => Assert.True(s.IsVerified));
        }
    }

    [Fact]
    [Spec("T-04")]
    public async Task PayloadOfOneRecordDamaged_CostsOnlyThatRecord()
    {
        foreach (SalvageSample sample in await SamplesAsync())
        {
            foreach (MappedRecord record in BundleMap.Of(sample.Bundle))
            {
                SalvageReport report = await CheckAsync(sample, BundleMap.Damage(sample.Bundle, record), r => r != record, $"{record.Header.Type} at {record.Start}");
                SalvageDamage damage = Assert.Single(report.Damage);
                Assert.Equal(record.Start, damage.Offset);
                Assert.InRange(damage.Length, record.End - record.Start, record.Next - record.Start);
                Assert.True(report.HasTrailer);
                Assert.Equal(record.Header.Type != RecordType.Chunk, report.Streams.All(s => s.IsVerified));
            }
        }
    }

    [Fact]
    public async Task HeaderOfOneRecordDamaged_CostsOnlyThatRecord()
    {
        foreach (SalvageSample sample in await SamplesAsync())
        {
            foreach (MappedRecord record in BundleMap.Of(sample.Bundle))
            {
                byte[] damaged = (byte[])sample.Bundle.Clone();
                damaged[record.Start + (record.Start % RecordHeader.Size)] ^= 1;
                await CheckAsync(sample, damaged, r => r != record, $"header of {record.Header.Type} at {record.Start}");
            }
        }
    }

    [Theory]
    [InlineData(4096)]
    [InlineData(512)]
    public async Task ZeroedSector_CostsWhatLiesInIt(int length)
    {
        foreach (SalvageSample sample in await SamplesAsync())
        {
            for (int start = 0; start < sample.Bundle.Length; start += length)
            {
                byte[] damaged = (byte[])sample.Bundle.Clone();
                damaged.AsSpan(start, Math.Min(length, damaged.Length - start)).Clear();
                await CheckAsync(sample, damaged, r => SameBytes(sample.Bundle, damaged, r), $"zeros from {start}");
            }
        }
    }

    [Fact]
    public async Task BytesRemoved_CostWhatLayThere()
    {
        foreach (SalvageSample sample in await SamplesAsync())
        {
            for (int start = 0; start < sample.Bundle.Length - 512; start += 211)
            {
                byte[] damaged = BundleMap.Remove(sample.Bundle, start, 512);

                // Where the bytes around the gap happen to be equal, it may as well lie a little earlier or later.
                int first = start, last = start;
                for (; first > 0 && sample.Bundle[first - 1] == sample.Bundle[first + 511]; first--)
                {
                }

                for (; last + 512 < sample.Bundle.Length && sample.Bundle[last] == sample.Bundle[last + 512]; last++)
                {
                }

                SalvageReport report = await CheckAsync(sample, damaged, r => r.End <= last || r.Start >= first + 512, $"512 bytes removed at {start}");
                Assert.Equal(start + 512 <= sample.Bundle.Length - Trailer.Size, report.HasTrailer);
            }
        }
    }

    [Fact]
    public async Task BytesInserted_CostWhatTheyCut()
    {
        byte[] strange = Lab.Noise(512, 77);
        foreach (SalvageSample sample in await SamplesAsync())
        {
            for (int start = 0; start < sample.Bundle.Length; start += 211)
            {
                await CheckAsync(sample, BundleMap.Insert(sample.Bundle, start, strange), r => r.End <= start || r.Start >= start, $"512 bytes inserted at {start}");
            }
        }
    }

    [Fact]
    public async Task SomeBytesRemovedAndOthersInserted_EachCostsWhatLayThere()
    {
        SalvageSample sample = await SalvageLab.SmallIncrementalAsync();
        MappedRecord[] chunks = [.. BundleMap.Of(sample.Bundle).Where(r => r.Header.Type == RecordType.Chunk)];
        byte[] damaged = BundleMap.Insert(sample.Bundle, chunks[2].PayloadStart + 70, Lab.Noise(1000, 1));
        damaged = BundleMap.Remove(damaged, chunks[0].PayloadStart + 80, 24);

        SalvageReport report = await CheckAsync(sample, damaged, r => r != chunks[0] && r != chunks[2], "removed and inserted");
        Assert.Contains(report.Damage, d => d.Reason.Contains("bytes missing: 24", StringComparison.Ordinal));
        Assert.Contains(report.Damage, d => d.Reason.Contains("bytes too many: 1000", StringComparison.Ordinal));
    }

    [Fact]
    public async Task PartRepeated_TheCopyIsLeftOut()
    {
        SalvageSample sample = await SalvageLab.SmallAsync();
        IReadOnlyList<MappedRecord> records = BundleMap.Of(sample.Bundle);
        int start = records[4].Start;
        int end = records[^4].Start;
        byte[] damaged = BundleMap.Insert(sample.Bundle, end, sample.Bundle[start..end]);

        SalvageReport report = await CheckAsync(sample, damaged, _ => true, "repeated");
        Assert.Equal((end, end - start), (Assert.Single(report.Damage).Offset, report.Damage[0].Length));
        Assert.Equal(records.Count, report.Records);
    }

    [Fact]
    public async Task BytesBehindTheTrailer_AreReported()
    {
        SalvageSample sample = await SalvageLab.SmallAsync();
        byte[] longer = [.. sample.Bundle, .. sample.Bundle];

        SalvageReport report = await CheckAsync(sample, longer, _ => true, "more behind");
        Assert.Equal(new SalvageDamage(sample.Bundle.Length, sample.Bundle.Length, "There are bytes after the trailer"), Assert.Single(report.Damage));
    }

    [Fact]
    [Spec("T-05")]
    public async Task BundleInsideOfAStream_IsNeverTakenForAPartOfTheOuterOne()
    {
        byte[] inner = (await SalvageLab.SmallAsync()).Bundle;
        byte[] volume = [.. Lab.Noise(1000, 1), .. inner, .. Lab.Noise(200_000, 2)];
        byte[] outer = await Lab.FullAsync(volume, Lab.SmallCells(BundleCodec.None));
        var sample = new SalvageSample(outer, new Dictionary<int, byte[]> { [0] = volume });
        MappedRecord holder = BundleMap.First(outer, RecordType.Chunk);
        Assert.True(holder.Payload.AsSpan().IndexOf(inner) > 0);
        byte[] headerLost = (byte[])outer.Clone();
        headerLost[holder.Start + 20] ^= 1;
        byte[] frontLost = outer[(holder.Start + 50)..];

        await CheckAsync(sample, BundleMap.Damage(outer, holder), r => r != holder, "payload of the chunk that holds a bundle");
        await CheckAsync(sample, headerLost, r => r != holder, "header of the chunk that holds a bundle");
        SalvageReport report = await CheckAsync(sample, frontLost, r => r.Start > holder.Start, "all before the inner bundle");
        Assert.Equal(SalvageIdentity.Trailer, report.Identity);
        report = await SalvageLab.ScanAsync(frontLost[..^Trailer.Size]);
        Assert.Equal(SalvageIdentity.Record, report.Identity);
        Assert.Equal(Preamble.Read(outer).BundleId, report.Id);
    }

    [Fact]
    public async Task Checkpoints_LostOrForged_ChangeNothing()
    {
        byte[] volume = Lab.MixedVolume(600_000, 9);
        BundleWriterOptions options = Lab.SmallCells();
        options.CheckpointInterval = 100_000;
        var sample = new SalvageSample(await Lab.FullAsync(volume, options), new Dictionary<int, byte[]> { [0] = volume });
        MappedRecord[] checkpoints = [.. BundleMap.Of(sample.Bundle).Where(r => r.Header.Type == RecordType.Checkpoint)];
        Assert.True(checkpoints.Length > 1);
        byte[] lying = (byte[])sample.Bundle.Clone();
        foreach (MappedRecord checkpoint in checkpoints)
        {
            // Points to itself, and says that another stream has come far.
            Wire.Checkpoint message = Wire.Checkpoint.Parser.ParseFrom(checkpoint.Payload);
            byte[] payload = new byte[checkpoint.Payload.Length];
            payload[0] = 0x7A;
            payload[1] = (byte)(payload.Length - 2);
            BundleMap.Forge(sample.Bundle, RecordType.Checkpoint, payload, checkpoint.Header.Sequence, checkpoint.Start).CopyTo(lying, checkpoint.Start);
            Assert.NotEmpty(message.Streams);
        }

        await CheckAsync(sample, BundleMap.Damage(sample.Bundle, checkpoints), r => r.Header.Type != RecordType.Checkpoint, "checkpoints lost");
        SalvageReport report = await CheckAsync(sample, lying, _ => true, "checkpoints forged", isReported: false);
        Assert.True(report.Streams[0].IsVerified);

        // With the end lost as well, where a reader could be tempted to use them.
        int end = BundleMap.Last(sample.Bundle, RecordType.Tile).Start;
        await CheckAsync(sample, lying[..end], r => r.End <= end, "checkpoints forged and cut");
    }

    private static async Task<IReadOnlyList<SalvageSample>> SamplesAsync() => [await SalvageLab.SmallAsync(), await SalvageLab.SmallIncrementalAsync()];

    private static bool SameBytes(byte[] before, byte[] after, MappedRecord record) =>
        before.AsSpan(record.Start, record.End - record.Start).SequenceEqual(after.AsSpan(record.Start, record.End - record.Start));

    private static async Task<SalvageReport> CheckAsync(SalvageSample sample, byte[] damaged, Func<MappedRecord, bool> isIntact, string when, bool isReported = true)
    {
        IReadOnlyList<MappedRecord> records = BundleMap.Of(sample.Bundle);
        byte[] before = (byte[])damaged.Clone();
        SalvageReport report = await SalvageLab.ScanAsync(damaged);
        SalvageLab.MustEqual(SalvageModel.Of(records, isIntact), report, when);
        Assert.Equal(isReported, !report.IsComplete);
        Assert.Equal(isReported, !report.Damage.IsEmpty);
        Assert.Equal(records.Count(isIntact), report.Records);
        await SalvageLab.MustBeTrueAsync(report, sample.Content, when);
        Assert.Equal(before, damaged);
        return report;
    }
}
