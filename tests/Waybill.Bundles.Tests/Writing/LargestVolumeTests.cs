using Waybill.Bundles.Tests.Merging;
using Waybill.Bundles.Tests.Salvaging;
using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Writing;

/// <summary>Volumes that end where the numbers do: at 2^63 - 1, inside the last block of the grid, whose own end is one more.</summary>
public sealed class LargestVolumeTests
{
    private const long Largest = long.MaxValue;
    private const int Cell = 65_536;
    private const long LastCell = Largest / Cell * Cell;

    private static readonly byte[] s_first = Lab.Noise(Cell, 1);
    private static readonly byte[] s_last = Lab.Noise(Cell - 1, 2);

    [Theory, Spec("M-02"), Spec("M-07"), Spec("I-08")]
    [InlineData(false, 0)]
    [InlineData(true, 0)]
    [InlineData(false, Cell - 600)]
    [InlineData(true, Cell - 600)]
    public async Task Volume_OfTheLargestSize_IsWrittenReadVerifiedMergedAndSalvaged(bool listed, int changedAt)
    {
        // The last cell becomes MASKED; with the change in its last block, that block is data, else it is inherited although it is cut.
        byte[] changed = (byte[])s_last.Clone();
        Lab.Noise(599, 3).CopyTo(changed, changedAt);
        byte[] full = await WriteAsync(new SparseBlockReader(Largest, (0, s_first), (LastCell, s_last)), null);
        var source = new SparseBlockReader(Largest, (0, s_first), (LastCell, changed));
        byte[] incremental = await WriteAsync(source, listed ? [new ByteRange(LastCell + changedAt, 599)] : null, full);

        foreach (byte[][] chain in (byte[][][])[[incremental, full], [await MergeLab.MergeAsync(Lab.SmallCells(), incremental, full)]])
        {
            await using BundleChain opened = await Lab.OpenChainAsync(chain);
            Assert.Equal(Largest, opened.Manifest.Streams[0].VirtualLength);
            VerificationReport report = await BundleVerifier.VerifyAsync(opened, TrustPolicy.AcceptUnsigned);
            Assert.Null(report.Problem);
            Assert.True(report.IsValid);
            await using BlockReader content = opened.OpenStream(StreamKind.BlockVolume, Lab.Volume);
            var bytes = new byte[Cell];
            Assert.Equal(Cell - 1, await content.ReadAsync(LastCell, bytes));
            Lab.AssertSame(changed, bytes[..^1], "the last cell");
            Assert.Equal(1, await content.ReadAsync(Largest - 1, bytes));
            Assert.Equal(changed[^1], bytes[0]);
            Assert.Equal(0, await content.ReadAsync(Largest, bytes));
            Assert.Equal([new ByteRange(0, Cell), new ByteRange(LastCell, Cell - 1)], await content.GetDataRangesAsync().ToListAsync());
            Assert.Equal(Largest, await ScanAsync(chain[0]));
        }

        SalvageReport salvage = await SalvageLab.ScanAsync(incremental);
        Assert.True(salvage.IsComplete);
        Assert.Equal(Largest, salvage.Streams[0].VirtualLength);
    }

    [Fact, Spec("I-03"), Spec("I-04")]
    public async Task Volume_ThatGrowsToTheLargestSizeAndShrinks_IsFollowed()
    {
        const long Before = LastCell - (5L * Cell) + 100;
        byte[] full = await WriteAsync(new SparseBlockReader(Before, (0, s_first), (Before - 100, s_last[..100])), null);
        byte[] grown = await WriteAsync(new SparseBlockReader(Largest, (0, s_first), (Before - 100, s_last[..100]), (LastCell, s_last)), null, full);
        byte[] shrunk = await WriteAsync(new SparseBlockReader(Largest - 1_000, (0, s_first), (LastCell, s_last[..^1_000])), null, grown, full);

        VerificationReport report = await Lab.VerifyAsync(shrunk, grown, full);
        Assert.Null(report.Problem);
        Assert.True(report.IsValid);
        await using BundleChain chain = await Lab.OpenChainAsync(shrunk, grown, full);
        await using BlockReader content = chain.OpenStream(StreamKind.BlockVolume, Lab.Volume);
        var bytes = new byte[Cell];
        Assert.Equal(Cell - 1_001, await content.ReadAsync(LastCell, bytes));
        Lab.AssertSame(s_last[..^1_000], bytes[..^1_001], "the last cell");
    }

    [Fact, Spec("L-02")]
    public async Task Restore_OfTheLargestVolume_IsRefusedByBudgetAndBySize()
    {
        byte[] full = await WriteAsync(new SparseBlockReader(Largest), null);
        await using BundleChain chain = await Lab.OpenChainAsync(full);
        await using BlockReader content = chain.OpenStream(StreamKind.BlockVolume, Lab.Volume);

        await AssertCodeAsync(WaybillErrorCode.RestoreBudgetExceeded, () => VolumeRestorer.RestoreAsync(content, new MemoryBlockWriter(10), new VolumeRestoreOptions { MaxRestoredBytes = Largest - 1 }));
        await AssertCodeAsync(WaybillErrorCode.TargetTooSmall, () => VolumeRestorer.RestoreAsync(content, new MemoryBlockWriter(10)));
    }

    [Theory, Spec("I-04")]
    [InlineData(Largest - 10, 100)]
    [InlineData(Largest, 1)]
    [InlineData(Largest, Largest)]
    [InlineData(1, Largest)]
    [InlineData(0, long.MinValue)]
    [InlineData(-1, 10)]
    [InlineData(long.MinValue, Largest)]
    public async Task Ranges_ThatReachBeyondTheNumbers_AreRefusedByCode(long offset, long length)
    {
        byte[] full = await WriteAsync(new SparseBlockReader(Largest), null);

        await AssertCodeAsync(WaybillErrorCode.ChangedRangesInvalid, () => WriteAsync(new SparseBlockReader(Largest), [new ByteRange(offset, length)], full));
        await AssertCodeAsync(WaybillErrorCode.ChangedRangesInvalid, () => WriteAsync(new LyingReader(new ByteRange(offset, length)), null));
    }

    private static async Task<byte[]> WriteAsync(BlockReader volume, IReadOnlyList<ByteRange>? changed, params byte[][] chain)
    {
        await using BundleChain? parent = chain.Length == 0 ? null : await Lab.OpenChainAsync(chain);
        return await Lab.WriteAsync(w => w.AddVolumeAsync(new VolumeRequest(Lab.Volume, volume) { ChangedRanges = changed }), null, parent);
    }

    // Adds up what a reader of a pipe is given.
    private static async Task<long> ScanAsync(byte[] bundle)
    {
        await using var reader = new BundleStreamReader(new MemoryStream(bundle), TrustPolicy.AcceptUnsigned);
        long end = 0;
        while (await reader.ReadAsync() is { } item)
        {
            if (item is BundleItem.Content content)
            {
                Assert.Equal(end, content.Range.Offset);
                end = content.Range.End;
            }
        }

        return end;
    }

    private static async Task AssertCodeAsync(WaybillErrorCode code, Func<Task> act) =>
        Assert.Equal(code, (await Assert.ThrowsAnyAsync<WaybillException>(act)).Code);

    private sealed class LyingReader(ByteRange data) : BlockReader
    {
        public override long Length => Largest;

        public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public override async IAsyncEnumerable<ByteRange> GetDataRangesAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.CompletedTask;
            yield return data;
        }
    }
}
