using System.Runtime.CompilerServices;
using Waybill.Bundles.Format;
using Waybill.Bundles.Salvaging;
using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Salvaging;

/// <summary>Records that contradict each other, which only a forger or a very odd accident makes.</summary>
public sealed class ContradictionTests
{
    [Fact]
    public async Task TwoChunksForOneCell_NothingDecides_TheRangeIsUnknownAndBothAreReported()
    {
        (SalvageSample sample, MappedRecord[] chunks) = await UnfinishedAsync();
        byte[] forged = Append(sample.Bundle, RecordType.Chunk, OtherContent(chunks[1]));

        SalvageReport report = await SalvageLab.ScanAsync(forged);

        ByteRange disputed = new(SalvageLab.Cell, SalvageLab.Cell);
        Assert.Equal(new SalvageRange(disputed, SalvageState.Unknown), Assert.Single(report.Streams[0].GetRanges(), r => r.State == SalvageState.Unknown));
        string[] reasons = [.. report.Damage.Where(d => d.Reason.Contains("contradicts", StringComparison.Ordinal)).Select(d => d.Reason)];
        Assert.Equal(2, reasons.Length);
        Assert.Contains(report.Damage, d => d.Offset == chunks[1].Start && d.Reason.EndsWith($" {sample.Bundle.Length}", StringComparison.Ordinal));
        Assert.Contains(report.Damage, d => d.Offset == sample.Bundle.Length && d.Reason.EndsWith($" {chunks[1].Start}", StringComparison.Ordinal));
        await SalvageLab.MustBeTrueAsync(report, sample.Content, "two chunks");
    }

    [Fact]
    public async Task SameChunkTwice_CountsOnce()
    {
        (SalvageSample sample, MappedRecord[] chunks) = await UnfinishedAsync();

        SalvageReport report = await SalvageLab.ScanAsync(Append(sample.Bundle, RecordType.Chunk, chunks[1].Payload));

        Assert.Equal(0, report.Streams[0].UnknownBytes);
        Assert.DoesNotContain(report.Damage, d => d.Reason.Contains("contradicts", StringComparison.Ordinal));
        await SalvageLab.MustBeTrueAsync(report, sample.Content, "same chunk");
    }

    [Fact]
    public async Task ZerosOverEverything_NothingDecides_AllTheyCoverIsUnknown()
    {
        (SalvageSample sample, MappedRecord[] _) = await UnfinishedAsync();
        byte[] payload = new byte[RunsPayload.SizeFor(1)];
        RunsPayload.Write(payload, 0, [Leaf.Run(LeafState.Zero, 0, 2 * SalvageLab.Cell)]);

        SalvageReport report = await SalvageLab.ScanAsync(Append(sample.Bundle, RecordType.Runs, payload));

        Assert.Equal(new SalvageRange(new ByteRange(0, 2 * SalvageLab.Cell), SalvageState.Unknown), report.Streams[0].GetRanges().First());
        Assert.Equal(2 * SalvageLab.Cell, report.Streams[0].UnknownBytes);
        await SalvageLab.MustBeTrueAsync(report, sample.Content, "zeros over all");
    }

    [Fact]
    public async Task ChunkAgainstAProvenOne_TheRootDecides()
    {
        SalvageSample sample = await SalvageLab.LargeAsync(6);
        MappedRecord[] chunks = [.. BundleMap.Of(sample.Bundle).Where(r => r.Header.Type == RecordType.Chunk)];
        byte[] withoutEnd = sample.Bundle[..BundleMap.First(sample.Bundle, RecordType.Manifest).Start];
        byte[] payload = new byte[RunsPayload.SizeFor(1)];
        RunsPayload.Write(payload, 0, [Leaf.Run(LeafState.Zero, 0, 2 * SalvageLab.Cell)]);
        byte[] forged = Append(Append(withoutEnd, RecordType.Chunk, OtherContent(chunks[1])), RecordType.Runs, payload);

        SalvageReport report = await SalvageLab.ScanAsync(forged);

        Assert.True(report.Streams[0].IsVerified);
        Assert.Equal(2, report.Damage.Count(d => d.Offset >= withoutEnd.Length && d.Reason.Contains("contradicts", StringComparison.Ordinal)));
        await SalvageLab.MustBeTrueAsync(report, sample.Content, "root decides");
    }

    [Fact]
    public async Task TwoEndsOfOneStream_ProveNothing()
    {
        SalvageSample sample = await SalvageLab.LargeAsync(6);
        byte[] withoutEnd = sample.Bundle[..BundleMap.First(sample.Bundle, RecordType.Manifest).Start];
        Wire.StreamResult end = Wire.StreamResult.Parser.ParseFrom(BundleMap.First(sample.Bundle, RecordType.StreamEnd).Payload);
        end.VirtualLength += 1;

        SalvageReport report = await SalvageLab.ScanAsync(Append(withoutEnd, RecordType.StreamEnd, Google.Protobuf.MessageExtensions.ToByteArray(end)));

        Assert.Equal(0, report.Streams[0].VerifiedBytes);
        Assert.Null(report.Streams[0].VirtualLength);
        Assert.Contains(report.Damage, d => d.Reason.Contains("differently", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RecordOfUnknownCriticalTypeOrFlags_IsReported()
    {
        (SalvageSample sample, MappedRecord[] _) = await UnfinishedAsync();
        byte[] strange = Append(sample.Bundle, (RecordType)0x44, [1, 2, 3]);

        SalvageReport report = await SalvageLab.ScanAsync(strange);

        Assert.Contains(report.Damage, d => d.Offset == sample.Bundle.Length && d.Reason.Contains("unknown type 44", StringComparison.Ordinal));
        Assert.Equal(0, report.Streams[0].UnknownBytes);
    }

    [Fact]
    public async Task HeadersOverHeaders_AreReadInBoundedWork()
    {
        // Each header claims the largest payload and lies inside of that of the one before, with numbers that could follow each other.
        byte[] preamble = (await SalvageLab.SmallAsync()).Bundle[..Preamble.Size];
        uint tag = RecordHeader.TagOf(Preamble.Read(preamble).BundleId);
        const int Count = 40_000;
        byte[] hostile = new byte[Preamble.Size + (Count * RecordHeader.Size) + (18 << 20)];
        preamble.CopyTo(hostile, 0);
        long offset = Preamble.Size + 8;
        for (int i = 0; i < Count; i++)
        {
            var header = new RecordHeader(RecordType.Chunk, RecordFlags.Critical, 16 << 20, 1, i, offset, tag);
            header.Write(hostile.AsSpan(Preamble.Size + (i * RecordHeader.Size)));
            offset = header.NextOffset;
        }

        var source = new MemoryByteSource(hostile);
        SalvageReport report = await BundleSalvager.ScanAsync(source);

        Assert.Empty(report.Streams);
        Assert.InRange(source.Reads.Sum(r => r.Length), hostile.Length, 10L * hostile.Length + (128 << 20));
    }

    [Fact]
    public void MemoryPerLeaf_IsAbout100Bytes() => Assert.InRange(Unsafe.SizeOf<LeafClaim>(), 64, 112);

    /// <summary>A bundle that ends before its tile, so that nothing proves its leaves.</summary>
    private static async Task<(SalvageSample Sample, MappedRecord[] Chunks)> UnfinishedAsync()
    {
        SalvageSample sample = await SalvageLab.LargeAsync(6);
        MappedRecord[] chunks = [.. BundleMap.Of(sample.Bundle).Where(r => r.Header.Type == RecordType.Chunk)];
        return (sample with { Bundle = sample.Bundle[..BundleMap.First(sample.Bundle, RecordType.Tile).Start] }, chunks);
    }

    private static byte[] Append(byte[] bundle, RecordType type, byte[] payload)
    {
        // The sequence number of what was appended before, found from the front.
        long sequence = BundleMap.Of([.. bundle, .. new byte[Trailer.Size]]).Count;
        return [.. bundle, .. BundleMap.Forge(bundle, type, payload, sequence, bundle.Length)];
    }

    private static byte[] OtherContent(MappedRecord chunk)
    {
        ChunkHeader header = ChunkHeader.Read(chunk.Payload, true, 0);
        byte[] content = Lab.Noise((int)header.Leaf.Length, 42);
        var payload = new byte[ChunkHeader.Size + content.Length];
        new ChunkHeader(header.StreamNumber, header.Leaf with { Digest = Digest.Of(content) }, BundleCodec.None, 0, false).Write(payload);
        content.CopyTo(payload, ChunkHeader.Size);
        return payload;
    }
}
