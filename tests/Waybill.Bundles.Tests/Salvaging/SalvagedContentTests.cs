using Waybill.Bundles.Format;
using Waybill.Bundles.Reading;
using Waybill.Bundles.Tests.Support;
using Waybill.Bundles.Writing;
using Waybill.Tests.Shared;

namespace Waybill.Bundles.Tests.Salvaging;

public sealed class SalvagedContentTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Spec("T-02")]
    public async Task Restore_UnknownRange_IsReportedAndNotWritten(bool startsZeroed)
    {
        SalvageSample sample = await SalvageLab.LargeAsync(20);
        MappedRecord lost = BundleMap.Of(sample.Bundle).Where(r => r.Header.Type == RecordType.Chunk).ElementAt(3);
        Leaf leaf = ChunkHeader.Read(lost.Payload, true, 0).Leaf;
        SalvageReport report = await SalvageLab.ScanAsync(BundleMap.Damage(sample.Bundle, lost));
        var target = new MemoryBlockWriter(sample.Content[0].Length, startsZeroed);
        await using SalvagedContent content = BundleSalvager.OpenStream(report, report.Streams[0]);

        SalvageRestoreResult result = await content.RestoreAsync(target);

        SalvageRange missing = Assert.Single(result.Missing);
        Assert.Equal(new SalvageRange(new ByteRange(leaf.Offset, leaf.Length), SalvageState.Unknown), missing);
        Assert.True(result.IsPartial);
        Assert.False(result.EndUnknown);
        Assert.Equal(sample.Content[0].Length - leaf.Length, result.RestoredBytes);
        Assert.True(target.IsComplete);
        byte[] expected = (byte[])sample.Content[0].Clone();
        expected.AsSpan((int)leaf.Offset, (int)leaf.Length).Fill(startsZeroed ? (byte)0 : MemoryBlockWriter.Old);
        Assert.Equal(expected, target.Content);
    }

    [Fact]
    [Spec("T-02")]
    public async Task Read_UnknownRange_IsRefused()
    {
        SalvageSample sample = await SalvageLab.LargeAsync(8);
        MappedRecord lost = BundleMap.Of(sample.Bundle).Where(r => r.Header.Type == RecordType.Chunk).ElementAt(1);
        SalvageReport report = await SalvageLab.ScanAsync(BundleMap.Damage(sample.Bundle, lost));
        await using SalvagedContent content = BundleSalvager.OpenStream(report, report.Streams[0]);
        var bytes = new byte[100];

        await content.ReadAsync(SalvageLab.Cell - 100, bytes);
        Assert.Equal(sample.Content[0][(SalvageLab.Cell - 100)..SalvageLab.Cell], bytes);
        await content.ReadAsync((2 * SalvageLab.Cell) + 50, bytes);
        Assert.Equal(sample.Content[0][((2 * SalvageLab.Cell) + 50)..((2 * SalvageLab.Cell) + 150)], bytes);
        foreach (int offset in new[] { SalvageLab.Cell - 99, SalvageLab.Cell + 10, (2 * SalvageLab.Cell) - 1 })
        {
            WaybillException refusal = await Assert.ThrowsAsync<WaybillException>(async () => await content.ReadAsync(offset, bytes));
            Assert.Equal(WaybillErrorCode.ContentUnknown, refusal.Code);
        }

        WaybillException outside = await Assert.ThrowsAsync<WaybillException>(async () => await content.ReadAsync(content.Length - 99, bytes));
        Assert.Equal(WaybillErrorCode.RangeOutsideStream, outside.Code);
    }

    [Fact]
    [Spec("T-02")]
    public async Task Restore_IncrementalWithoutParent_LeavesInheritedRangesAlone()
    {
        SalvageSample sample = await SalvageLab.SmallIncrementalAsync();
        SalvageReport report = await SalvageLab.ScanAsync(sample.Bundle);
        SalvagedStream stream = report.Streams[0];
        var target = new MemoryBlockWriter(sample.Content[0].Length);
        await using SalvagedContent content = BundleSalvager.OpenStream(report, stream);

        SalvageRestoreResult result = await content.RestoreAsync(target);

        Assert.Equal(stream.GetRanges().Where(r => r.State == SalvageState.Inherited), result.Missing);
        Assert.True(result.IsPartial);
        Assert.NotEmpty(result.Missing);
        byte[] expected = (byte[])sample.Content[0].Clone();
        foreach (SalvageRange range in result.Missing)
        {
            expected.AsSpan((int)range.Range.Offset, (int)range.Range.Length).Fill(MemoryBlockWriter.Old);
        }

        Assert.Equal(expected, target.Content);
    }

    [Fact]
    public async Task Restore_IncrementalWithParent_FillsInheritedRanges()
    {
        SalvageSample sample = await SalvageLab.SmallIncrementalAsync();
        MappedRecord lost = BundleMap.First(sample.Bundle, RecordType.Chunk);
        SalvageReport report = await SalvageLab.ScanAsync(BundleMap.Damage(sample.Bundle, lost)[..^Trailer.Size]);
        await using BundleChain parent = (await BundleSalvager.OpenParentAsync(report, new MemoryLocator(sample.Parent!)))!;
        await using SalvagedContent content = BundleSalvager.OpenStream(report, report.Streams[0], parent);
        var target = new MemoryBlockWriter(sample.Content[0].Length);

        SalvageRestoreResult result = await content.RestoreAsync(target);

        Assert.Equal(new SalvageRange(new ByteRange(0, SalvageLab.Cell), SalvageState.Unknown), Assert.Single(result.Missing));
        Assert.Equal(sample.Content[0][SalvageLab.Cell..], target.Content[SalvageLab.Cell..]);
        Assert.DoesNotContain(target.Content.Take(SalvageLab.Cell), b => b != MemoryBlockWriter.Old);
        var whole = new byte[2 * SalvageLab.Cell];
        await content.ReadAsync(2 * SalvageLab.Cell, whole);
        Assert.Equal(sample.Content[0][(2 * SalvageLab.Cell)..(4 * SalvageLab.Cell)], whole);
    }

    [Fact]
    public async Task Restore_CellThatIsWrongOnceTheParentsBlocksAreFilledIn_LeavesThoseAlone()
    {
        SalvageSample sample = await SalvageLab.SmallIncrementalAsync();
        MappedRecord masked = BundleMap.First(sample.Bundle, RecordType.Chunk);
        ChunkHeader chunk = ChunkHeader.Read(masked.Payload, true, 0);
        Assert.True(chunk.HasCellDigest);
        byte[] payload = (byte[])masked.Payload.Clone();
        payload[ChunkHeader.Size] ^= 1;
        using var decoder = new CellDecoder(SalvageLab.Cell);
        await using BundleChain chain = await Lab.OpenChainAsync(sample.Bundle, sample.Parent!);
        decoder.Decode(chain.Manifest.Streams[0], chunk, masked.Payload, decoder.Raw, 0);
        Digest digest = CellEncoder.MaskedDigest(
            CellDecoder.CellDigest(chunk, payload), CellDecoder.Mask(chunk, payload), decoder.Raw.AsSpan(0, chunk.RawLength));
        (chunk with { Leaf = chunk.Leaf with { Digest = digest } }).Write(payload);
        byte[] forged = sample.Bundle[..BundleMap.First(sample.Bundle, RecordType.Tile).Start];
        BundleMap.Forge(sample.Bundle, RecordType.Chunk, payload, masked.Header.Sequence, masked.Start).CopyTo(forged, masked.Start);
        SalvageReport report = await SalvageLab.ScanAsync(forged);
        await using BundleChain parent = await Lab.OpenChainAsync(sample.Parent!);
        await using SalvagedContent content = BundleSalvager.OpenStream(report, report.Streams[0], parent);
        var target = new MemoryBlockWriter(sample.Content[0].Length);

        SalvageRestoreResult result = await content.RestoreAsync(target);

        SalvageRange[] inherited = [.. report.Streams[0].GetRanges(new ByteRange(0, SalvageLab.Cell)).Where(r => r.State == SalvageState.Inherited)];
        Assert.NotEmpty(inherited);
        Assert.Equal(inherited, result.Missing);
        Assert.All(inherited, r => Assert.DoesNotContain(target.Content[(int)r.Range.Offset..(int)r.Range.End], b => b != MemoryBlockWriter.Old));
    }

    [Fact]
    public async Task OpenStream_WithAnotherBundleThanTheParent_IsRefused()
    {
        SalvageSample sample = await SalvageLab.SmallIncrementalAsync();
        SalvageReport report = await SalvageLab.ScanAsync(sample.Bundle);
        await using BundleChain other = await Lab.OpenChainAsync(await Lab.FullAsync(Lab.MixedVolume(100_000)));

        BundleFormatException refusal = Assert.Throws<BundleFormatException>(() => BundleSalvager.OpenStream(report, report.Streams[0], other));

        Assert.Equal(WaybillErrorCode.ParentMismatch, refusal.Code);
        Assert.Null(await BundleSalvager.OpenParentAsync(await SalvageLab.ScanAsync(sample.Parent!), new MemoryLocator()));
        refusal = await Assert.ThrowsAsync<BundleFormatException>(() => BundleSalvager.OpenParentAsync(report, new MemoryLocator()));
        Assert.Equal(WaybillErrorCode.ParentMissing, refusal.Code);
    }

    [Fact]
    public async Task Restore_EndOfStreamLost_IsPartialAlthoughNoRangeIsKnownToBeMissing()
    {
        SalvageSample sample = await SalvageLab.LargeAsync(8);
        SalvageReport report = await SalvageLab.ScanAsync(sample.Bundle[..BundleMap.First(sample.Bundle, RecordType.Tile).Start]);
        await using SalvagedContent content = BundleSalvager.OpenStream(report, report.Streams[0]);
        var target = new MemoryBlockWriter(sample.Content[0].Length);

        SalvageRestoreResult result = await content.RestoreAsync(target);

        Assert.Empty(result.Missing);
        Assert.True(result.EndUnknown);
        Assert.True(result.IsPartial);
        Assert.Equal(sample.Content[0], target.Content);
    }

    [Fact]
    public async Task Restore_TargetTooSmallOrBudgetExceeded_IsRefusedBeforeWriting()
    {
        SalvageSample sample = await SalvageLab.LargeAsync(8);
        SalvageReport report = await SalvageLab.ScanAsync(sample.Bundle);
        await using SalvagedContent content = BundleSalvager.OpenStream(report, report.Streams[0]);
        var small = new MemoryBlockWriter(sample.Content[0].Length - 1);
        var large = new MemoryBlockWriter(sample.Content[0].Length);

        WaybillException tooSmall = await Assert.ThrowsAsync<WaybillException>(() => content.RestoreAsync(small));
        WaybillException tooMuch = await Assert.ThrowsAsync<WaybillException>(() => content.RestoreAsync(large, new VolumeRestoreOptions { MaxRestoredBytes = large.Length - 1 }));

        Assert.Equal(WaybillErrorCode.TargetTooSmall, tooSmall.Code);
        Assert.Equal(WaybillErrorCode.RestoreBudgetExceeded, tooMuch.Code);
        Assert.DoesNotContain(small.Content.Concat(large.Content), b => b != MemoryBlockWriter.Old);
    }

    [Fact]
    public async Task Restore_SourceGetsWorseAfterTheScan_ReportsWhatItCannotReadAnyMore()
    {
        SalvageSample sample = await SalvageLab.LargeAsync(8);
        byte[] bundle = (byte[])sample.Bundle.Clone();
        SalvageReport report = await SalvageLab.ScanAsync(bundle);
        MappedRecord lost = BundleMap.Of(bundle).Where(r => r.Header.Type == RecordType.Chunk).ElementAt(1);
        bundle[lost.PayloadStart + 70] ^= 1;
        await using SalvagedContent content = BundleSalvager.OpenStream(report, report.Streams[0]);
        var target = new MemoryBlockWriter(sample.Content[0].Length);

        SalvageRestoreResult result = await content.RestoreAsync(target);

        Assert.Equal(new SalvageRange(new ByteRange(SalvageLab.Cell, SalvageLab.Cell), SalvageState.Unknown), Assert.Single(result.Missing));
        Assert.DoesNotContain(target.Content.Skip(SalvageLab.Cell).Take(SalvageLab.Cell), b => b != MemoryBlockWriter.Old);
    }

    [Fact]
    [Spec("T-01")]
    public async Task ScanAndRestore_FromAFile_LeaveTheBundleAsItWas()
    {
        SalvageSample sample = await SalvageLab.LargeAsync(8);
        byte[] damaged = BundleMap.Damage(sample.Bundle, BundleMap.First(sample.Bundle, RecordType.Chunk));
        string path = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(path, damaged);
            File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch);
            await using (FileByteSource source = FileByteSource.Open(path))
            {
                SalvageReport report = await BundleSalvager.ScanAsync(source);
                await using SalvagedContent content = BundleSalvager.OpenStream(report, report.Streams[0]);
                Assert.True((await content.RestoreAsync(new MemoryBlockWriter(sample.Content[0].Length))).IsPartial);
            }

            Assert.Equal(damaged, await File.ReadAllBytesAsync(path));
            Assert.Equal(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(path));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
