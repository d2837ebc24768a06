using System.Runtime.CompilerServices;
using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Writing;

/// <summary>Sources that do not keep to their contract. None of them becomes a bundle that lacks something.</summary>
public sealed class VolumeSourceTests
{
    private const int Cell = 65_536;

    [Theory]
    [InlineData(0)]
    [InlineData(Cell - 1)]
    [InlineData(Cell)]
    [InlineData((3 * Cell) + 100)]
    public async Task Source_EndsEarly_IsReportedWithThePlace(int available)
    {
        var source = new ScriptedSource((4 * Cell) - 7) { Available = available };

        var e = Assert.IsType<ProviderException>(await AddAsync(source));
        Assert.Equal(WaybillErrorCode.SourceChanged, e.Code);
        Assert.Equal(available, e.Offset);
        Assert.Equal(Lab.Volume, e.ObjectName);
    }

    [Theory]
    [InlineData(Cell)]
    [InlineData(5 * Cell)]
    public async Task Source_ChangesItsLength_IsReported(long later)
    {
        var source = new ScriptedSource(3 * Cell);
        source.Reading = () => source.CurrentLength = later;

        Assert.Equal(WaybillErrorCode.SourceChanged, Assert.IsType<ProviderException>(await AddAsync(source)).Code);
    }

    [Fact]
    public async Task Source_ThatReportsItsOwnError_IsHeard()
    {
        var source = new ScriptedSource(3 * Cell)
        {
            Reading = () => throw new ProviderException(WaybillErrorCode.SourceReadFailed, "array 7", "The LUN is gone") { VendorCode = "0x5" },
        };

        Assert.Equal("0x5", Assert.IsType<ProviderException>(await AddAsync(source)).VendorCode);
    }

    [Theory]
    [InlineData(new long[] { 2 * Cell, 10, 0, 10 })]
    [InlineData(new long[] { 0, 100, 50, 100 })]
    [InlineData(new long[] { 0, 0 })]
    [InlineData(new long[] { -1, 10 })]
    [InlineData(new long[] { 0, (4 * Cell) + 1 })]
    [InlineData(new long[] { 4 * Cell, 1 })]
    [InlineData(new long[] { 1, long.MaxValue })]
    public async Task DataRanges_OutOfOrderOrOutside_AreRefused(long[] offsetsAndLengths)
    {
        // Zeros before a range are stated as soon as it is reported; data that a source mentions too late would be lost.
        var source = new ScriptedSource(4 * Cell) { DataRanges = ToRanges(offsetsAndLengths) };

        Assert.Equal(WaybillErrorCode.ChangedRangesInvalid, Assert.IsType<ProviderException>(await AddAsync(source)).Code);
    }

    [Theory]
    [InlineData(new long[] { 0, 10, 20, 10, 30, 5 })]
    [InlineData(new long[] { Cell - 1, 2 })]
    [InlineData(new long[] { 100, 1, Cell + 100, 1, (3 * Cell) + 1, 1 })]
    public async Task DataRanges_OffTheGrid_AreReadCellByCell(long[] offsetsAndLengths)
    {
        var source = new ScriptedSource((4 * Cell) - 7) { DataRanges = ToRanges(offsetsAndLengths) };
        byte[] bundle = await Lab.WriteAsync(w => w.AddVolumeAsync(new VolumeRequest(Lab.Volume, source)));

        byte[] volume = await Lab.ReadVolumeAsync(bundle);
        foreach (ByteRange range in source.DataRanges)
        {
            Assert.True(volume.AsSpan((int)range.Offset, (int)range.Length).IndexOfAnyExcept(ScriptedSource.Fill) < 0);
        }

        Assert.True((await Lab.VerifyAsync(bundle)).IsValid);
        Assert.Equal(source.ReadRanges.Count, source.ReadRanges.Select(r => r.Offset).Distinct().Count());
    }

    [Theory]
    [InlineData(new long[] { 100, 10, 50, 10 })]
    [InlineData(new long[] { 0, 100, 99, 10 })]
    [InlineData(new long[] { 0, 0 })]
    [InlineData(new long[] { -5, 10 })]
    [InlineData(new long[] { 4 * Cell, 10 })]
    [InlineData(new long[] { 10, long.MaxValue })]
    public async Task ChangedRanges_OutOfOrderOrOutside_AreRefusedBeforeAnythingIsWritten(long[] offsetsAndLengths)
    {
        byte[] full = await Lab.FullAsync(new byte[4 * Cell]);
        await using BundleChain parent = await Lab.OpenChainAsync(full);
        var source = new ScriptedSource(4 * Cell);
        byte[] bundle = await Lab.WriteAsync(
            async writer =>
            {
                WaybillException e = await Assert.ThrowsAsync<WaybillException>(() =>
                    writer.AddVolumeAsync(new VolumeRequest(Lab.Volume, source) { ChangedRanges = ToRanges(offsetsAndLengths) }));
                Assert.Equal(WaybillErrorCode.ChangedRangesInvalid, e.Code);

                // The refusal costs nothing: the caller can go on with a full compare.
                await writer.AddVolumeAsync(new VolumeRequest(Lab.Volume, source));
            },
            null,
            parent);

        Assert.True((await Lab.VerifyAsync(bundle, full)).IsValid);
    }

    [Fact, Spec("I-06")]
    public async Task ChangedRanges_ThatWereDiscarded_AreStatedAsZeros()
    {
        byte[] before = Lab.Noise(4 * Cell, 1);
        byte[] after = (byte[])before.Clone();
        after.AsSpan(Cell - 1000, 2000).Clear();
        byte[] full = await Lab.FullAsync(before);
        byte[] incremental = await Lab.IncrementalAsync(after, [new ByteRange(Cell - 1000, 2000)], null, full);

        Assert.Equal(after, await Lab.ReadVolumeAsync(incremental, full));
        await using BundleReader reader = await BundleReader.OpenAsync(new MemoryByteSource(incremental), TrustPolicy.AcceptUnsigned);
        Assert.InRange(reader.Manifest.Streams[0].DataBytes, 0, 1024);
    }

    private static async Task<Exception?> AddAsync(BlockReader source)
    {
        var output = new MemoryStream();
        await using BundleWriter writer = await BundleWriter.CreateAsync(output, new BundleDescription(Lab.Application), null, Lab.SmallCells());
        Exception? e = await Record.ExceptionAsync(() => writer.AddVolumeAsync(new VolumeRequest(Lab.Volume, source)));
        Assert.NotNull(await Record.ExceptionAsync(() => writer.CompleteAsync()));
        return e;
    }

    private static List<ByteRange> ToRanges(long[] offsetsAndLengths) => [.. offsetsAndLengths.Chunk(2).Select(pair => new ByteRange(pair[0], pair[1]))];

    /// <summary>A volume of one repeated byte that does as it is told.</summary>
    private sealed class ScriptedSource(long length) : BlockReader
    {
        public const byte Fill = 0x5A;

        public long CurrentLength { get; set; } = length;

        public long Available { get; init; } = long.MaxValue;

        public Action? Reading { get; set; }

        public IReadOnlyList<ByteRange> DataRanges { get; init; } = [new ByteRange(0, length)];

        public List<ByteRange> ReadRanges { get; } = [];

        public override long Length => CurrentLength;

        public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
        {
            Reading?.Invoke();
            lock (ReadRanges)
            {
                ReadRanges.Add(new ByteRange(offset, destination.Length));
            }

            int count = (int)Math.Clamp(Available - offset, 0, destination.Length);
            destination.Span[..count].Fill(Fill);
            return ValueTask.FromResult(count);
        }

        public override async IAsyncEnumerable<ByteRange> GetDataRangesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.CompletedTask;
            foreach (ByteRange range in DataRanges)
            {
                yield return range;
            }
        }
    }
}
